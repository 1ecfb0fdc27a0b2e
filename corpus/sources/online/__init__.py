"""Sources that request pages from servers, within rate limits."""
