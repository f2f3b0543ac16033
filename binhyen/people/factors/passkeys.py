"""Passkeys and security keys (WebAuthn): the challenge and the answer to it. The key verifies its user, always.

`state` is what must come back with the answer: keep it on the server, use it once.
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
if hasattr(fido2.features, "webauthn_json_mapping"):  # fido2 1.x; 2.x does so by itself
    fido2.features.webauthn_json_mapping.enabled = True


class WrongKey(ValueError):
    """The answer does not fit the challenge, the person or the address."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """`options` for the browser as JSON, `state` for the server."""

    options: str
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Used:
    """Which key answered, and its counter (0: it keeps none)."""

    credential_id: bytes
    count: int


def _server() -> Fido2Server:
    """Bound to the one public address: an answer made on a look-alike page is refused."""
    ours = settings.PUBLIC_URL
    rp = PublicKeyCredentialRpEntity(id=urlsplit(ours).hostname or "", name="Bình Yên")
    return Fido2Server(rp, verify_origin=lambda origin: origin == ours)


def begin_adding(*, owner: str, name: str, held: Sequence[dict[str, Any]]) -> Challenge:
    """`owner`: an opaque id; `held`: the person's keys as stored, which are not added twice."""
    user = PublicKeyCredentialUserEntity(id=owner.encode(), name=name, display_name=name)
    options, state = _server().register_begin(
        user, [_public(one) for one in held], user_verification=_ALWAYS,
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
    )  # fmt: skip
    return Challenge(json.dumps(dict(options)), state)


def finish_adding(*, state: dict[str, Any], answer: str) -> dict[str, Any]:
    """The key to store. Raises WrongKey."""
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
    """Which of the held keys answered. Raises WrongKey."""
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
