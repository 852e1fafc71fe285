"""ADaM 1.3, a page a dataset."""
