"""Intervals and tests for before/after comparisons on the same items."""
