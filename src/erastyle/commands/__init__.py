"""The commands: one file a command, which reads its options, calls the library and prints."""
