"""The commands: each file reads its options, calls the library, and prints."""
