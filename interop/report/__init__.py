"""Reports for people: what a run did, on a terminal."""
