"""A small identity service (OpenID Connect) as its own process: the user signing in and the fault are arguments.

`python -m tests.security.identity_service PORT SUBJECT FAULT`: prints «ready», then serves until it is ended.
"""

import base64
import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from binhyen.kit import clock

CLIENT, SECRET = "binhyen", "secret-of-the-test"
KEY, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))


def to_base64_text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def to_base64_number(value: int) -> str:
    return to_base64_text(value.to_bytes((value.bit_length() + 7) // 8))


def sign_token(claims: dict[str, Any], fault: str) -> str:
    head = {"alg": "none" if fault == "none" else "RS256", "kid": "1"}
    signed = f"{to_base64_text(json.dumps(head).encode())}.{to_base64_text(json.dumps(claims).encode())}"
    key = OTHER if fault == "key" else KEY
    return f"{signed}.{'' if fault == 'none' else to_base64_text(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


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
            numbers = KEY.public_key().public_numbers()
            self._send_json(
                {
                    "keys": [
                        {
                            "kid": "1",
                            "kty": "RSA",
                            "use": "sig",
                            "alg": "RS256",
                            "n": to_base64_number(numbers.n),
                            "e": to_base64_number(numbers.e),
                        }
                    ]
                }
            )
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
        }.get(self.fault, {})
        self._send_json({"access_token": "a", "token_type": "Bearer", "id_token": sign_token(claims, self.fault)})

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
