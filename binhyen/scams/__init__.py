"""Scam indicators: phones, accounts, links of fraud reports; a public check box; review by two officers."""
