"""Reads mail and news: mbox files, maildirs, single articles, and their archives as web pages."""
