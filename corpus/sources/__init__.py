"""Readers, one module a kind of source. Each yields records and knows no stages."""
