"""Cleaning of one document: repairs, measurements, and the rules that drop it."""
