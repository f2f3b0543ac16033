"""Writes of the register. Each function: keyword-only, one transaction, its event and audit row, its jobs."""
