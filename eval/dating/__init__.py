"""When a text was written, by how it is written."""
