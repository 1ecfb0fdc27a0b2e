"""Dating of documents: the evidence in a document, and the interval that follows from it."""
