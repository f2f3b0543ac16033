"""The law on personal data: what is kept of whom, why, how long; what people ask about it; what went wrong with it."""
