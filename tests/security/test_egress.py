"""A10: whatever address a message contains, the program calls no host but Zalo's. Links in messages are never opened.

Each form of an address is entered in every text field: of citizens, of officers, at the desks of sealed conversations.
"""

import asyncio
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from binhyen.cases.services import officer_actions
from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import media
from binhyen.channels.types import Media, SendFailed
from binhyen.conduct.tests.scene import RUDE
from binhyen.intake.tests import chat_reports
from binhyen.intake.tests.web import FIGHT, submit_report
from binhyen.people.roles import Role
from tests.architecture.test_urls import OFFICERS
from tests.security.custody import REASON, CustodyScene
from tests.security.matrix import policy, probing, scene
from tests.security.matrix.probing import send_request
from tests.security.matrix.scene import OWN, Scene
from tests.security.routes import get_path
from tests.security.steps import ADDRESS, build_tip_forms

ZALO = ChannelAccount(channel_id=1, settings={"openapi_url": "https://openapi.zalo.me"}, secrets={})
FORMS = [
    "http://127.0.0.1/",
    "http://localhost:5432/",
    "http://[::1]/",
    "http://0.0.0.0/",
    "http://0/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00::1]/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://metadata.google.internal/",
    "http://evil.example/a.jpg",
    "https://evil.example\\@zdn.vn/a.jpg",
    "https://zdn.vn@evil.example/",
    "https://zdn.vn:pw@evil.example/",
    "https://evil.example#zdn.vn",
    "https://evil.example?zdn.vn",
    "https://zdn.vn.evil.example/",
    "https://evilzdn.vn/",
    "https://zdn.vn:22/",
    "https://zdn.vn:5432/",
    "https://user:pw@zdn.vn/",
    "ftp://zdn.vn/a",
    "file:///etc/passwd",
    "gopher://zdn.vn/",
    "dict://127.0.0.1:6379/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "//evil.example/a",
    "unix:///tmp/x",
    "http://zdn.vn:99999/",
    "http://[zdn.vn/",
    "http:///zdn.vn",
    "",
    "zdn.vn",
    "http://①②⑦.⓪.⓪.①/",
    "http://zdn.vn%2eevil.example/",
    "jar:http://zdn.vn!/",
    "http://zdn\u3002evil.example/",
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Record names looked up and addresses connected to, by Python; each is refused."""
    attempted_calls: list[Any] = []

    def refuse_connection(*arguments: Any, **_: Any) -> Any:
        attempted_calls.append(arguments)
        raise OSError("no host is called in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse_connection)
    monkeypatch.setattr(socket.socket, "connect", refuse_connection)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse_connection)
    yield attempted_calls


def fetch_file(url: str) -> None:
    with pytest.raises(SendFailed) as refused:
        asyncio.run(media.download_file(ZALO, Media(kind="image", url=url)))
    assert refused.value.is_permanent or refused.value.unlisted_host, url  # gone, or waits for the operator


def test_files_are_fetched_from_zalo_s_hosts_only(asked: list[Any]) -> None:
    assert len(FORMS) >= 40
    for url in FORMS:
        fetch_file(url)
    assert asked == []


def test_control_without_the_list_somebody_is_asked(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "check_media_url", lambda *_: None)
    with pytest.raises(AssertionError):
        fetch_file("http://evil.example/a.jpg")
    assert asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "192.168.0.9",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "224.0.0.1",
        "255.255.255.255",
        "not an address",
    ],
)
def test_a_name_of_zalo_that_leads_inside_leads_nowhere(address: str) -> None:
    """A name server may lie, or change its answer after the check: the address counts at the moment of connecting."""
    assert not media.is_public_address(address)
    assert media.is_public_address("1.1.1.1")


BATCHES = [" ".join(filter(None, FORMS[start::4])) for start in range(4)]  # short enough for any text field
FIELD = re.compile(r'\bname="([a-z_]+)"')


def list_field_names() -> set[str]:
    """Return the field names of every form, from the templates, and of the desks' actions, which name theirs
    themselves.
    """
    root = Path(settings.BASE_DIR) / "binhyen"
    names = {name for page in root.rglob("templates/**/*.html") for name in FIELD.findall(page.read_text())}
    return (names | {"who", "words", "code", "q"}) - {
        "csrfmiddlewaretoken",
        "viewport",
        "robots",
        "step",
        "file",
        "photos",
    }


def fill_every_form(built: Scene, officer: Callable[..., Any]) -> int:
    """Send every form of the pages with addresses in all texts; return how many were accepted."""
    askers, taken = {role: probing.build_askers(built, officer, role.value) for role in Role}, 0
    forms = [(r, roles) for r, (method, roles) in OFFICERS.items() if method == "POST" or r in policy.ALSO_POST]
    for number, (route, roles) in enumerate(forms):
        parts = built.address_parts.get((policy.OWNERS_OF_ROUTE.get(route, ""), OWN), {})
        full = dict.fromkeys(list_field_names(), f"{FIGHT} {BATCHES[number % len(BATCHES)]}") | {"code": "ZZZZZZZZ"}
        asked = full | {k: v for k, v in parts.items() if "<" not in k}
        filling_asker = next(askers[role] for role in (Role.CHIEF, *Role) if role in roles)
        answer = send_request(
            filling_asker.client, "POST", get_path(route, {"<slug:action>": "ghi-chu", **parts}), asked
        )
        taken += answer.status_code < 400
    return taken


def take_every_action(built: Scene, officer_client: probing.Asker) -> int:
    """Take each action on a case, with each batch in its texts; return how many were accepted."""
    case, done = built.cases[OWN], 0
    for links in BATCHES:
        for action, (_, fields) in policy.ACTION_ROLES.items():
            form_fields = {k: f"{v} {links}" if " " in v else v for k, v in fields.items()} | {
                "version": str(case.version)
            }
            done += (
                send_request(officer_client.client, "POST", f"/vu-viec/{case.code}/{action}", form_fields).status_code
                < 400
            )
    return done


@pytest.mark.django_db
def test_addresses_in_what_officers_write_are_never_opened(
    unit: Callable[[str], Any], officer: Callable[..., Any], asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    built = scene.build_scene(unit, officer)
    assert fill_every_form(built, officer) >= 20
    chief = probing.build_askers(built, officer, "CHIEF")
    assert take_every_action(built, chief) >= 5 * len(BATCHES)
    assert asked == []
    monkeypatch.setattr(
        officer_actions, "insert_objects", fetch_link_previews(officer_actions.insert_objects)
    )  # the control
    with pytest.raises(OSError, match="no host is called"):
        take_every_action(built, chief)
    assert asked


def fetch_link_previews(insert: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function so that it fetches a preview of a note's link."""

    def insert_with_preview(rows: list[Any], *more: Any, **named: Any) -> Any:
        if "http" in getattr(rows[0], "text", ""):
            socket.create_connection(("evil.example", 80))
        return insert(rows, *more, **named)

    return insert_with_preview


@pytest.mark.django_db
def test_nor_those_in_a_chat_a_group_or_at_a_desk(room: CustodyScene, asked: list[Any]) -> None:
    client, taken = room.open_session(room.duty), 0
    for links in BATCHES:
        for where in (None, room.post.group):
            for words in (FIGHT, RUDE, "Nhận quà miễn phí, click ngay"):
                chat_reports.run_pipeline((chat_reports.create_person(), f"{words} {links}"), group=where)
    for number, where in enumerate(room.list_addresses()):
        room.refresh(client, room.duty)
        full = dict.fromkeys(list_field_names(), f"{REASON} {BATCHES[number % len(BATCHES)]}")
        taken += send_request(client, "POST", where, full).status_code < 400
    assert taken >= 10 and asked == []


@pytest.mark.django_db
def test_nor_those_in_a_tip(settings: Any, tmp_path: Path, asked: list[Any]) -> None:
    settings.FILES_ROOT = tmp_path
    for form in build_tip_forms().values():
        for links in BATCHES:
            sent = form | {"text": f"{FIGHT} {links}", "place": links[:200]}
            assert Client().post(ADDRESS, sent).status_code in {200, 403, 409}
    assert asked == []


@pytest.mark.django_db
def test_addresses_in_what_people_write_are_never_opened(client: Client, asked: list[Any]) -> None:
    for url in FORMS:
        assert submit_report(client, f"{FIGHT} {url}", place=url[:100], name=url[:90]).status_code == 303
    assert asked == []
