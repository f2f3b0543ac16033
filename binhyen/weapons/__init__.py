"""Weapons and explosives handed in: report with advice, record, custody, campaigns."""
