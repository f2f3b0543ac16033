"""Screens of the custody process, under /giu-kin."""
