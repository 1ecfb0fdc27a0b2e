"""Plain text: normal form, hashes, shingles, and differences between two texts."""
