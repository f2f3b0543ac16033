"""File downloads: only from Zalo's hosts, never from our network, never above the size limit."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import media
from binhyen.channels.kinds.zalo_oa.tests.lab import ACCOUNT, ADAPTER, FakeZalo, run_with_client
from binhyen.channels.types import Media, SendFailed

REAL = replace(ACCOUNT, settings={**ACCOUNT.settings, "openapi_url": "https://openapi.zalo.me"})


class HostileFileHost(BaseHTTPRequestHandler):
    """A misbehaving file host."""

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{port}/ok")
            self.end_headers()
        elif self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path in {"/once", "/loop"}:
            self.send_response(302)
            self.send_header("Location", "/ok" if self.path == "/once" else "/loop")
            self.end_headers()
        elif self.path == "/gone":
            self.send_error(404)
        elif self.path == "/broken":
            self.send_error(503)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 1000)

    def log_message(self, *_: Any) -> None:
        return None


@pytest.fixture
def host() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), HostileFileHost)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def make_fake_account(url: str) -> ChannelAccount:
    return replace(ACCOUNT, settings={**ACCOUNT.settings, "openapi_url": url})


def fetch_and_fail(
    account: ChannelAccount, url: str, kind: str = "image", limit: int = media.MAX_FILE_BYTES
) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        asyncio.run(media.download_file(account, Media(kind, url), limit=limit))
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5432/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://localhost/",
        "https://f6.zdn.vn:8443/a",
        "https://user:pw@f6.zdn.vn/a",
        "https://zdn.vn@evil.com/a",
        "ftp://f6.zdn.vn/a",
        "file:///etc/passwd",
        "https://f6.zdn.vn:99999/",
        "//f6.zdn.vn/a",
        "",
    ],
)
def test_addresses_that_are_not_zalos(url: str) -> None:
    assert fetch_and_fail(REAL, url).is_permanent


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://zdn.vn.evil.com/a", "zdn.vn.evil.com"),
        ("https://evilzdn.vn/a", "evilzdn.vn"),
    ],
)
def test_hosts_that_only_look_like_zalos_are_not_contacted(url: str, host: str) -> None:
    assert fetch_and_fail(REAL, url).unlisted_host == host


def test_hosts_of_zalo_and_a_custom_list() -> None:
    media.check_media_url(REAL, "http://f6.photo.talk.zdn.vn/a.jpg")
    media.check_media_url(REAL, "https://s120-ava-talk.zadn.vn/a.jpg")
    configured = replace(REAL, settings={**REAL.settings, "media_hosts": ["files.example"]})
    media.check_media_url(configured, "https://a.files.example/b")
    media.check_media_url(configured, "https://f6.zdn.vn/a.jpg")  # added to the list, does not replace it


@pytest.mark.parametrize("host", ["f1.dlfl.vn", "a.flchat.vn", "video.dlmd.me"])
def test_hosts_that_were_seen_since(host: str) -> None:
    media.check_media_url(REAL, f"https://{host}/a.mp4")


def test_an_unlisted_host_waits_for_an_operator_and_a_private_one_is_refused() -> None:
    failure = fetch_and_fail(REAL, "https://Files.Example/a.pdf")
    assert (failure.unlisted_host, failure.is_permanent) == ("files.example", False)
    for url in ("http://127.0.0.1/a", "http://localhost/a", "https://files.example:8443/a", "http://[::1]/a"):
        assert fetch_and_fail(REAL, url).is_permanent and not fetch_and_fail(REAL, url).unlisted_host


def test_a_custom_host_list_does_not_turn_zalo_into_a_fake() -> None:
    """Regression: a list without zalo.me did, and files of openapi.zalo.me were fetched without the address check."""
    configured = replace(REAL, settings={**REAL.settings, "media_hosts": ["files.example"]})
    assert media.get_emulator_netloc(configured) == "" and media.stand_in_hosts(configured) == frozenset()
    beside = replace(REAL, settings={**REAL.settings, "media_hosts": ["127.0.0.1:8100"]})
    assert fetch_and_fail(beside, "http://127.0.0.1:8100/a").is_permanent, (
        "an address of this network is allowed for a fake Zalo only"
    )


@pytest.mark.parametrize(
    ("url", "target", "follows"),
    [
        ("https://f1.dlfl.vn/a", "https://x.flchat.vn/b", True),
        ("http://f1.dlfl.vn/a", "https://x.dlmd.me/b", True),
        ("http://f6.zdn.vn/a", "http://f6.zdn.vn/b", True),
        ("http://f1.dlfl.vn/a", "http://x.dlmd.me/b", False),
        ("https://f6.zdn.vn/a", "http://f6.zdn.vn/b", False),
        ("https://f6.zdn.vn/a", "https://evil.example/b", False),
        ("https://f6.zdn.vn/a", "https://10.0.0.1/b", False),
        ("https://f6.zdn.vn/a", "http://127.0.0.1:8100/b", False),
        ("https://f6.zdn.vn/a", "file:///etc/passwd", False),
    ],
)
def test_redirects_among_listed_hosts_by_https_only(url: str, target: str, *, follows: bool) -> None:
    try:
        media._check_redirect(REAL, url, target)
    except SendFailed:
        assert not follows
    else:
        assert follows


def test_a_redirect_to_an_unlisted_host_waits_too(host: str) -> None:
    assert (
        fetch_and_fail(make_fake_account(host), f"{host}/to/https://files.example/a").unlisted_host == "files.example"
    )
    hosts = {"media_hosts": [f"localhost:{host.rpartition(':')[2]}"]}
    both = replace(ACCOUNT, settings={**ACCOUNT.settings, "openapi_url": host, **hosts})
    assert asyncio.run(media.download_file(both, Media("file", f"{host}/elsewhere"))).data == b"x" * 1000


def test_the_fake_zalo_is_a_host_only_where_configured(host: str) -> None:
    assert fetch_and_fail(REAL, f"{host}/ok").is_permanent
    assert asyncio.run(media.download_file(make_fake_account(host), Media("image", f"{host}/ok"))).data == b"x" * 1000


def test_a_name_that_leads_inside_leads_nowhere(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """DNS that resolves one of Zalo's names to our own host: refused when connecting."""
    inside = [{"hostname": "f6.zdn.vn", "host": "127.0.0.1", "port": 80, "family": 2, "proto": 6, "flags": 0}]

    async def resolve(*_: Any, **__: Any) -> Any:
        return inside

    monkeypatch.setattr(media.ThreadedResolver, "resolve", resolve)
    failure = fetch_and_fail(REAL, "http://f6.zdn.vn/ok")
    assert not failure.is_permanent and failure.code == "ClientConnectorDNSEr"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("2002:a00:1::", False),
        ("224.0.0.1", False),
        ("name", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert media.is_public_address(address) is public


def test_redirects_sizes_and_missing_files(host: str) -> None:
    account = make_fake_account(host)
    assert asyncio.run(media.download_file(account, Media("file", f"{host}/once"))).data == b"x" * 1000
    assert fetch_and_fail(account, f"{host}/elsewhere").is_permanent
    assert fetch_and_fail(account, f"{host}/loop").is_permanent
    assert fetch_and_fail(account, f"{host}/gone").is_permanent
    assert not fetch_and_fail(account, f"{host}/broken").is_permanent
    assert fetch_and_fail(account, f"{host}/ok", limit=999).is_permanent
    assert fetch_and_fail(account, f"{host}/ok", kind="link").is_permanent


def test_a_photo_of_a_citizen_is_downloaded_completely(zalo: FakeZalo) -> None:
    zalo.control("say", {"citizen": zalo.get_citizen_id(), "photo": True, "text": "xe lạ"})
    listing = run_with_client(
        lambda api: api.get_json_query(
            zalo.account(), "/v2.0/oa/conversation", {"user_id": zalo.get_citizen_id(), "offset": 0, "count": 5}
        )
    )
    url = next(row["url"] for row in listing if "url" in row)
    data = run_with_client(lambda api: ADAPTER.fetch_media(api, zalo.account(), Media("image", url)))
    assert data.startswith(b"\xff\xd8\xff")
