"""Match Datasets: other datasets joined to the one under test, by keys, SUPP-- or RELREC."""
