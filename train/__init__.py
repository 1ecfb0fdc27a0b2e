"""Base models, fine-tuning and generation. Reads files that the pipeline wrote; knows nothing of `eval`."""
