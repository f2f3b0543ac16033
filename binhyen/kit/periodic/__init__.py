"""Periodic jobs whatever the clock does: deferring, signs of life, and another process that steps in."""
