"""Custody on an isolated machine (air gap): keys that never touch a network, and offline transfer of bundles.

Nothing here imports Django or opens a connection: `binhyen station` runs where there is no database.
"""
