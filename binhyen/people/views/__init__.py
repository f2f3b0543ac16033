"""Screens of people: sign-in and sign-out, own account, accounts of others, duty roster."""
