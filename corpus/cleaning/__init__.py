"""One document through the clean stage, and the rules that drop it."""
