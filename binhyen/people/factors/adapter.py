"""Adapter for allauth: encryption of its secrets."""

from allauth.mfa.adapter import DefaultMFAAdapter

from binhyen.people.factors import secret_encryption


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Setting MFA_ADAPTER. Without it codes and seeds are stored as plain text."""

    def encrypt(self, text: str) -> str:
        return secret_encryption.encrypt_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secret_encryption.decrypt_secret(encrypted_text)
