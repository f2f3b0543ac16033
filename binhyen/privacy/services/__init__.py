"""Services of privacy: data requests and their fulfilment, retention, holds, breaches."""
