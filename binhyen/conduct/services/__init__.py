"""Complaints come in, are lifted out of the register, and are handled."""
