"""Django's PostgreSQL with one thing more: the server is told who asks before it answers (see base.py)."""
