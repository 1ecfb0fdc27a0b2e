"""When a document was written: what it says, and the interval that follows."""
