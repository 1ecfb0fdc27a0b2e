"""HTML as people wrote it: read to prose, described, and edited."""
