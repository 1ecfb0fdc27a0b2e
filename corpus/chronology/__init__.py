"""Facts about time: dates as people wrote them, and what appeared when."""
