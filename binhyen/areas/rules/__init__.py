"""Decisions about areas. Pure: no Django, no clock, no files."""
