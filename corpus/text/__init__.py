"""Plain text: its normal form, its shingles, and how two texts differ."""
