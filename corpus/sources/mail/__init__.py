"""Mail and news: mbox files, maildirs, single articles, and archives of them as web pages."""
