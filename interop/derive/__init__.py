"""Named derivations of the standards, column by column: Polars in, Polars out, no files."""
