"""The studio: a page in which people write, check, approve, collect and look into a corpus."""
