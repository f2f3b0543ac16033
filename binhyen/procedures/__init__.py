"""Procedures: a reviewed library, answers in the chat and on a public page, questions without an answer."""
