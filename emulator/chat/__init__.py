"""The chat page at /: one person plays many citizens and groups."""
