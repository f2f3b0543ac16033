"""A10: whatever address somebody writes, the program asks nobody but Zalo's hosts. Links in messages are never opened."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from binhyen.channels.base import Account
from binhyen.channels.kinds.zalo_oa import media
from binhyen.channels.messages import Media, SendFailed
from binhyen.intake.tests.web import FIGHT, tell

ZALO = Account(channel_id=1, settings={"openapi_url": "https://openapi.zalo.me"}, secrets={})
FORMS = [
    "http://127.0.0.1/", "http://localhost:5432/", "http://[::1]/", "http://0.0.0.0/", "http://0/", "http://127.1/",
    "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/", "http://10.0.0.1/", "http://192.168.1.1/",
    "http://metadata.google.internal/", "http://evil.example/a.jpg", "https://evil.example\\@zdn.vn/a.jpg",
    "https://zdn.vn@evil.example/", "https://zdn.vn:pw@evil.example/", "https://evil.example#zdn.vn",
    "https://evil.example?zdn.vn", "https://zdn.vn.evil.example/", "https://evilzdn.vn/", "https://zdn.vn:22/",
    "https://zdn.vn:5432/", "https://user:pw@zdn.vn/", "ftp://zdn.vn/a", "file:///etc/passwd", "gopher://zdn.vn/",
    "dict://127.0.0.1:6379/", "data:image/png;base64,AAAA", "javascript:alert(1)", "//evil.example/a", "unix:///tmp/x",
    "http://zdn.vn:99999/", "http://[zdn.vn/", "http:///zdn.vn", "", "zdn.vn", "http://①②⑦.⓪.⓪.①/",
    "http://zdn.vn%2eevil.example/", "jar:http://zdn.vn!/", "http://zdn\u3002evil.example/",
]  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Names looked up and addresses connected to, by Python; each is refused."""
    seen: list[Any] = []

    def refuse(*arguments: Any, **_: Any) -> Any:
        seen.append(arguments)
        raise OSError("nobody is asked in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    yield seen


def fetched(url: str) -> None:
    with pytest.raises(SendFailed) as refused:
        asyncio.run(media.download(ZALO, Media(kind="image", url=url)))
    assert refused.value.permanent, url


def test_files_are_fetched_from_zalo_s_hosts_only(asked: list[Any]) -> None:
    assert len(FORMS) >= 30
    for url in FORMS:
        fetched(url)
    assert asked == []


def test_control_without_the_list_somebody_is_asked(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "check_url", lambda *_: None)
    with pytest.raises(AssertionError):
        fetched("http://evil.example/a.jpg")
    assert asked


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.9", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fc00::1",
    "::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255", "not an address",
])  # fmt: skip
def test_a_name_of_zalo_that_leads_inside_leads_nowhere(address: str) -> None:
    """A name server may lie, or change its mind after the check: the address counts at the moment of connecting."""
    assert not media.is_public(address)
    assert media.is_public("1.1.1.1")


@pytest.mark.django_db
def test_addresses_in_what_people_write_are_never_opened(client: Client, asked: list[Any]) -> None:
    for url in FORMS:
        assert tell(client, f"{FIGHT} {url}", place=url[:100], name=url[:90]).status_code == 303
    assert asked == []
