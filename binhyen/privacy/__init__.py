"""Personal data law: retention, processing register, data subject requests, breaches."""
