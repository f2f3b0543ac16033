"""Django's PostgreSQL backend with row-level-security scope and prepared statements (see base.py)."""
