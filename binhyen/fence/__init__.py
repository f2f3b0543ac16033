"""The wall inside the database: a login for each process, what each may do with each table, and which rows.

The second fence. The first is `people/access.py`, and every query obeys it; this one holds where a query forgot.
`logins` makes the logins, `grants` says what each may do, `policies` which rows they see, `building` writes both into
the database: after every migration, as the owner, as often as one likes.
"""
