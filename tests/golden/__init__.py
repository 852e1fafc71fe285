"""Expected results worked out by hand."""
