"""Fine-tuning and generation. Reads what the pipeline wrote; does not import `eval`."""
