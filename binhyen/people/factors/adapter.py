"""What allauth asks us: how its secrets are kept."""

from allauth.mfa.adapter import DefaultMFAAdapter

from binhyen.people.factors import sealing


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """For MFA_ADAPTER. Without it codes and seeds lie in the database in clear."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.open_(encrypted_text)
