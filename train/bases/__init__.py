"""Base models: which are known, how they are fetched and converted, and where they are kept."""
