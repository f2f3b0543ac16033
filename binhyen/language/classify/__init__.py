"""Classifier: category, urgency and sensitivity of one message, with reasons in Vietnamese. No Django, no network."""

from binhyen.language.classify.decide import Classified, Classifier

__all__ = ["Classified", "Classifier"]
