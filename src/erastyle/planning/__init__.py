"""What a run will take, before it begins: sizes, seconds, and what fits into the minutes given."""
