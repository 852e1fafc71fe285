"""SDTM pages, one a domain."""
