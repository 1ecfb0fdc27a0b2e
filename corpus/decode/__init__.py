"""Decoding of bytes to text."""
