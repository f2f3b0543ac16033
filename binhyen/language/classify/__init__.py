"""Classifier: category, urgency and sensitivity of one message, with reasons in Vietnamese. No Django, no network."""

from binhyen.language.classify.classifier import Classification, Classifier

__all__ = ["Classification", "Classifier"]
