"""Capability tasks as local data: written for this project, read by our scorer and by lm-eval."""
