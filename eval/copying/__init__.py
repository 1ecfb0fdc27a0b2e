"""What a text shares word for word with the training documents, and which is nearest."""
