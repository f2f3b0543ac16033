"""A handler whose key is on the isolated machine: sees waiting messages, transfers them there, answers here."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.kit import clock
from binhyen.people.auth_policy import get_session_policy
from binhyen.people.models import SignIn
from binhyen.vault import key_wrapping
from binhyen.vault.models import Holder
from binhyen.vault.offline import bundles, commands
from binhyen.vault.queries import list_sealed_texts
from binhyen.vault.services import key_rotation, offline_transfer
from binhyen.vault.services.key_holders import unlock_holder
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import CHEAP, PASSPHRASE
from binhyen.vault.tests.test_offline import Station
from binhyen.vault.tests.test_views import TipDesk, desk, read_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("screens")]
SAID, ADDRESS = "Nhà ông Sáu", f"/giu-kin/tin/thu/{TipDesk.ref}"
__all__ = ["desk"]


@pytest.fixture
def away(desk: Any, now: dt.datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Station]:
    """Create the first handler of the desk, whose new key was made there and granted by the second."""
    monkeypatch.setattr(commands, "getpass", lambda _: PASSPHRASE)
    monkeypatch.setattr(key_wrapping.wrap_private_key, "__kwdefaults__", {"file": b"", "cost": CHEAP})
    handler, machine = desk[0], Station(tmp_path)
    key = bundles.parse_public_key(machine.key("h1").decode())
    holder = offline_transfer.import_public_key(officer=handler, key=key, alone=True, now=now)
    giver = Holder.objects.get(officer=desk[1], retired_at=None)
    assert key_rotation.grant_shares(
        giver=giver, pair=unlock_holder(giver, passphrase=PASSPHRASE), to=holder, actor="t", now=now
    )
    return handler, machine


def test_they_see_pending_items_transfer_and_answer(away: tuple[Any, Station], capsys: Any) -> None:
    handler, machine = away
    client = CustodyClient().enter(handler)
    assert "/giu-kin/tin" in read_page(client.get("/giu-kin"))
    listed = read_page(client.get("/giu-kin/tin"))
    assert ADDRESS in listed and "station words" in listed and SAID not in listed
    shown = read_page(client.get(ADDRESS))
    assert f"{ADDRESS}/goi" in shown and SAID not in shown
    assert not AuditEntry.objects.filter(verb="sealed_read").exists(), "nothing was read here"
    carried = client.post(f"{ADDRESS}/goi")
    assert carried["Content-Disposition"].startswith("attachment") and SAID not in carried.content.decode()
    (machine.folder / "goi.json").write_bytes(carried.content)
    assert machine.run_command("words", "goi.json", "--key", "h1.key") == 0 and SAID in capsys.readouterr().out
    assert AuditEntry.objects.filter(verb="sealed_carried", object=f"tip:{TipDesk.ref}").count() == 1
    assert client.post(f"{ADDRESS}/tra-loi", {"text": "Ở đâu ạ?"}).status_code == 303
    assert len(list_sealed_texts(f"tip:{TipDesk.ref}")) == 2


def test_in_place_of_their_key_the_second_step_is_asked_for(away: tuple[Any, Station]) -> None:
    client = CustodyClient().enter(away[0])
    SignIn.objects.update(confirmed_at=clock.now() - get_session_policy(away[0].role).confirmation_lifetime)
    for path in ("/giu-kin/tin", ADDRESS):
        assert client.get(path)["Location"].startswith("/bao-mat/xac-nhan"), path
    for path in (f"{ADDRESS}/goi", f"{ADDRESS}/tra-loi"):
        assert client.post(path, {"text": "x"})["Location"].startswith("/bao-mat/xac-nhan"), path
    assert not AuditEntry.objects.filter(verb="sealed_carried").exists()


def test_only_own_items_can_be_transferred(away: tuple[Any, Station], desk: Any, now: dt.datetime) -> None:
    """An officer with an open key here but no visibility; one with visibility but no share; one with a closed key."""
    stranger = CustodyClient().enter(desk[1], unlock=True)
    assert stranger.post(f"{ADDRESS}/goi").status_code == 404
    closed = CustodyClient().enter(desk[1])
    assert closed.get("/giu-kin/tin")["Location"] == "/giu-kin?next=/giu-kin/tin"
    Holder.objects.get(officer=away[0], retired_at=None).shares.all().delete()
    client = CustodyClient().enter(away[0])
    assert ADDRESS not in read_page(client.get("/giu-kin/tin")), "no share, no link"
    assert client.get(ADDRESS).status_code == 403
    for path in ("goi", "xin-goc"):
        assert client.post(f"{ADDRESS}/{path}").status_code in (303, 404), path
    assert not AuditEntry.objects.filter(verb="sealed_carried").exists()


def test_a_key_on_the_isolated_machine_opens_no_file_here(away: tuple[Any, Station]) -> None:
    client = CustodyClient().enter(away[0])
    picture = f"{ADDRESS}/anh/{TipDesk.ref}"
    assert client.get(picture)["Location"].startswith("/giu-kin"), "redirected to the page that opens a key"
    assert client.post(f"{ADDRESS}/goc/{TipDesk.ref}")["Location"].startswith("/giu-kin")
