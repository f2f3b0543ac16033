"""Officers' pages: what people ask about their data, how long things stay, consents, breaches."""
