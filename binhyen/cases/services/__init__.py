"""Writes of the register. Each function: keyword-only, one transaction, with its event, audit row and jobs."""
