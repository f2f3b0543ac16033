"""Second factors: creation and verification of codes and passkeys. Rows are allauth's; auth_policy.py
decides access.
"""
