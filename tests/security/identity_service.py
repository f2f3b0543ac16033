"""A small identity service (OpenID Connect) as its own process: the user signing in and the fault are arguments.

`python -m tests.security.identity_service PORT SUBJECT FAULT`: prints «ready», then serves until it is ended.
"""

import base64
import hashlib
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from binhyen.kit import clock

CLIENT, SECRET = "binhyen", "secret-of-the-test"
KEY, OTHER, SHORT_KEY = (rsa.generate_private_key(65537, bits) for bits in (2048, 2048, 1024))
ELLIPTIC_KEY = ec.generate_private_key(ec.SECP256R1())


def to_base64_text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def to_base64_number(value: int, length: int = 0) -> str:
    return to_base64_text(value.to_bytes(length or (value.bit_length() + 7) // 8))


def build_key_document(fault: str) -> dict[str, Any]:
    """Return the public keys of the service (JWKS), also those of its faults."""
    numbers = (SHORT_KEY if fault == "short" else KEY).public_key().public_numbers()
    key = {"kid": "1", "kty": "RSA", "n": to_base64_number(numbers.n), "e": to_base64_number(numbers.e)}
    key |= {"use": "enc" if fault == "use" else "sig", "alg": "RS256"}
    if fault in {"ec", "curve"}:
        point = ELLIPTIC_KEY.public_key().public_numbers()
        key = {"kid": "1", "kty": "EC", "crv": "P-384" if fault == "curve" else "P-256"}
        key |= {"x": to_base64_number(point.x, 32), "y": to_base64_number(point.y, 32), "use": "sig"}
    return {
        "keys": {"nokeys": [], "textkeys": "keys", "numbers": [1], "halfkey": [{"kid": "1", "kty": "RSA"}]}.get(
            fault, [key]
        )
    }


def sign_token(claims: dict[str, Any], fault: str) -> str:
    algorithm = {"none": "none", "hmac": "HS256", "ec": "ES256", "curve": "ES256"}.get(fault, "RS256")
    head: dict[str, Any] = {"alg": algorithm, "kid": "2" if fault == "kid" else "1"}
    if fault == "crit":
        head["crit"] = ["unknown"]
    signed = f"{to_base64_text(json.dumps(head).encode())}.{to_base64_text(json.dumps(claims).encode())}"
    return f"{signed}.{to_base64_text(sign_bytes(signed.encode(), fault))}"


def sign_bytes(signed: bytes, fault: str) -> bytes:
    if fault == "none":
        return b""
    if fault == "hmac":  # algorithm confusion: the public key as the secret of an HMAC
        pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return hmac.digest(pem, signed, "sha256")
    if fault in {"ec", "curve"}:
        pair = decode_dss_signature(ELLIPTIC_KEY.sign(signed, ec.ECDSA(hashes.SHA256())))
        return b"".join(number.to_bytes(32) for number in pair)
    key = {"key": OTHER, "short": SHORT_KEY}.get(fault, KEY)
    return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())


class IdentityService(BaseHTTPRequestHandler):
    issuer = subject = fault = ""
    asked: dict[str, dict[str, str]] = {}

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        there = urlsplit(self.path)
        if self.fault == "noise":
            self.wfile.write(b"SSH-2.0-no service at all\r\n")
        elif self.fault == "cut" and there.path == "/keys":
            self.send_response(200)
            self.send_header("Content-Length", "9000")
            self.end_headers()
        elif self.fault == "bare" and "well-known" in there.path:
            self._send_json({"issuer": self.issuer})
        elif there.path == "/.well-known/openid-configuration":
            issuer = "http://127.0.0.1:1" if self.fault == "issuer" else self.issuer
            tokens = "http://127.0.0.1:1/token" if self.fault == "host" else f"{self.issuer}/token"
            self._send_json(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": tokens,
                    "jwks_uri": f"{self.issuer}/keys",
                }
            )
        elif there.path == "/keys":
            self._send_json(build_key_document(self.fault))
        elif there.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(there.query).items()}
            code = f"code-{len(self.asked)}"
            self.asked[code] = query
            self.send_response(302)
            self.send_header(
                "Location", f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
            )
            self.end_headers()

    def do_POST(self) -> None:
        form = {n: v[0] for n, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        query = self.asked.pop(form["code"], None)
        proof = to_base64_text(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (
            query is None
            or proof != query["code_challenge"]
            or (form["client_id"], form["client_secret"]) != (CLIENT, SECRET)
        ):
            self.send_error(400)
            return
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": query["nonce"],
            "iat": clock.now().timestamp(),
            "exp": clock.now().timestamp() + 60,
        }
        claims |= {
            "iss": {"iss": "https://evil.example"},
            "aud": {"aud": "another"},
            "auds": {"aud": [CLIENT, "another"]},
            "nonce": {"nonce": "x"},
            "exp": {"exp": clock.now().timestamp() - 3600},
            "noexp": {"exp": None},
            "sub": {"sub": ""},
            "noiat": {"iat": None},
            "future": {"iat": clock.now().timestamp() + 3600},
            "azp": {"azp": "another"},
            "azps": {"aud": [CLIENT, "another"], "azp": CLIENT},
            "hash": {"at_hash": to_base64_text(b"0" * 16)},
            "number": {"sub": 7},
            "surrogate": {"at_hash": "\ud800"},
            "nul": {"sub": f"{self.subject}\0"},
        }.get(self.fault, {})
        if self.fault == "moved":
            self.send_response(307)
            self.send_header("Location", f"{self.issuer}/token2")
            self.end_headers()
        elif self.fault in {"refused", "notoken"}:
            self._send_json(
                {"error": "invalid_grant", "error_description": "«không»"} if self.fault == "refused" else {}
            )
        else:
            self._send_tokens(claims)

    def _send_tokens(self, claims: dict[str, Any]) -> None:
        answer = {"access_token": "a", "token_type": "Bearer", "id_token": sign_token(claims, self.fault)}
        self._send_json(answer | ({"expires_in": float("inf")} if self.fault == "endless" else {}))

    def _send_json(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    port, IdentityService.subject, IdentityService.fault = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    IdentityService.issuer = f"http://127.0.0.1:{port}"
    server = HTTPServer(("127.0.0.1", port), IdentityService)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
