"""Style: how probable it is that people of the era wrote a text, and why."""
