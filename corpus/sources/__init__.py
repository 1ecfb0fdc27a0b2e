"""Readers of data sources, one module for each kind. They yield records and import no stage."""
