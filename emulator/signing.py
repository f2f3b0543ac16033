"""Signatures of the wire protocol: webhook MAC, PKCE, appsecret_proof, opaque ids."""

import base64
import hashlib
import hmac
import secrets


def sign_webhook(first_term: str, raw_body: bytes, timestamp: str, secret: str) -> str:
    """Return plain SHA-256 (not HMAC) of app id + exact bytes sent + timestamp + OA secret key, lower-case hex."""
    return hashlib.sha256(first_term.encode() + raw_body + timestamp.encode() + secret.encode()).hexdigest()


def derive_code_challenge(verifier: str) -> str:
    """Return the PKCE S256 challenge without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def sign_access_token(app_secret: str, access_token: str) -> str:
    """Return HMAC-SHA256 with the app secret as key, lower-case hex."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def is_equal_secret(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def generate_hex_id() -> str:
    """Return 20 hex characters: the shape of group, message and asset ids."""
    return secrets.token_hex(10)


def generate_number_id(digits: int = 19) -> str:
    """Return a decimal id as a string, larger than 2^53 on purpose."""
    return str(secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1))


def generate_opaque_token() -> str:
    return secrets.token_urlsafe(96)
