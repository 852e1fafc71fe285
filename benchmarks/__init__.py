"""Measurements beside the code, each with a peer or a limit in the same run."""
