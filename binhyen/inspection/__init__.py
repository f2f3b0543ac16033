"""The inspectorate's pages over the audit book, and everybody's own traces. Owns no table."""
