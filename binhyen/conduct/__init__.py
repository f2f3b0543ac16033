"""Complaints about police: routed above every named person, encrypted on entry, hidden from the people concerned."""
