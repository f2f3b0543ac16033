"""Officers' pages: data requests, retention, consents, breaches."""
