"""Bias: the prejudice of a model before and after training, and of its corpus."""
