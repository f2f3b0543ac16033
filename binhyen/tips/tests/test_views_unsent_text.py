"""Text typed when the key or session had expired returns in its field, to its author only, from memory only."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from binhyen.kit import clock
from binhyen.people.models import SignIn
from binhyen.tips.models import Tip
from binhyen.tips.tests.page import submit_tip
from binhyen.vault.key_session import DRAFT_TTL, DraftCache, drafts, key_sessions
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import PASSPHRASE, create_key
from binhyen.vault.tests.test_disclosure import DisclosureScene
from binhyen.vault.tests.test_views import read_page
from binhyen.vault.views import decorators

pytestmark = pytest.mark.django_db
WORDS = "Cảm ơn bạn, xin cho biết thêm họ hay tới vào giờ nào"
NOTE = "chưa gửi, vẫn còn trong ô"


@pytest.fixture
def handler(officer: Callable[..., Any]) -> Iterator[Any]:
    user, now = officer("PROVINCE_DUTY", "42"), clock.now()
    create_key(user, now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    submit_tip(Client())
    with SCREENS:
        yield user
    key_sessions.lock_all()
    drafts._kept.clear()


def get_request_url() -> str:
    return f"/giu-kin/tin/tip/{Tip.objects.get().public_id}"


def unlock_key(client: CustodyClient, back: str) -> None:
    sent = client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": back})
    assert sent["Location"] == back


def lock_key(client: CustodyClient, user: Any) -> None:
    key_sessions.lock(client.sign_in)


def expire_idle_session(client: CustodyClient, user: Any) -> None:
    SignIn.objects.update(idle_at=clock.now())


def end_session(client: CustodyClient, user: Any) -> None:
    SignIn.objects.update(ended_at=clock.now())


LOST = [lock_key, expire_idle_session, end_session]


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize(("form", "shown"), [("tra-loi", "id_reply"), ("chuyen", "id_extract")])
def test_typed_text_returns_after_the_redirect(handler: Any, lost: Callable[..., None], form: str, shown: str) -> None:
    client, page_url = CustodyClient().enter(handler, unlock=True), get_request_url()
    assert client.get(page_url).status_code == 200
    lost(client, handler)
    led = client.post(f"{page_url}/{form}", {"text": WORDS}, headers={"referer": f"http://testserver{page_url}"})[
        "Location"
    ]
    assert led in (f"/giu-kin?next={page_url}", f"/dang-nhap?next={page_url}"), "and no text in the URL"
    if lost is not lock_key:
        client = CustodyClient().enter(handler)
    unlock_key(client, page_url)
    back = read_page(client.get(page_url))
    assert WORDS in back.partition(f'id="{shown}"')[2].partition("</textarea>")[0] and NOTE in back
    assert client.post(f"{page_url}/{form}", {"text": WORDS}).status_code == 303
    assert NOTE not in read_page(client.get(page_url)), "sent: nothing is pending"


def test_control_without_keeping_it_is_lost(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decorators, "_store_draft", lambda request, response: None)
    with pytest.raises(AssertionError):
        test_typed_text_returns_after_the_redirect(handler, lock_key, "tra-loi", "id_reply")


def test_other_sessions_and_tables_do_not_have_it(handler: Any, officer: Callable[..., Any]) -> None:
    client, page_url = CustodyClient().enter(handler, unlock=True), get_request_url()
    key_sessions.lock(client.sign_in)
    client.post(f"{page_url}/tra-loi", {"text": WORDS})
    other = officer("PROVINCE_DUTY", "42")
    create_key(other, clock.now())
    key_rotation.rotate_group_key("TIPS", actor="t", now=clock.now())
    assert NOTE not in read_page(CustodyClient().enter(other, unlock=True).get(page_url))
    assert WORDS not in read_page(client.get(f"/giu-kin?next={page_url}")), "nor the page where the key is opened"
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{WORDS[:20]}%"])
            assert cursor.fetchone() == (0,), table


def test_a_passphrase_is_never_stored(handler: Any) -> None:
    drafts._kept.clear()  # from earlier tests in the same process
    client = CustodyClient().enter(handler)
    client.post("/giu-kin/khoa-ngoai", {"passphrase": PASSPHRASE})
    client.post("/giu-kin/doi-cum", {"passphrase": PASSPHRASE, "again": PASSPHRASE})
    client.post("/giu-kin/xin/0198c0de-0000-7000-8000-000000000000/dong-y", {"passphrase": PASSPHRASE})
    assert not drafts._kept


def test_the_reason_of_a_refusal_is_returned_too(officer: Callable[..., Any], now: dt.datetime) -> None:
    with SCREENS:
        _get_refusal(DisclosureScene(officer, now))


def _get_refusal(scene: DisclosureScene) -> None:
    page_url = f"/giu-kin/xin/{scene.ask().public_id}"
    person = scene.custodians[0][0]
    client = CustodyClient().enter(person, unlock=True)
    expire_idle_session(client, person)
    client.post(f"{page_url}/tu-choi", {"text": WORDS})
    assert WORDS in read_page(CustodyClient().enter(person, unlock=True).get(page_url))
    drafts._kept.clear()


def test_after_some_minutes_it_is_gone() -> None:
    moment = [0.0]
    store = DraftCache(lambda: moment[0])
    store.keep(1, "/a", "custody_reply", {"text": "x"})
    assert store.of(1, "/a") and not store.of(1, "/b") and not store.of(2, "/a")
    moment[0] = DRAFT_TTL + 1
    assert store.of(1, "/a") is None and not store._kept
