"""The embedded starter: a tiny base model that ships with the package, and its recipe."""
