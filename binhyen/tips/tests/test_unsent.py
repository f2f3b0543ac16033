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
from binhyen.tips.tests.page import tell
from binhyen.vault.draft_cache import KEPT, Unsent, unsent
from binhyen.vault.key_session import keys
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import PASSPHRASE, key_of
from binhyen.vault.tests.test_opening import Scene
from binhyen.vault.tests.test_views import page
from binhyen.vault.views import decorators

pytestmark = pytest.mark.django_db
WORDS = "Cảm ơn bạn, xin cho biết thêm họ hay tới vào giờ nào"
NOTE = "chưa gửi, vẫn còn trong ô"


@pytest.fixture
def handler(officer: Callable[..., Any]) -> Iterator[Any]:
    who, now = officer("PROVINCE_DUTY", "42"), clock.now()
    key_of(who, now)
    key_rotation.renew("TIPS", actor="t", now=now)
    tell(Client())
    with SCREENS:
        yield who
    keys.lock_all()
    unsent._kept.clear()


def address() -> str:
    return f"/giu-kin/tin/tip/{Tip.objects.get().public_id}"


def unlock(client: CustodyClient, back: str) -> None:
    sent = client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": back})
    assert sent["Location"] == back


def key_locks(client: CustodyClient, who: Any) -> None:
    keys.lock(client.sign_in)


def session_idles(client: CustodyClient, who: Any) -> None:
    SignIn.objects.update(idle_at=clock.now())


def session_ends(client: CustodyClient, who: Any) -> None:
    SignIn.objects.update(ended_at=clock.now())


LOST = [key_locks, session_idles, session_ends]


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize(("form", "shown"), [("tra-loi", "id_reply"), ("chuyen", "id_extract")])
def test_what_was_typed_comes_back_after_the_way_round(
    handler: Any, lost: Callable[..., None], form: str, shown: str
) -> None:
    client, at = CustodyClient().enter(handler, unlock=True), address()
    assert client.get(at).status_code == 200
    lost(client, handler)
    led = client.post(f"{at}/{form}", {"text": WORDS}, headers={"referer": f"http://testserver{at}"})["Location"]
    assert led in (f"/giu-kin?next={at}", f"/dang-nhap?next={at}"), "and no text in the URL"
    if lost is not key_locks:
        client = CustodyClient().enter(handler)
    unlock(client, at)
    back = page(client.get(at))
    assert WORDS in back.partition(f'id="{shown}"')[2].partition("</textarea>")[0] and NOTE in back
    assert client.post(f"{at}/{form}", {"text": WORDS}).status_code == 303
    assert NOTE not in page(client.get(at)), "sent: nothing is pending"


def test_control_without_keeping_it_is_lost(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decorators, "_keep_typed", lambda request, response: None)
    with pytest.raises(AssertionError):
        test_what_was_typed_comes_back_after_the_way_round(handler, key_locks, "tra-loi", "id_reply")


def test_nobody_else_finds_it_and_no_table_has_it(handler: Any, officer: Callable[..., Any]) -> None:
    client, at = CustodyClient().enter(handler, unlock=True), address()
    keys.lock(client.sign_in)
    client.post(f"{at}/tra-loi", {"text": WORDS})
    other = officer("PROVINCE_DUTY", "42")
    key_of(other, clock.now())
    key_rotation.renew("TIPS", actor="t", now=clock.now())
    assert NOTE not in page(CustodyClient().enter(other, unlock=True).get(at))
    assert WORDS not in page(client.get(f"/giu-kin?next={at}")), "nor the page where the key is opened"
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{WORDS[:20]}%"])
            assert cursor.fetchone() == (0,), table


def test_a_passphrase_is_never_kept(handler: Any) -> None:
    unsent._kept.clear()  # from earlier tests in the same process
    client = CustodyClient().enter(handler)
    client.post("/giu-kin/khoa-ngoai", {"passphrase": PASSPHRASE})
    client.post("/giu-kin/doi-cum", {"passphrase": PASSPHRASE, "again": PASSPHRASE})
    client.post("/giu-kin/xin/0198c0de-0000-7000-8000-000000000000/dong-y", {"passphrase": PASSPHRASE})
    assert not unsent._kept


def test_why_not_comes_back_too(officer: Callable[..., Any], now: dt.datetime) -> None:
    with SCREENS:
        _why_not(Scene(officer, now))


def _why_not(scene: Scene) -> None:
    at = f"/giu-kin/xin/{scene.ask().public_id}"
    person = scene.custodians[0][0]
    client = CustodyClient().enter(person, unlock=True)
    session_idles(client, person)
    client.post(f"{at}/tu-choi", {"text": WORDS})
    assert WORDS in page(CustodyClient().enter(person, unlock=True).get(at))
    unsent._kept.clear()


def test_after_some_minutes_it_is_gone() -> None:
    moment = [0.0]
    kept = Unsent(lambda: moment[0])
    kept.keep(1, "/a", "custody_reply", {"text": "x"})
    assert kept.of(1, "/a") and not kept.of(1, "/b") and not kept.of(2, "/a")
    moment[0] = KEPT + 1
    assert kept.of(1, "/a") is None and not kept._kept
