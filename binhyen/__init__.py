"""Bình Yên: from a citizen's message to a case with an owner, a clock, an outcome and an answer."""
