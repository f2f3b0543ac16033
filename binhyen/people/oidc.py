"""Sign-in through the identity service of a province or of the nation (OpenID Connect, code flow with PKCE).

It replaces only the password: the officer is found by the service's subject alone, never created, never given a role,
and the second factor is always required. Only where BINHYEN_OIDC_ISSUER names a service.
"""

import base64
import hashlib
import json
import secrets
import urllib.parse

# nosemgrep: call-from-nowhere  only the identity service named by the operator
import urllib.request
from dataclasses import dataclass

# nosemgrep: call-from-nowhere  an exception of the same service's response
from http.client import HTTPException
from typing import Any

# nosemgrep: primitives-elsewhere  the signature of an ID token, by the standard
from cryptography.exceptions import InvalidSignature

# nosemgrep: primitives-elsewhere  the signature of an ID token, by the standard
from cryptography.hazmat.primitives import hashes

# nosemgrep: primitives-elsewhere  the signature of an ID token, by the standard
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

# nosemgrep: primitives-elsewhere  the signature of an ID token, by the standard
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.conf import settings

from binhyen.kit import key_files

_TIMEOUT, _MAX_ANSWER_BYTES, _CLOCK_SKEW_SECONDS = 5, 200_000, 60
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class InvalidIdentityAnswer(ValueError):
    """The service's answer is invalid or missing. `why`: one of our reason codes."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class OidcRequest:
    """Address for the browser, and data to store on the server until it returns."""

    url: str
    session_data: dict[str, str]


def start_authorization(*, redirect_uri: str) -> OidcRequest:
    """Start an authorisation request. `back`: our redirect address. Raises `Unbelieved`."""
    verifier = secrets.token_urlsafe(48)
    session_data = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": verifier,
        "back": redirect_uri,
    }
    query = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT,
        "redirect_uri": redirect_uri,
        "scope": "openid",
        "state": session_data["state"],
        "nonce": session_data["nonce"],
        "code_challenge_method": "S256",
        "code_challenge": _encode_base64(hashlib.sha256(verifier.encode()).digest()),
    }
    return OidcRequest(
        f"{_fetch_service_metadata()['authorization_endpoint']}?{urllib.parse.urlencode(query)}", session_data
    )


def verify_callback(*, session_data: dict[str, str], state: str, code: str, now: float) -> str:
    """Return the subject of the verified ID token. `now`: seconds since the epoch. Raises `Unbelieved`."""
    if not session_data or not secrets.compare_digest(session_data["state"].encode(), state.encode()) or not code:
        raise InvalidIdentityAnswer("state")
    service = _fetch_service_metadata()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": session_data["back"],
        "code_verifier": session_data["verifier"],
        "client_id": settings.OIDC_CLIENT,
        "client_secret": _load_client_secret(),
    }
    answer = _fetch_json(service["token_endpoint"], urllib.parse.urlencode(form).encode())
    claims = _verify_id_token(str(answer.get("id_token", "")), _fetch_json(service["jwks_uri"]))
    audience = claims.get("aud")
    is_valid = (
        claims.get("iss") == settings.OIDC_ISSUER
        and audience in (settings.OIDC_CLIENT, [settings.OIDC_CLIENT])
        and secrets.compare_digest(str(claims.get("nonce", "")).encode(), session_data["nonce"].encode())
        and isinstance(claims.get("exp"), int | float)
        and claims["exp"] > now - _CLOCK_SKEW_SECONDS
    )
    if not is_valid or not claims.get("sub"):
        raise InvalidIdentityAnswer("claims")
    return str(claims["sub"])


def _load_client_secret() -> str:
    try:
        return key_files.read_key("pages", "oidc").decode().strip()
    except key_files.KeyFileMissing as error:
        raise InvalidIdentityAnswer("no secret") from error


def _fetch_service_metadata() -> dict[str, Any]:
    metadata = _fetch_json(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    if metadata.get("issuer") != settings.OIDC_ISSUER:
        raise InvalidIdentityAnswer("issuer")
    if not all(isinstance(metadata.get(name), str) for name in _ENDPOINTS):
        raise InvalidIdentityAnswer("places")
    return metadata


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


def _fetch_json(url: str, body: bytes | None = None) -> dict[str, Any]:
    """Fetch JSON from the service; only from its own host, no redirects."""
    issuer, target = urllib.parse.urlsplit(settings.OIDC_ISSUER), urllib.parse.urlsplit(url)
    if (target.scheme, target.netloc) != (issuer.scheme, issuer.netloc):
        raise InvalidIdentityAnswer("host")
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url, data=body)  # noqa: S310 - https, or loopback in tests: settings.py
        with opener.open(request, timeout=_TIMEOUT) as answer:
            document = json.loads(answer.read(_MAX_ANSWER_BYTES))
    except (OSError, ValueError, HTTPException) as error:
        raise InvalidIdentityAnswer("no answer") from error
    if not isinstance(document, dict):
        raise InvalidIdentityAnswer("no object")
    return document


def _verify_id_token(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of an ID token with a valid signature (RS256 or ES256 only). Raises `Unbelieved`."""
    try:
        header_part, payload_part, signature = token.split(".")
        header, claims = json.loads(_decode_base64(header_part)), json.loads(_decode_base64(payload_part))
        key = next(
            candidate
            for candidate in keys["keys"]
            if candidate.get("kid") == header.get("kid") and candidate.get("use", "sig") == "sig"
        )
        _verify_signature(str(header["alg"]), key, _decode_base64(signature), f"{header_part}.{payload_part}".encode())
    except (ValueError, KeyError, TypeError, StopIteration, InvalidSignature) as error:
        raise InvalidIdentityAnswer("signature") from error
    return dict(claims)


def _verify_signature(algorithm: str, key: dict[str, Any], signature: bytes, signed: bytes) -> None:
    """Verify a signature. Raises InvalidSignature, ValueError, KeyError. The key type must match the algorithm."""
    if algorithm == "RS256" and key["kty"] == "RSA":
        numbers = rsa.RSAPublicNumbers(_decode_int(key["e"]), _decode_int(key["n"]))
        if numbers.n.bit_length() < 2048:
            raise ValueError("short key")
        numbers.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    elif algorithm == "ES256" and key["kty"] == "EC" and key["crv"] == "P-256" and len(signature) == 64:
        public = ec.EllipticCurvePublicNumbers(
            _decode_int(key["x"]), _decode_int(key["y"]), ec.SECP256R1()
        ).public_key()
        pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        public.verify(pair, signed, ec.ECDSA(hashes.SHA256()))
    else:
        raise ValueError("algorithm")


def _encode_base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decode_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _decode_int(text: str) -> int:
    return int.from_bytes(_decode_base64(text))
