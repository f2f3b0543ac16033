"""A push service (RFC 8030) with its devices: checks VAPID (RFC 8292), decrypts as a browser does (RFC 8291).

Devices and their messages live in memory: after a restart each address answers 404, as after a lost subscription.
"""

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from emulator.errors import RequestRejected
from emulator.http import HttpRequest, HttpResponse
from emulator.pulse import ChangeSignal
from emulator.world import Json

MAX_BODY = 4096
MAX_TTL = 28 * 86400
MAX_TOKEN_SECONDS = 86400
URGENCIES = ("very-low", "low", "normal", "high")
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
SEND_PREFIX = "/push/"
_HEADER = 16 + 4 + 1  # salt, record size, length of the key


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


def encode(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass(slots=True)
class PushMessage:
    """A message that the service accepted. `shown`: the device has it; else it waits for the device."""

    seq: int
    text: str
    ttl: int
    urgency: str
    topic: str
    at_ms: int
    shown: bool


@dataclass(slots=True)
class PushDevice:
    """A browser's subscription. `key`: the application server key it was made with; `gone`: it has ended."""

    id: str
    name: str
    key: str
    private: ec.EllipticCurvePrivateKey
    auth: bytes
    online: bool = True
    gone: bool = False
    messages: list[PushMessage] = field(default_factory=list)

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class PushService:
    def __init__(self) -> None:
        self.devices: dict[str, PushDevice] = {}
        self.changed = ChangeSignal()
        self._seq = 0

    def subscribe(self, *, key: str, name: str) -> PushDevice:
        """Create a device, as `pushManager.subscribe` with this application server key does."""
        if len(decode(key)) != 65:
            raise RequestRejected("key is the public key of the application server, base64url")
        device = PushDevice(encode(os.urandom(16)), name, key, ec.generate_private_key(ec.SECP256R1()), os.urandom(16))
        self.devices[device.id] = device
        return device

    def find_device(self, device_id: str) -> PushDevice:
        """Return a device by id or name."""
        for device in self.devices.values():
            if device_id in (device.id, device.name):
                return device
        raise RequestRejected("unknown device", 404)

    def accept(self, request: HttpRequest, *, origin: str, now_ms: int) -> HttpResponse:
        """Answer a push request: 201, or the refusal of RFC 8030."""
        device = self.devices.get(request.path.removeprefix(SEND_PREFIX))
        if device is None:
            return HttpResponse(404, b"no such subscription", "text/plain")
        if device.gone:
            return HttpResponse(410, b"unsubscribed", "text/plain")
        refusal = check_vapid(request.headers.get("authorization", ""), device.key, origin=origin, now_ms=now_ms)
        refusal = refusal or _check_headers(request)
        if refusal:
            return HttpResponse(refusal[0], refusal[1].encode(), "text/plain")
        try:
            text = decrypt(request.body, device)
        except (InvalidTag, ValueError):
            return HttpResponse(400, b"the device cannot decrypt this", "text/plain")
        self._store(device, request, text, now_ms)
        self.changed.notify_all()
        headers = {"location": f"{origin}/push-message/{self._seq}", "ttl": request.headers["ttl"]}
        return HttpResponse(201, b"", "text/plain", headers)

    def _store(self, device: PushDevice, request: HttpRequest, text: str, now_ms: int) -> None:
        self._seq += 1
        topic, ttl = request.headers.get("topic", ""), min(int(request.headers["ttl"]), MAX_TTL)
        if topic:  # a newer message replaces one not yet delivered
            device.messages = [message for message in device.messages if message.shown or message.topic != topic]
        if device.online or ttl:
            urgency = request.headers.get("urgency", "normal")
            device.messages.append(PushMessage(self._seq, text, ttl, urgency, topic, now_ms, device.online))

    def set_online(self, device: PushDevice, online: bool, *, now_ms: int) -> None:
        """Switch a device on or off; switched on, it gets unexpired messages."""
        device.online = online
        if online:
            fresh = [m for m in device.messages if m.shown or m.at_ms + m.ttl * 1000 > now_ms]
            device.messages = fresh
            for message in fresh:
                message.shown = True
            self.changed.notify_all()


def check_vapid(header: str, key: str, *, origin: str, now_ms: int) -> tuple[int, str] | None:
    """Return the refusal of an Authorization header, None for a good one."""
    scheme, _, rest = header.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if scheme.lower() != "vapid" or not fields.get("t") or not fields.get("k"):
        return 401, "vapid t=, k= is missing"
    if fields["k"] != key:
        return 403, "the subscription was made with another key"
    try:
        public = decode(fields["k"])
        jwk: dict[str, str | list[str]] = {
            "kty": "EC",
            "crv": "P-256",
            "x": encode(public[1:33]),
            "y": encode(public[33:]),
        }
        claims = jwt.decode(fields["t"], ECKey.import_key(jwk), algorithms=["ES256"]).claims
    except (JoseError, ValueError):
        return 403, "bad signature"
    expires = claims.get("exp")
    if claims.get("aud") != origin or not isinstance(expires, int):
        return 403, "aud is the origin of the push service, exp a time"
    if not now_ms / 1000 < expires <= now_ms / 1000 + MAX_TOKEN_SECONDS:
        return 403, "exp is over, or more than 24 hours away"
    if not str(claims.get("sub", "")).startswith(("mailto:", "https://", "http://127.0.0.1", "http://localhost")):
        return 403, "sub is an address"
    return None


def _check_headers(request: HttpRequest) -> tuple[int, str] | None:
    ttl, topic = request.headers.get("ttl", ""), request.headers.get("topic")
    if not ttl.isdigit():
        return 400, "TTL is required"
    if request.headers.get("urgency", "normal") not in URGENCIES:
        return 400, "unknown urgency"
    if topic is not None and not TOPIC.fullmatch(topic):
        return 400, "a topic has at most 32 characters of base64url"
    if len(request.body) > MAX_BODY:
        return 413, "too large"
    if request.headers.get("content-encoding") != "aes128gcm":
        return 400, "content encoding is aes128gcm"
    return None


def decrypt(body: bytes, device: PushDevice) -> str:
    """Decrypt one record as the browser does. Raises ValueError, InvalidTag."""
    salt, key_length = body[:16], body[20] if len(body) > _HEADER else 0
    sender = body[_HEADER : _HEADER + key_length]
    sender_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
    info = b"WebPush: info\x00" + device.public + sender
    ikm = HKDF(SHA256(), 32, device.auth, info).derive(device.private.exchange(ec.ECDH(), sender_key))
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(ikm)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(ikm)
    padded = AESGCM(key).decrypt(nonce, body[_HEADER + key_length :], None).rstrip(b"\x00")
    if not padded.endswith(b"\x02"):
        raise ValueError("not one last record")
    return padded[:-1].decode()


def device_to_json(device: PushDevice, url: str) -> Json:
    """Return a device with its subscription as a browser's `toJSON`."""
    return {
        "id": device.id,
        "name": device.name,
        "online": device.online,
        "gone": device.gone,
        "subscription": {
            "endpoint": url,
            "expirationTime": None,
            "keys": {"p256dh": encode(device.public), "auth": encode(device.auth)},
        },
    }


def message_to_json(message: PushMessage) -> dict[str, Any]:
    return {
        "seq": message.seq,
        "text": message.text,
        "ttl": message.ttl,
        "urgency": message.urgency,
        "topic": message.topic,
    }
