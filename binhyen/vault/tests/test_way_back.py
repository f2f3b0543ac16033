"""After a redirect to open the key, or to repeat the second step, the user returns to the previous page."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.kit import clock
from binhyen.people.auth_policy import terms
from binhyen.people.models import SignIn
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import PASSPHRASE
from binhyen.vault.tests.test_opening import NAME, Scene
from binhyen.vault.tests.test_views import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("screens")]


def test_who_is_sent_to_open_the_key_comes_back_to_the_page_they_were_on(scene: Scene) -> None:
    asked = scene.approve(scene.ask(), 0)
    scene.approve(asked, 1)
    address = f"/giu-kin/xin/{asked.public_id}"
    client = CustodyClient().enter(scene.asker)
    led = client.post(f"{address}/xem")["Location"]
    assert led == f"/giu-kin?next={address}", "never to a POST-only URL"
    shown = page(client.get(led))
    assert "mở khóa của bạn trước" in shown and f'name="next" value="{address}"' in shown
    assert "mở khóa của bạn trước" not in page(client.get("/giu-kin")), "a direct visit needs no message"
    wrong = client.post("/giu-kin/mo", {"passphrase": "sai", "next": address})
    assert f'name="next" value="{address}"' in page(wrong)
    assert client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": address})["Location"] == address
    assert NAME in page(client.post(f"{address}/xem"))


def test_what_has_no_page_of_its_own_leads_back_to_where_it_was_pressed(officer: Callable[..., Any]) -> None:
    client = CustodyClient().enter(officer("CUSTODIAN", "42"))
    own = client.post("/giu-kin/doi-khoa", headers={"referer": "http://testserver/giu-kin/xin?trang=2"})
    assert own["Location"] == "/giu-kin?next=/giu-kin/xin%3Ftrang%3D2"
    for away in ("https://evil.example/giu-kin", "http://testserver/ban-truc"):
        assert client.post("/giu-kin/doi-khoa", headers={"referer": away})["Location"] == "/giu-kin"


def test_who_confirms_again_comes_to_the_page_with_the_button(scene: Scene) -> None:
    """Clicked on the response of «xem» itself, whose URL is POST-only."""
    asked = scene.approve(scene.ask(), 0)
    scene.approve(asked, 1)
    address = f"/giu-kin/xin/{asked.public_id}"
    client = CustodyClient().enter(scene.asker, unlock=True)
    SignIn.objects.update(confirmed_at=clock.now() - terms(scene.asker.role).confirmed)
    sent = client.post(f"{address}/xem", headers={"referer": f"http://testserver{address}/xem"})
    assert sent["Location"] == f"/bao-mat/xac-nhan?next={address}/xem"
    client.confirm(scene.asker)
    led = client.get(f"{address}/xem")
    assert (led.status_code, led["Location"]) == (303, address)
    shown = page(client.get(address))
    assert "Bạn bấm lại" in shown and NAME not in shown
    assert NAME in page(client.post(f"{address}/xem"))
    stranger = CustodyClient().enter(scene.officer("CHIEF", "18073"))
    for known in (f"{address}/xem", "/giu-kin/xin/0198c0de-0000-7000-8000-000000000000/xem"):
        assert stranger.get(stranger.get(known)["Location"]).status_code == 404, "there or not"
    assert client.get("/giu-kin/mo")["Location"] == "/giu-kin"


def test_the_second_step_is_asked_for_before_the_passphrase_is_typed(scene: Scene) -> None:
    """And the redirect continues to the first page."""
    address = f"/giu-kin/xin/{scene.ask().public_id}"
    person = scene.custodians[0][0]
    client = CustodyClient().enter(person)
    SignIn.objects.update(confirmed_at=clock.now() - terms(person.role).confirmed)
    led = f"/giu-kin?next={address}"
    again = f"/bao-mat/xac-nhan?next=/giu-kin%3Fnext%3D{address}"
    shown = page(client.get(led))
    assert "Xác nhận lại là bạn" in shown and f'href="{again}"' in shown and 'id="id_passphrase"' not in shown
    typed = client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": address})
    assert typed["Location"] == again, "too late by a moment: back to the same page"
    client.confirm(person)
    assert 'id="id_passphrase"' in page(client.get(led))
    assert client.post("/giu-kin/mo", {"passphrase": PASSPHRASE, "next": address})["Location"] == address
    SignIn.objects.update(confirmed_at=clock.now() - terms(person.role).confirmed)
    asking = page(client.get(address))
    assert f'href="/bao-mat/xac-nhan?next={address}"' in asking and 'name="passphrase"' not in asking
    client.confirm(person)
    assert 'name="passphrase"' in page(client.get(address))
