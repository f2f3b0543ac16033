"""Common Alerting Protocol 1.2 (OASIS): message, writer, reader, rules beyond its schema. Pure."""
