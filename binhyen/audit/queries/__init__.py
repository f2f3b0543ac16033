"""Reads of the audit log: `chain` for a verifier, `state` of its checkpoints, `entries` for authorised readers."""
