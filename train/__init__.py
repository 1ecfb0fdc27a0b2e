"""Fine-tuning and generation. Reads what the pipeline wrote; knows nothing of `eval`."""
