"""From bytes to text: which encoding a document is in."""
