"""The formats that data leave in: XPT v5, Dataset-JSON 1.1 and Define-XML 2.1, one module each."""
