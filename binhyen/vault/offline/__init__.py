"""Custody on an isolated machine: keys that never touch a network, and what is carried there and back.

Nothing here imports Django or opens a connection: `binhyen station` runs where there is no database.
"""
