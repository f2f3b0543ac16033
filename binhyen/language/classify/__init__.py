"""Classifier: category, urgency and sensitivity of one message, with reasons in Vietnamese. No Django, no network."""

from binhyen.language.classify.classifier import Classifier, MessageClassification

__all__ = ["Classifier", "MessageClassification"]
