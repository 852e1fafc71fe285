"""Clinical trial records to FHIR R4, SDTM and ADaM, every value traceable to its source cell."""
