"""Each shape of response over TLS, and connections that are used again or not."""

import asyncio
import datetime as dt
import ssl
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from binhyen.channels.kinds.webpush import http
from binhyen.channels.types import SendFailed

_PAST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
RESPONSES = {  # path → bytes of the server, status, connection used again
    "/length": (b"HTTP/1.1 201 Created\r\nLocation: /m/1\r\nContent-Length: 2\r\n\r\nok", 201, True),
    "/chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, True),
    "/interim": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 204, True),
    "/redirect": (b"HTTP/1.1 307 Elsewhere\r\nLocation: https://evil\r\nContent-Length: 0\r\n\r\n", 307, True),
    "/busy": (b"HTTP/1.1 429 Busy\r\nRetry-After: 7\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 429, False),
    "/no-length": (b"HTTP/1.1 201 Created\r\n\r\n", 201, False),
    "/huge": (b"HTTP/1.1 201 Created\r\n\r\n" + b"x" * 70_000, None, False),
    "/garbage": (b"SSH-2.0-OpenSSH\r\n", None, False),
    "/closed": (b"", None, False),
}


def make_certificate(folder: Path) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(_PAST).not_valid_after(dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = builder.add_extension(names, critical=True).sign(key, hashes.SHA256())
    path = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


def test_every_shape_of_response_is_read_or_ends_its_connection(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    connections = 0

    async def serve_responses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while head := await reader.read(1000):
            path = head.split(b" ")[1].decode()
            writer.write(RESPONSES[path][0])
            if not RESPONSES[path][2]:
                break
        writer.close()

    async def run() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = await asyncio.start_server(serve_responses, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        pool = http.ConnectionPool()
        with pytest.raises(SendFailed) as refused:
            await pool.post_request("https", "127.0.0.1", port, b"")
        assert not refused.value.delivery_unknown, "an unknown certificate: nothing was sent"
        pool = http.ConnectionPool(ssl.create_default_context(cafile=certificate))
        is_open = False
        for path, (_response, status, is_reused) in RESPONSES.items():
            earlier, request = connections, f"POST {path} HTTP/1.1\r\n\r\n".encode()
            if status is None:
                with pytest.raises(SendFailed) as failure:
                    await pool.post_request("https", "127.0.0.1", port, request)
                assert failure.value.delivery_unknown, path
            else:
                response = await pool.post_request("https", "127.0.0.1", port, request)
                assert response.status == status, path
                assert path != "/busy" or response.headers == {b"retry-after": "7"}
            assert connections - earlier == (0 if is_open else 1), path
            is_open = is_reused
        pool.close()
        server.close()

    asyncio.run(run())
