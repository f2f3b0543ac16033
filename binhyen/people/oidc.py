"""Sign-in through the identity service of a province or of the nation (OpenID Connect, code flow with PKCE).

It replaces only the password: the officer is found by the service's subject alone, never created, never given a role,
and the second factor is always required. Only where BINHYEN_OIDC_ISSUER names a service.

Authlib speaks the protocol and checks the ID token. Ours is what it leaves to its user: an HTTP session that reaches
only the service's own host, the metadata's issuer, a single audience and long enough keys
(docs/decisions/0031-libraries.md). The import costs 6 MiB, so the pages import this module at the first sign-in.
"""

import json
import secrets
import urllib.parse

# nosemgrep: call-from-nowhere  only the identity service named by the operator
import urllib.request
from dataclasses import dataclass

# nosemgrep: call-from-nowhere  an exception of the same service's response
from http.client import HTTPException
from typing import Any, cast

from authlib.oauth2 import ClientAuth, OAuth2Client, OAuth2Error
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization, RSAKey
from joserfc.jws import JWSRegistry

from binhyen.kit import key_files

_TIMEOUT, _MAX_ANSWER_BYTES, _CLOCK_SKEW_SECONDS = 5, 200_000, 60
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ALGORITHMS, _MIN_RSA_BITS = ("RS256", "ES256"), 2048
_CLIENT_AUTHENTICATION = "client_secret_post"
# What Authlib raises for a malformed answer; outside its own errors it converts values without checking their type.
_MALFORMED = (OAuth2Error, JoseError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError)


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
    """Start an authorisation request. `redirect_uri`: where the browser returns. Raises InvalidIdentityAnswer."""
    session_data = {
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
        "redirect_uri": redirect_uri,
    }
    url, session_data["state"] = _create_client(redirect_uri).create_authorization_url(
        _fetch_service_metadata()["authorization_endpoint"],
        state=secrets.token_urlsafe(24),
        code_verifier=session_data["verifier"],
        nonce=session_data["nonce"],
    )
    return OidcRequest(url, session_data)


def verify_callback(*, session_data: dict[str, str], state: str, code: str, now: float) -> str:
    """Return the subject of the verified ID token. `now`: seconds since the epoch. Raises InvalidIdentityAnswer."""
    if not session_data or not secrets.compare_digest(session_data["state"].encode(), state.encode()) or not code:
        raise InvalidIdentityAnswer("state")
    service = _fetch_service_metadata()
    client = _create_client(session_data["redirect_uri"], client_secret=_load_client_secret())
    try:
        answer = client.fetch_token(service["token_endpoint"], code=code, code_verifier=session_data["verifier"])
    except InvalidIdentityAnswer:
        raise
    except _MALFORMED as error:
        raise InvalidIdentityAnswer("token") from error
    claims = _verify_id_token(answer, _fetch_json(service["jwks_uri"]), nonce=session_data["nonce"])
    try:
        claims.validate(now=now, leeway=_CLOCK_SKEW_SECONDS)
    except _MALFORMED as error:
        raise InvalidIdentityAnswer("claims") from error
    return str(claims["sub"])


def _create_client(redirect_uri: str, client_secret: str = "") -> OAuth2Client:
    return OAuth2Client(
        _ServiceSession(),
        client_id=settings.OIDC_CLIENT,
        client_secret=client_secret,
        token_endpoint_auth_method=_CLIENT_AUTHENTICATION,
        scope="openid",
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )


def _load_client_secret() -> str:
    try:
        return key_files.read_key("pages", "oidc").decode().strip()
    except key_files.KeyFileMissing as error:
        raise InvalidIdentityAnswer("no secret") from error


def _verify_id_token(answer: dict[str, Any], key_document: dict[str, Any], *, nonce: str) -> CodeIDToken:
    """Return the claims of an ID token with a valid signature, not yet validated. Raises InvalidIdentityAnswer."""
    try:
        keys = KeySet.import_key_set(cast("KeySetSerialization", key_document))
        if any(isinstance(key, RSAKey) and key.public_key.key_size < _MIN_RSA_BITS for key in keys):
            raise ValueError("short key")
        registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
        token = jwt.decode(answer["id_token"], keys, registry=registry)
    except _MALFORMED as error:
        raise InvalidIdentityAnswer("signature") from error
    client_id = settings.OIDC_CLIENT
    options = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        # The standard admits other audiences that we trust: there are none.
        "aud": {"essential": True, "validate": lambda _, audience: audience in (client_id, [client_id])},
        "sub": {"essential": True, "validate": lambda _, subject: subject.isprintable()},
    }
    expected = {"nonce": nonce, "client_id": client_id, "access_token": answer.get("access_token")}
    return CodeIDToken(token.claims, token.header, options, expected)


def _fetch_service_metadata() -> dict[str, Any]:
    metadata = _fetch_json(get_well_known_url(settings.OIDC_ISSUER, external=True))
    if metadata.get("issuer") != settings.OIDC_ISSUER:
        raise InvalidIdentityAnswer("issuer")
    if not all(isinstance(metadata.get(name), str) for name in _ENDPOINTS):
        raise InvalidIdentityAnswer("places")
    return metadata


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _JsonResponse:
    """A JSON object as a response that Authlib can read. An error status is an exception before."""

    document: dict[str, Any]
    status_code: int = 200

    def json(self) -> dict[str, Any]:
        return self.document


class _ServiceSession:
    """HTTP session of Authlib's client, limited to the service's own host."""

    def post(self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: ClientAuth) -> _JsonResponse:
        url, headers, body = auth.prepare("POST", url, dict(headers), urllib.parse.urlencode(data))
        return _JsonResponse(_fetch_json(url, body.encode(), headers))


def _fetch_json(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Fetch JSON from the service; only from its own host, no redirects."""
    issuer, target = urllib.parse.urlsplit(settings.OIDC_ISSUER), urllib.parse.urlsplit(url)
    if (target.scheme, target.netloc) != (issuer.scheme, issuer.netloc):
        raise InvalidIdentityAnswer("host")
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url, body, headers or {})  # noqa: S310 - https, or loopback: settings.py
        with opener.open(request, timeout=_TIMEOUT) as answer:
            document = json.loads(answer.read(_MAX_ANSWER_BYTES))
    except (OSError, ValueError, HTTPException) as error:
        raise InvalidIdentityAnswer("no answer") from error
    if not isinstance(document, dict):
        raise InvalidIdentityAnswer("no object")
    return document
