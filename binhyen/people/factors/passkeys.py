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

_USER_VERIFICATION = UserVerificationRequirement.REQUIRED
if hasattr(fido2.features, "webauthn_json_mapping"):  # fido2 1.x; 2.x does so by default
    fido2.features.webauthn_json_mapping.enabled = True


class InvalidPasskey(ValueError):
    """The response does not match the challenge, the person or the origin."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """WebAuthn challenge: `options` for the browser as JSON, `state` for the server."""

    options: str
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class UsedPasskey:
    """The key that responded, and its signature counter (0: it has none)."""

    credential_id: bytes
    count: int


def _build_server() -> Fido2Server:
    """Return a server bound to the one public address, so that a response made on a phishing page is refused."""
    public_url = settings.PUBLIC_URL
    rp = PublicKeyCredentialRpEntity(id=urlsplit(public_url).hostname or "", name="Bình Yên")
    return Fido2Server(rp, verify_origin=lambda origin: origin == public_url)


def begin_registration(*, owner: str, name: str, stored_keys: Sequence[dict[str, Any]]) -> Challenge:
    """Create a registration challenge. `owner`: an opaque id; `held`: the person's stored keys, which are not added
    twice.
    """
    user = PublicKeyCredentialUserEntity(id=owner.encode(), name=name, display_name=name)
    options, state = _build_server().register_begin(
        user,
        [_parse_credential(key) for key in stored_keys],
        user_verification=_USER_VERIFICATION,
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
    )
    return Challenge(json.dumps(dict(options)), state)


def finish_registration(*, state: dict[str, Any], answer: str) -> dict[str, Any]:
    """Verify a registration and return the key to store. Raises WrongKey."""
    try:
        credential = json.loads(answer)
        RegistrationResponse.from_dict(credential)
        _build_server().register_complete(state, credential)
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError) as problem:
        raise InvalidPasskey from problem
    return dict(credential)


def begin_authentication(*, stored_keys: Sequence[dict[str, Any]]) -> Challenge:
    options, state = _build_server().authenticate_begin(
        [_parse_credential(key) for key in stored_keys], user_verification=_USER_VERIFICATION
    )
    return Challenge(json.dumps(dict(options)), state)


def finish_authentication(*, state: dict[str, Any], stored_keys: Sequence[dict[str, Any]], answer: str) -> UsedPasskey:
    """Verify a sign-in and return the key that responded. Raises WrongKey."""
    try:
        credential = json.loads(answer)
        parsed = AuthenticationResponse.from_dict(credential)
        matched = _build_server().authenticate_complete(
            state, [_parse_credential(key) for key in stored_keys], credential
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise InvalidPasskey from problem
    return UsedPasskey(matched.credential_id, parsed.response.authenticator_data.counter)


def get_credential_id(stored: dict[str, Any]) -> bytes:
    return bytes(_parse_credential(stored).credential_id)


def _parse_credential(stored: dict[str, Any]) -> AttestedCredentialData:
    data: AuthenticatorData = RegistrationResponse.from_dict(stored).response.attestation_object.auth_data
    assert data.credential_data is not None  # a registration always has one
    return data.credential_data
