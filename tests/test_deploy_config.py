"""The configuration in docs/operations.md is valid, and nginx with it passes on all required headers and data.

Skipped, with the hint, if the program that checks it is not installed.
"""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPResponse, HTTPSConnection
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from binhyen import run
from binhyen.channels.models import Attachment
from binhyen.kit import clock
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.people import access
from binhyen.rls.grants import PROCESSES
from tests.ports import free_port
from tests.process_harness import ProcessHarness, is_reachable, wait_until

DOCS_FOLDER = Path(__file__).resolve().parents[1] / "docs"
DOCS = (DOCS_FOLDER / "operations.md").read_text()
NAME = "binhyen.example.vn"


def skip_without(*programs: str) -> pytest.MarkDecorator:
    missing = [name for name in programs if shutil.which(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed here: {', '.join(missing)} (apt install)")


def get_block(language: str, holds: str) -> str:
    """Return the block of the document that an operator copies."""
    blocks = [b for b in re.findall(rf"```{language}\n(.*?)```", DOCS, re.S) if holds in b]
    assert len(blocks) == 1, f"{len(blocks)} blocks of {language} with «{holds}»"
    return str(blocks[0])


def verify_unit(unit: str, folder: Path) -> str:
    """Return systemd's complaints about a unit file. The program's path is replaced by one that exists here."""
    path = folder / "binhyen.service"
    path.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", unit))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    return "\n".join(line for line in done.stderr.splitlines() if "binhyen.service" in line)


@skip_without("systemd-analyze")
def test_the_unit_parses(tmp_path: Path) -> None:
    unit = get_block("ini", "User=binhyen\n")
    assert verify_unit(get_block("ini", "User=binhyen-%i"), tmp_path) == ""
    assert verify_unit(unit, tmp_path) == ""
    assert verify_unit(unit.replace("KillMode=mixed", "KillMode=soft\nRestrat=always"), tmp_path).count("\n") >= 1, (
        "control"
    )


def test_the_script_makes_a_user_for_each_process() -> None:
    script = Path(DOCS_FOLDER / "users.sh").read_text()
    (named,) = re.findall(r"^for name in (.*); do$", script, re.M)
    assert sorted(named.split()) == sorted(PROCESSES) == sorted(run._BUILDERS)
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0
    assert all(f"binhyen@{name}" in DOCS for name in PROCESSES)


def check_rules(rules: str, folder: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
    path = folder / "rules"
    path.write_text(rules.replace('"binhyen"', "0"))  # the installation's group does not exist on this machine
    command = [*prefix, "nft", "-c", "-f", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


@skip_without("nft")
def test_the_outbound_rules_parse(tmp_path: Path) -> None:
    """The parser reports a syntax error before it asks the kernel, so this needs no privileges and no kernel module."""
    rules = get_block("nft", "chain out")
    assert "syntax error" not in check_rules(rules, tmp_path).stderr
    assert "syntax error" in check_rules(rules.replace("reject\n", "rejekt\n"), tmp_path).stderr, "control"


@skip_without("nft", "unshare")
def test_the_outbound_rules_are_accepted_by_the_kernel(tmp_path: Path) -> None:
    rules = get_block("nft", "chain out")
    # no privileges needed, and no firewall rule of this machine is affected
    namespace = ["unshare", "--user", "--map-root-user", "--net"]
    # A kernel without user namespaces or nftables refuses an empty table too: that proves nothing about our rules.
    empty = check_rules("table inet x { }\n", tmp_path, *namespace)
    if empty.returncode:
        pytest.skip(f"this kernel refuses an empty table too: {empty.stderr.strip()}")
    assert check_rules(rules, tmp_path, *namespace).returncode == 0
    assert check_rules(rules.replace("@zalo", "@nosuchset"), tmp_path, *namespace).returncode != 0, "control"


def has_ipv6() -> bool:
    """Return whether this machine has the IPv6 loopback address. Some containers do not."""
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe_socket:
        probe_socket.bind(("::1", 0))
        return True
    return False


@dataclass(frozen=True, slots=True)
class NginxFront:
    """nginx with the document's site in front of the gateway; only addresses and the certificate are this machine's."""

    folder: Path
    port: int
    gateway: int

    def build_site(self) -> str:
        text = get_block("nginx", "proxy_pass")
        for old, new in (
            ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            ("listen [::]:80;", ""),
            ("listen [::]:443 ssl;", f"listen [::1]:{self.port} ssl;" if has_ipv6() else ""),
            ("/etc/ssl/binhyen/fullchain.pem", f"{self.folder}/cert.pem"),
            ("127.0.0.1:8000", f"127.0.0.1:{self.gateway}"),
            ("/etc/ssl/binhyen/key.pem", f"{self.folder}/key.pem"),
        ):
            assert old in text, old
            text = text.replace(old, new)
        return text

    def write_site(self, site: str) -> list[str]:
        paths = "".join(
            f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        conf = self.folder / "nginx.conf"
        conf.write_text(
            f"{user} daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log; events {{ }}\n"
            f"http {{ {paths}\n{site} }}\n"
        )
        return ["nginx", "-p", str(self.folder), "-c", str(conf), "-e", f"{self.folder}/error.log"]

    def make_certificate(self) -> None:
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={NAME}",
                "-keyout",
                str(self.folder / "key.pem"),
                "-out",
                str(self.folder / "cert.pem"),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        command = self.write_site(self.build_site())
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: is_answering(self.port), why="nginx")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def is_answering(port: int) -> bool:
    try:
        with closing(HTTPSConnection("127.0.0.1", port, context=build_tls_context(), timeout=3)) as line:
            line.request("GET", "/static/none", headers={"Host": NAME})
            line.getresponse().read()
    except OSError:
        return False
    return True


def build_tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # its own certificate, made a moment ago
    return context


@skip_without("nginx", "openssl")
def test_the_site_parses(tmp_path: Path) -> None:
    front = NginxFront(tmp_path, free_port(), free_port())
    front.make_certificate()

    def check_site(site: str) -> int:
        return subprocess.run([*front.write_site(site), "-t"], capture_output=True, check=False, timeout=30).returncode

    assert check_site(front.build_site()) == 0
    bare = re.sub(r"ssl_certificate\S* \S+;", "", front.build_site())
    assert check_site(bare) != 0, "control: the earlier text of the document, without a certificate"


@contextmanager
def send_request(
    front: NginxFront, method: str, path: str, body: bytes = b"", **headers: str
) -> Iterator[HTTPResponse]:
    """Send a request through nginx."""
    with closing(HTTPSConnection("127.0.0.1", front.port, context=build_tls_context(), timeout=60)) as line:
        line.request(method, path, body or None, {"Host": NAME, **headers})
        with line.getresponse() as answer:
            yield answer


def build_form(fields: dict[str, str], photo: bytes) -> tuple[bytes, str]:
    """Return multipart/form-data with one picture."""
    edge = b"----binhyen-edge"
    parts = [
        b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (k.encode(), v.encode()) for k, v in fields.items()
    ]
    parts.append(
        b'Content-Disposition: form-data; name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + photo
    )
    body = b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + edge + b"--\r\n"
    return body, f"multipart/form-data; boundary={edge.decode()}"


def make_picture(size: int) -> bytes:
    """Return a picture of so many bytes: padding is behind its end, as cameras put data there."""
    out = BytesIO()
    Image.new("RGB", (400, 300), "red").save(out, "JPEG")
    return out.getvalue() + bytes(size - len(out.getvalue()))


@pytest.fixture
def front(real_db: None, tmp_path: Path) -> Iterator[NginxFront]:
    here = NginxFront(tmp_path / "nginx", free_port(), 0)
    here.folder.mkdir()
    here.make_certificate()
    environment = {
        "BINHYEN_URL": f"https://{NAME}",
        "BINHYEN_HOSTS": NAME,
        "BINHYEN_DEMO": "0",
        "BINHYEN_SECRET_KEY": settings.SECRET_KEY,
        "BINHYEN_LOG": "CRITICAL",
    }
    stack = ProcessHarness(tmp_path, environment)
    stack.start_processes("gateway", "pages")
    try:
        wait_until(lambda: is_reachable(f"{stack.url}/bao-tin"), why="gateway")
        wait_until(lambda: get_status(f"{stack.url}/bao-tin") != 503, why="pages")
        front = NginxFront(here.folder, here.port, stack.port)
        with front.running():
            yield front
    finally:
        stack.stop_processes()


def get_status(url: str) -> int:
    try:
        request = urllib.request.Request(url, headers={"Host": NAME})
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        return answer.code


@skip_without("nginx", "openssl")
def test_pages_live_feed_and_a_big_photo_come_through(front: NginxFront, officer: Callable[..., Any]) -> None:
    with send_request(front, "GET", "/bao-tin") as page:
        html = page.read().decode()
        cookies = "; ".join(value.partition(";")[0] for value in page.headers.get_all("Set-Cookie", []))
        assert page.status == 200 and "Báo tin" in html and page.getheader("Strict-Transport-Security")
    hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|key)" value="([^"]+)"', html))
    assert "__Host-" in cookies and set(hidden) == {"csrfmiddlewaretoken", "key"}
    form_fields = hidden | {"text": "Cây đổ chắn đường ở xã Lộc Hà, xe không qua được"}
    for size, status in ((19 << 20, 303), (27 << 20, 413)):
        body, kind = build_form(form_fields, make_picture(size))
        headers = {"Cookie": cookies, "Content-Type": kind, "Referer": f"https://{NAME}/bao-tin"}
        with send_request(front, "POST", "/bao-tin", body, **headers) as sent:
            assert sent.status == status, (size, sent.status, sent.read()[:2000])
    assert Attachment.objects.get().size >= 19 << 20
    with send_request(front, "GET", "/quan-tri/") as operators:
        assert operators.status == 403, "from their own network only"
    check_live_feed(front, officer())


def check_live_feed(front: NginxFront, person: Any) -> None:
    """Check that an event reaches an open stream at once, not when a buffer is full; without a session there is no
    stream.
    """
    client = Client()
    client.force_login(person)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    with send_request(front, "GET", "/live") as refused:
        assert refused.status == 204, "a browser stops reconnecting"
    with send_request(front, "GET", "/live", Cookie=f"__Host-binhyen_session={session}") as stream:
        assert stream.status == 200 and stream.getheader("Content-Type", "").startswith("text/event-stream")
        publish_live(
            [LiveEventData(sorted(access.list_live_topics(person)), "case", {"code": "K7M29QXD"})], now=clock.now()
        )
        streamed = b""
        while b"K7M29QXD" not in streamed:  # the connection's own timeout ends this if nothing arrives
            piece = stream.read1(4096)
            assert piece, "the stream ended"
            streamed += piece
