"""Rules of areas. Pure: no Django, no clock, no files."""
