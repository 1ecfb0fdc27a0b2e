"""Stage `dedupe`: exact and near-duplicates, and passages that many documents share."""
