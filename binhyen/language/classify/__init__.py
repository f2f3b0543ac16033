"""Classifier: category, urgency and sensitivity of one message, with reasons in Vietnamese. No Django, no network."""
