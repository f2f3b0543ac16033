"""After a redirect to open the key, or to repeat the second step, the user returns to the previous page."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.kit import clock
from binhyen.people.auth_policy import get_session_policy
from binhyen.people.models import SignIn
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import PASSPHRASE
from binhyen.vault.tests.test_disclosure import NAME, DisclosureScene
from binhyen.vault.tests.test_views import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("screens")]


def test_after_opening_the_key_the_user_returns_to_the_previous_page(scene: DisclosureScene) -> None:
    asked = scene.approve(scene.ask(), 0)
    scene.approve(asked, 1)
    address = f"/giu-kin/xin/{asked.public_id}"
    client = CustodyClient().enter(scene.asker)
    led = client.post(f"{address}/xem")["Location"]
    assert led == f"/giu-kin?next={address}", "never to a POST-only URL"
    shown = read_page(client.get(led))
    assert "mở khóa của bạn trước" in shown and f'name="next" value="{address}"' in shown
    assert "mở khóa của bạn trước" not in read_page(client.get("/giu-kin")), "a direct visit needs no message"
    wrong = client.post("/giu-kin/mo", {"passphrase": "sai", "next": address})
    assert f'name="next" value="{address}"' in read_page(wrong)
    assert client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": address})["Location"] == address
    assert NAME in read_page(client.post(f"{address}/xem"))


def test_a_post_only_url_leads_back_to_its_page(officer: Callable[..., Any]) -> None:
    client = CustodyClient().enter(officer("CUSTODIAN", "42"))
    own_answer = client.post("/giu-kin/doi-khoa", headers={"referer": "http://testserver/giu-kin/xin?trang=2"})
    assert own_answer["Location"] == "/giu-kin?next=/giu-kin/xin%3Ftrang%3D2"
    for away in ("https://evil.example/giu-kin", "http://testserver/ban-truc"):
        assert client.post("/giu-kin/doi-khoa", headers={"referer": away})["Location"] == "/giu-kin"


def test_after_confirming_the_user_returns_to_the_page_with_the_button(scene: DisclosureScene) -> None:
    """Clicked on the response of «xem» itself, whose URL is POST-only."""
    asked = scene.approve(scene.ask(), 0)
    scene.approve(asked, 1)
    address = f"/giu-kin/xin/{asked.public_id}"
    client = CustodyClient().enter(scene.asker, unlock=True)
    SignIn.objects.update(confirmed_at=clock.now() - get_session_policy(scene.asker.role).confirmation_lifetime)
    sent = client.post(f"{address}/xem", headers={"referer": f"http://testserver{address}/xem"})
    assert sent["Location"] == f"/bao-mat/xac-nhan?next={address}/xem"
    client.confirm(scene.asker)
    led = client.get(f"{address}/xem")
    assert (led.status_code, led["Location"]) == (303, address)
    shown = read_page(client.get(address))
    assert "Bạn bấm lại" in shown and NAME not in shown
    assert NAME in read_page(client.post(f"{address}/xem"))
    stranger = CustodyClient().enter(scene.officer("CHIEF", "18073"))
    for path_with_page in (f"{address}/xem", "/giu-kin/xin/0198c0de-0000-7000-8000-000000000000/xem"):
        assert stranger.get(stranger.get(path_with_page)["Location"]).status_code == 404, "there or not"
    assert client.get("/giu-kin/mo")["Location"] == "/giu-kin"


def test_the_second_step_is_asked_for_before_the_passphrase_is_typed(scene: DisclosureScene) -> None:
    """And the redirect continues to the first page."""
    address = f"/giu-kin/xin/{scene.ask().public_id}"
    person = scene.custodians[0][0]
    client = CustodyClient().enter(person)
    SignIn.objects.update(confirmed_at=clock.now() - get_session_policy(person.role).confirmation_lifetime)
    led = f"/giu-kin?next={address}"
    again = f"/bao-mat/xac-nhan?next=/giu-kin%3Fnext%3D{address}"
    shown = read_page(client.get(led))
    assert "Xác nhận lại là bạn" in shown and f'href="{again}"' in shown and 'id="id_passphrase"' not in shown
    typed = client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": address})
    assert typed["Location"] == again, "too late by a moment: back to the same page"
    client.confirm(person)
    assert 'id="id_passphrase"' in read_page(client.get(led))
    assert client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": address})["Location"] == address
    SignIn.objects.update(confirmed_at=clock.now() - get_session_policy(person.role).confirmation_lifetime)
    asking = read_page(client.get(address))
    assert f'href="/bao-mat/xac-nhan?next={address}"' in asking and 'name="passphrase"' not in asking
    client.confirm(person)
    assert 'name="passphrase"' in read_page(client.get(address))
