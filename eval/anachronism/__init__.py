"""What a text says too early, and what of its own time it talks about."""
