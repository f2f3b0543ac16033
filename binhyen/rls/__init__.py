"""Row-level security in the database: a login for each process, its grants on tables, and the visible rows.

Defence in depth: the first layer is `people/access.py`, used by every query; this one protects where a query forgot
it. `grants` lists the permissions, `policies` the visible rows, `apply` creates the logins and writes both
into the database: after every migration, as the owner, idempotent.
"""
