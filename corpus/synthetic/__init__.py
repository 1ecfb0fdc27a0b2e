"""Synthetic pages: a seeded grammar of early web pages and of their modern counterparts."""
