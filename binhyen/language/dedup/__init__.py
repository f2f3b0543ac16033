"""Deduplication: are two reports about one incident? Report features, pair features and trained weights."""
