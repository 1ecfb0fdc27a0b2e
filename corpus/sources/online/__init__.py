"""Sources that ask a server, politely."""
