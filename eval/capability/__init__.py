"""Capability: small tasks with the same items before and after training."""
