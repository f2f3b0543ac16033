"""Pure rules of scam indicators: link canonicalization, normal forms, official contacts, review."""
