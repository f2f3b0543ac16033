"""Complaint detection, in doubt positive: `detect` decides, with the word patterns of `patterns`."""
