"""What is said of a text that a machine wrote: in its file, and in a file beside it."""
