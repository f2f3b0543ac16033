"""Writes of privacy: requests and what follows them, retention, holds, breaches."""
