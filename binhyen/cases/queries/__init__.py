"""Queries of the register; each takes the officer who asks and returns only visible rows."""
