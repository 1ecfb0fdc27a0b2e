"""What a model remembers of single training documents."""
