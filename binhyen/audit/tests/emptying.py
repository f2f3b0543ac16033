"""The book refuses to be emptied: whoever owns its tables takes the triggers off for a moment. For tests and benches."""

EMPTY_BOOK = "TRUNCATE audit_waiting;" + "".join(
    f"""
ALTER TABLE audit_{table} DISABLE TRIGGER USER;
TRUNCATE audit_{table} RESTART IDENTITY;
ALTER TABLE audit_{table} ENABLE TRIGGER USER;
"""
    for table in ("auditentry", "link", "checkpoint", "handed", "check")
)
