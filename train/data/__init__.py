"""Training rows: pairs chosen, encoded, packed and batched."""
