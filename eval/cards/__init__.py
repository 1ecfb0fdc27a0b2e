"""Model card, dataset card and Croissant metadata."""
