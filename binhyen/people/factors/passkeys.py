"""Passkeys and security keys (WebAuthn): challenge and response. User verification is always required.

`state` must come back with the response: keep it on the server and use it once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import fido2.features
from django.conf import settings
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

_ALWAYS = UserVerificationRequirement.REQUIRED
if hasattr(fido2.features, "webauthn_json_mapping"):  # fido2 1.x; 2.x does so by default
    fido2.features.webauthn_json_mapping.enabled = True


class WrongKey(ValueError):
    """The response does not match the challenge, the person or the origin."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """WebAuthn challenge: `options` for the browser as JSON, `state` for the server."""

    options: str
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Used:
    """The key that responded, and its signature counter (0: it has none)."""

    credential_id: bytes
    count: int


def _server() -> Fido2Server:
    """Return a server bound to the one public address, so that a response made on a phishing page is refused."""
    ours = settings.PUBLIC_URL
    rp = PublicKeyCredentialRpEntity(id=urlsplit(ours).hostname or "", name="Bình Yên")
    return Fido2Server(rp, verify_origin=lambda origin: origin == ours)


def begin_adding(*, owner: str, name: str, held: Sequence[dict[str, Any]]) -> Challenge:
    """Create a registration challenge. `owner`: an opaque id; `held`: the person's stored keys, which are not added
    twice.
    """
    user = PublicKeyCredentialUserEntity(id=owner.encode(), name=name, display_name=name)
    options, state = _server().register_begin(
        user, [_public(one) for one in held], user_verification=_ALWAYS,
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
    )  # fmt: skip
    return Challenge(json.dumps(dict(options)), state)


def finish_adding(*, state: dict[str, Any], answer: str) -> dict[str, Any]:
    """Verify a registration and return the key to store. Raises WrongKey."""
    try:
        credential = json.loads(answer)
        RegistrationResponse.from_dict(credential)
        _server().register_complete(state, credential)
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError) as problem:
        raise WrongKey from problem
    return dict(credential)


def begin_using(*, held: Sequence[dict[str, Any]]) -> Challenge:
    options, state = _server().authenticate_begin([_public(one) for one in held], user_verification=_ALWAYS)
    return Challenge(json.dumps(dict(options)), state)


def finish_using(*, state: dict[str, Any], held: Sequence[dict[str, Any]], answer: str) -> Used:
    """Verify a sign-in and return the key that responded. Raises WrongKey."""
    try:
        credential = json.loads(answer)
        parsed = AuthenticationResponse.from_dict(credential)
        found = _server().authenticate_complete(state, [_public(one) for one in held], credential)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise WrongKey from problem
    return Used(found.credential_id, parsed.response.authenticator_data.counter)


def id_of(stored: dict[str, Any]) -> bytes:
    return bytes(_public(stored).credential_id)


def _public(stored: dict[str, Any]) -> AttestedCredentialData:
    data: AuthenticatorData = RegistrationResponse.from_dict(stored).response.attestation_object.auth_data
    assert data.credential_data is not None  # a registration always has one
    return data.credential_data
