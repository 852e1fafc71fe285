"""CDISC conformance rules: read in CORE's rule language, evaluated as Polars expressions."""
