"""Copying: passages that a text shares with the training documents, and the nearest document."""
