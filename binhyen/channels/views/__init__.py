"""Channel pages for officers: groups, outbox, files."""
