"""Reads of the register; each takes the person who asks."""
