"""The watermark of texts that a model writes here: how it is made, and how it is detected."""
