"""Stage `split`: sites into train, dev and test, with no copy on two sides."""
