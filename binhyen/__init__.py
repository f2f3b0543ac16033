"""Bình Yên: from a citizen's message to a case with an owner, a deadline, an outcome and a reply."""
