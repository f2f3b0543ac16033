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

_TIMEOUT, _LONGEST, _SLACK = 5, 200_000, 60
_PLACES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Unbelieved(ValueError):
    """The service's answer is invalid or missing. `why`: one of our reason codes."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Asked:
    """Address for the browser, and data to store on the server until it returns."""

    url: str
    kept: dict[str, str]


def ask(*, back: str) -> Asked:
    """Start an authorisation request. `back`: our redirect address. Raises `Unbelieved`."""
    verifier = secrets.token_urlsafe(48)
    kept = {"state": secrets.token_urlsafe(24), "nonce": secrets.token_urlsafe(24), "verifier": verifier, "back": back}
    query = {
        "response_type": "code", "client_id": settings.OIDC_CLIENT, "redirect_uri": back, "scope": "openid",
        "state": kept["state"], "nonce": kept["nonce"], "code_challenge_method": "S256",
        "code_challenge": _base64(hashlib.sha256(verifier.encode()).digest()),
    }  # fmt: skip
    return Asked(f"{_service()['authorization_endpoint']}?{urllib.parse.urlencode(query)}", kept)


def subject(*, kept: dict[str, str], state: str, code: str, now: float) -> str:
    """Return the subject of the verified ID token. `now`: seconds since the epoch. Raises `Unbelieved`."""
    if not kept or not secrets.compare_digest(kept["state"].encode(), state.encode()) or not code:
        raise Unbelieved("state")
    service = _service()
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": kept["back"],
        "code_verifier": kept["verifier"],
        "client_id": settings.OIDC_CLIENT, "client_secret": _secret(),
    }  # fmt: skip
    answer = _fetch(service["token_endpoint"], urllib.parse.urlencode(form).encode())
    claims = _checked(str(answer.get("id_token", "")), _fetch(service["jwks_uri"]))
    audience = claims.get("aud")
    right = (
        claims.get("iss") == settings.OIDC_ISSUER
        and audience in (settings.OIDC_CLIENT, [settings.OIDC_CLIENT])
        and secrets.compare_digest(str(claims.get("nonce", "")).encode(), kept["nonce"].encode())
        and isinstance(claims.get("exp"), int | float)
        and claims["exp"] > now - _SLACK
    )
    if not right or not claims.get("sub"):
        raise Unbelieved("claims")
    return str(claims["sub"])


def _secret() -> str:
    try:
        return key_files.read("pages", "oidc").decode().strip()
    except key_files.NotHere as problem:
        raise Unbelieved("no secret") from problem


def _service() -> dict[str, Any]:
    found = _fetch(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != settings.OIDC_ISSUER:
        raise Unbelieved("issuer")
    if not all(isinstance(found.get(name), str) for name in _PLACES):
        raise Unbelieved("places")
    return found


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def _fetch(url: str, body: bytes | None = None) -> dict[str, Any]:
    """Fetch JSON from the service; only from its own host, no redirects."""
    ours, theirs = urllib.parse.urlsplit(settings.OIDC_ISSUER), urllib.parse.urlsplit(url)
    if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
        raise Unbelieved("host")
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url, data=body)  # noqa: S310 - https, or loopback in tests: settings.py
        with opener.open(request, timeout=_TIMEOUT) as answer:
            found = json.loads(answer.read(_LONGEST))
    except (OSError, ValueError, HTTPException) as problem:
        raise Unbelieved("no answer") from problem
    if not isinstance(found, dict):
        raise Unbelieved("no object")
    return found


def _checked(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of an ID token with a valid signature (RS256 or ES256 only). Raises `Unbelieved`."""
    try:
        head, body, signature = token.split(".")
        header, claims = json.loads(_bytes(head)), json.loads(_bytes(body))
        key = next(k for k in keys["keys"] if k.get("kid") == header.get("kid") and k.get("use", "sig") == "sig")
        _verify(str(header["alg"]), key, _bytes(signature), f"{head}.{body}".encode())
    except (ValueError, KeyError, TypeError, StopIteration, InvalidSignature) as problem:
        raise Unbelieved("signature") from problem
    return dict(claims)


def _verify(algorithm: str, key: dict[str, Any], signature: bytes, signed: bytes) -> None:
    """Verify a signature. Raises InvalidSignature, ValueError, KeyError. The key type must match the algorithm."""
    if algorithm == "RS256" and key["kty"] == "RSA":
        numbers = rsa.RSAPublicNumbers(_int(key["e"]), _int(key["n"]))
        if numbers.n.bit_length() < 2048:
            raise ValueError("short key")
        numbers.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    elif algorithm == "ES256" and key["kty"] == "EC" and key["crv"] == "P-256" and len(signature) == 64:
        public = ec.EllipticCurvePublicNumbers(_int(key["x"]), _int(key["y"]), ec.SECP256R1()).public_key()
        pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        public.verify(pair, signed, ec.ECDSA(hashes.SHA256()))
    else:
        raise ValueError("algorithm")


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _int(text: str) -> int:
    return int.from_bytes(_bytes(text))
