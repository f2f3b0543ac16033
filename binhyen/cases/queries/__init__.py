"""Queries of the register; each takes the asking officer and returns only visible rows."""
