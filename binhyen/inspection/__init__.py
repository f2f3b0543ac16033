"""Pages of the inspectorate over the audit log, and each officer's own activity. Owns no table."""
