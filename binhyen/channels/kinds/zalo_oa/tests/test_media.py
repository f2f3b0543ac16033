"""File downloads: only from Zalo's hosts, never from our network, never above the size limit."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import media
from binhyen.channels.kinds.zalo_oa.tests.lab import ACCOUNT, ADAPTER, StandIn, with_client
from binhyen.channels.types import Media, SendFailed

REAL = replace(ACCOUNT, settings={**ACCOUNT.settings, "openapi_url": "https://openapi.zalo.me"})


class Host(BaseHTTPRequestHandler):
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
    server = HTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def stand_in_at(url: str) -> Account:
    return replace(ACCOUNT, settings={**ACCOUNT.settings, "openapi_url": url})


def refused(account: Account, url: str, kind: str = "image", limit: int = media.LONGEST) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        asyncio.run(media.download(account, Media(kind, url), limit=limit))
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
    assert refused(REAL, url).permanent


@pytest.mark.parametrize(("url", "host"), [
    ("https://zdn.vn.evil.com/a", "zdn.vn.evil.com"), ("https://evilzdn.vn/a", "evilzdn.vn"),
])  # fmt: skip
def test_hosts_that_only_look_like_zalos_are_not_asked(url: str, host: str) -> None:
    assert refused(REAL, url).unlisted_host == host


def test_addresses_of_zalo_and_a_list_of_ones_own() -> None:
    media.check_url(REAL, "http://f6.photo.talk.zdn.vn/a.jpg")
    media.check_url(REAL, "https://s120-ava-talk.zadn.vn/a.jpg")
    own = replace(REAL, settings={**REAL.settings, "media_hosts": ["files.example"]})
    media.check_url(own, "https://a.files.example/b")
    media.check_url(own, "https://f6.zdn.vn/a.jpg")  # added to the list, does not replace it


@pytest.mark.parametrize("host", ["f1.dlfl.vn", "a.flchat.vn", "video.dlmd.me"])
def test_hosts_that_were_seen_since(host: str) -> None:
    media.check_url(REAL, f"https://{host}/a.mp4")


def test_an_unlisted_host_waits_for_an_operator_and_what_is_no_public_host_does_not() -> None:
    failure = refused(REAL, "https://Files.Example/a.pdf")
    assert (failure.unlisted_host, failure.permanent) == ("files.example", False)
    for url in ("http://127.0.0.1/a", "http://localhost/a", "https://files.example:8443/a", "http://[::1]/a"):
        assert refused(REAL, url).permanent and not refused(REAL, url).unlisted_host


def test_a_list_of_ones_own_does_not_make_the_real_zalo_a_stand_in() -> None:
    """Regression: a list without zalo.me did, and files of openapi.zalo.me were fetched without the address check."""
    own = replace(REAL, settings={**REAL.settings, "media_hosts": ["files.example"]})
    assert media.stand_in(own) == "" and media.stand_in_hosts(own) == frozenset()
    beside = replace(REAL, settings={**REAL.settings, "media_hosts": ["127.0.0.1:8100"]})
    assert refused(beside, "http://127.0.0.1:8100/a").permanent, (
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
    assert refused(stand_in_at(host), f"{host}/to/https://files.example/a").unlisted_host == "files.example"
    hosts = {"media_hosts": [f"localhost:{host.rpartition(':')[2]}"]}
    both = replace(ACCOUNT, settings={**ACCOUNT.settings, "openapi_url": host, **hosts})
    assert asyncio.run(media.download(both, Media("file", f"{host}/elsewhere"))).data == b"x" * 1000


def test_the_stand_in_is_a_host_only_where_it_is_configured(host: str) -> None:
    assert refused(REAL, f"{host}/ok").permanent
    assert asyncio.run(media.download(stand_in_at(host), Media("image", f"{host}/ok"))).data == b"x" * 1000


def test_a_name_that_leads_inside_leads_nowhere(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """DNS that resolves one of Zalo's names to our own host: refused when connecting."""
    inside = [{"hostname": "f6.zdn.vn", "host": "127.0.0.1", "port": 80, "family": 2, "proto": 6, "flags": 0}]

    async def resolve(*_: Any, **__: Any) -> Any:
        return inside

    monkeypatch.setattr(media.ThreadedResolver, "resolve", resolve)
    failure = refused(REAL, "http://f6.zdn.vn/ok")
    assert not failure.permanent and failure.code == "ClientConnectorDNSEr"


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
    assert media.is_public(address) is public


def test_redirects_and_sizes_and_what_is_gone(host: str) -> None:
    account = stand_in_at(host)
    assert asyncio.run(media.download(account, Media("file", f"{host}/once"))).data == b"x" * 1000
    assert refused(account, f"{host}/elsewhere").permanent
    assert refused(account, f"{host}/loop").permanent
    assert refused(account, f"{host}/gone").permanent
    assert not refused(account, f"{host}/broken").permanent
    assert refused(account, f"{host}/ok", limit=999).permanent
    assert refused(account, f"{host}/ok", kind="link").permanent


def test_a_photo_of_a_citizen_comes_whole(zalo: StandIn) -> None:
    zalo.control("say", {"citizen": zalo.citizen(), "photo": True, "text": "xe lạ"})
    listing = with_client(
        lambda api: api.get_data(
            zalo.account(), "/v2.0/oa/conversation", {"user_id": zalo.citizen(), "offset": 0, "count": 5}
        )
    )
    url = next(row["url"] for row in listing if "url" in row)
    data = with_client(lambda api: ADAPTER.fetch(api, zalo.account(), Media("image", url)))
    assert data.startswith(b"\xff\xd8\xff")


def test_names_of_people(zalo: StandIn) -> None:
    account = zalo.account()
    found = with_client(lambda api: media.person(api, account, zalo.citizen()))
    assert (found.name, found.follower) == ("Nguyễn Thị Hoà", True)
    with pytest.raises(SendFailed) as caught:
        with_client(lambda api: media.person(api, account, zalo.citizen("Đặng Hữu Nghĩa")))
    assert caught.value.code == "-213" and caught.value.permanent
