"""Second steps: how a code or a passkey is made and checked. Rows are allauth's; who may what is trust.py's matter."""
