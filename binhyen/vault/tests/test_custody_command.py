"""`binhyen custody`: share indexes, the key ceremony, rotation and recovery, as operators and holders type them."""

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from binhyen.audit.models import AuditEntry
from binhyen.demo.management.commands.demo_keys import create_demo_keys
from binhyen.kit import key_files
from binhyen.people.models import Officer
from binhyen.vault import envelopes, key_wrapping, process_keys, services
from binhyen.vault.key_distribution import list_holders
from binhyen.vault.key_wrapping import DEMO_PASSPHRASE
from binhyen.vault.management.commands import custody
from binhyen.vault.models import GroupKey, Holder, WrappedKey
from binhyen.vault.queries import is_group_ready, list_founding_groups
from binhyen.vault.rules import PEOPLE_GROUPS
from binhyen.vault.services import key_ceremony, key_holders, key_rotation
from binhyen.vault.tests.people import CHEAP, PASSPHRASE, create_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Type the passphrase without delays; key files of the machine stay where other tests need them."""
    monkeypatch.setattr(custody, "getpass", lambda _: PASSPHRASE)
    monkeypatch.setattr(custody, "_POLL_SECONDS", 0)
    monkeypatch.setattr(custody, "_GRACE_PERIOD", dt.timedelta(0))
    monkeypatch.setattr(process_keys, "delete_key_file", lambda *_: None)


def run_custody(*words: str) -> str:
    out = io.StringIO()
    call_command("custody", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def people(officer: Callable[..., Any], now: dt.datetime) -> dict[str, Officer]:
    """Create everyone whom the ceremony needs, with keys of their own, without share indexes yet."""
    made = {f"c{n}": officer("CUSTODIAN", "42") for n in (1, 2, 3)}
    made |= {role: officer(role, "42") for role in ("DIRECTOR", "INSPECTOR")} | {"duty": officer("PROVINCE_DUTY", "42")}
    for person in made.values():
        create_key(person, now)
    return made


def assign_seats(people: dict[str, Officer], now: dt.datetime) -> None:
    for seat in (1, 2, 3):
        run_custody("seat", people[f"c{seat}"].username, str(seat))
        create_key(None, now, seat=seat, label=f"Phong bì {seat}")


def test_the_ceremony_from_start_to_end(people: dict[str, Officer], now: dt.datetime) -> None:
    stored: list[bytes] = []
    services.create_conversation_key(["IDENTITY"], now=now, private_out=stored)
    services.create_conversation_key(["TIPS"], now=now)
    with pytest.raises(CommandError, match="cả ba phần khóa"):
        run_custody("ceremony")
    assign_seats(people, now)
    assert "Còn thiếu" not in run_custody("state")
    output = run_custody("ceremony")
    assert output.count("Khóa mới của IDENTITY phần") == 3 and "Đã hủy khóa cũ của TIPS" in output and "Xong" in output
    assert all(is_group_ready(group) for group in PEOPLE_GROUPS) and list_founding_groups() == []
    assert not WrappedKey.objects.filter(group_key__founding=True).exists()
    shown = run_custody("state")
    assert people["c2"].name in shown and "Phong bì 3 (phần khóa 3)" in shown and "tệp khóa của tiến trình" in shown
    assert "Xong" in run_custody("ceremony"), "a second time changes nothing"


def test_a_seat_is_given_before_shares_only(people: dict[str, Officer], now: dt.datetime) -> None:
    assign_seats(people, now)
    run_custody("ceremony")
    for wrong in (("seat", people["c1"].username, "2"), ("seat", people["c1"].username, "4"), ("seat", "ai", "1")):
        with pytest.raises(CommandError):
            run_custody(*wrong)


def test_rotation_by_the_holders_leaves_nothing_under_the_old_key(people: dict[str, Officer], now: dt.datetime) -> None:
    assign_seats(people, now)
    run_custody("ceremony")
    for _ in range(7):
        services.create_conversation_key(["IDENTITY"], now=now)
    output = run_custody("rotate", "IDENTITY", "--no-wait")
    assert "còn tin nằm dưới" in output and not re.search(r"\b21\b", output) and "Chuyển sang khóa mới" in output
    half = run_custody("rotate", "IDENTITY", "--no-wait", "--by", people["c1"].username)
    assert "còn tin nằm dưới" in half and sum(key_rotation.count_left_by_key(["IDENTITY"]).values()) == 7, (
        "two parts of three"
    )
    whole = run_custody("rotate", "IDENTITY", "--by", people["c1"].username, "--by", people["c3"].username)
    assert key_rotation.count_left_by_key(["IDENTITY"]) == {} and "không còn gì nằm dưới" in whole
    assert GroupKey.objects.filter(group="IDENTITY", destroyed_at=None).count() == 3


def test_a_new_envelope_gets_its_share_when_a_holder_types_its_fingerprint(
    people: dict[str, Officer], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with the shell alone: otherwise a shell user makes two envelopes and waits for the next keys."""
    assign_seats(people, now)
    run_custody("ceremony")
    run_custody("retire", "Phong bì 3")
    fresh, _pair = create_key(None, now, seat=3, label="Phong bì mới")
    asked: list[str] = []
    end = envelopes.get_fingerprint(bytes(fresh.public))[-4:]

    def types(answer: str) -> None:
        monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or answer)

    types(end)
    for by in ((), ("--by", people["c1"].username)):  # no account, and an account without a share of this key
        assert "Chưa trao cho khóa khôi phục mới: Phong bì mới" in run_custody("rotate", "TIPS", "--no-wait", *by)
    assert not asked and fresh not in list_holders("TIPS")
    by = ("--by", people["duty"].username)
    types("0000")
    before = GroupKey.objects.filter(group="TIPS").count()
    with pytest.raises(CommandError, match="không khớp"):
        run_custody("rotate", "TIPS", *by)
    assert GroupKey.objects.filter(group="TIPS").count() == before, "nothing was changed"
    types("")
    run_custody("rotate", "TIPS", *by)
    assert fresh not in list_holders("TIPS")
    types(end.lower())
    run_custody("rotate", "TIPS", *by)
    assert fresh in list_holders("TIPS") and envelopes.get_fingerprint_prefix(bytes(fresh.public)) in asked[-1]
    assert "1 phần khóa" in run_custody(
        "recover", "TIPS", "--to", people["duty"].username, "--by", "Phong bì 1", "--by", "Phong bì mới"
    )
    assert not any("TIPS" in problem for problem in key_ceremony.describe_underheld_groups())


@pytest.mark.parametrize("two", [(1, 2), (1, 3), (2, 3)])
def test_two_envelopes_recover_a_lost_key(people: dict[str, Officer], now: dt.datetime, two: tuple[int, int]) -> None:
    assign_seats(people, now)
    run_custody("ceremony")
    lost = people["duty"]
    create_key(lost, now)  # forgot the passphrase and made a new key: it has no shares
    by = [word for seat in two for word in ("--by", f"Phong bì {seat}")]
    assert "1 phần khóa" in run_custody("recover", "TIPS", "--to", lost.username, *by)
    with pytest.raises(CommandError, match="hai phần khóa"):
        run_custody("recover", "TIPS", "--to", lost.username, "--by", "Phong bì 1", "--by", "Phong bì 1")
    with pytest.raises(CommandError, match="không làm việc"):
        run_custody("recover", "TIPS", "--to", people["c1"].username, *by)
    with pytest.raises(CommandError, match="Không có khóa"):
        run_custody("recover", "TIPS", "--to", lost.username, "--by", "Phong bì 9")


def test_a_wrong_passphrase_stops_the_command(
    people: dict[str, Officer], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assign_seats(people, now)
    run_custody("ceremony")
    monkeypatch.setattr(custody, "getpass", lambda _: "sai")
    with pytest.raises(CommandError, match="không đúng"):
        run_custody("rotate", "TIPS", "--by", people["duty"].username)
    assert key_rotation.count_left_by_key(["TIPS"]) == {}


def test_a_spare_key_is_made_with_a_file(tmp_path: Any) -> None:
    file = tmp_path / "tep"
    file.write_bytes(b"x" * 64)
    run_custody("spare", "Phong bì két", "2", "--file", str(file))
    holder = Holder.objects.get(label="Phong bì két")
    assert key_wrapping.needs_key_file(holder.wrapped_key)
    key_holders.unlock_holder(holder, passphrase=PASSPHRASE, file=file.read_bytes())
    with pytest.raises(key_wrapping.WrongPassphrase):
        key_holders.unlock_holder(holder, passphrase=PASSPHRASE)
    with pytest.raises(CommandError):
        run_custody("spare", "Phong bì két", "7")
    assert AuditEntry.objects.get(verb="key_made").actor == "command:custody spare"


def test_a_large_key_file_opens_the_same_in_command_and_page(
    people: dict[str, Officer], now: dt.datetime, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo on a USB stick: the page reads its beginning. A key made by an earlier command from the whole file also
    opens."""
    photo = tmp_path / "anh.jpg"
    photo.write_bytes(bytes(range(256)) * 1000)
    assign_seats(people, now)
    run_custody("ceremony")
    holder = Holder.objects.get(officer=people["duty"], retired_at=None)
    pair = key_holders.unlock_holder(holder, passphrase=PASSPHRASE)
    monkeypatch.setattr("builtins.input", lambda _: str(photo))
    for counted in (key_wrapping.KEY_FILE_LIMIT, None):
        with monkeypatch.context() as before:
            before.setattr(key_wrapping, "KEY_FILE_LIMIT", counted)  # None: as earlier commands read it
            wrapped = key_wrapping.wrap_private_key(
                pair.private,
                passphrase=PASSPHRASE,
                file=photo.read_bytes(),
                cost=CHEAP,
                context=f"vault_holder.wrapped_key:{bytes(holder.public).hex()}",
            )
        Holder.objects.filter(pk=holder.pk).update(wrapped_key=wrapped)
        assert "Khóa mới của TIPS" in run_custody("rotate", "TIPS", "--by", people["duty"].username)
    photo.write_bytes(photo.read_bytes()[::-1])
    with pytest.raises(CommandError, match="không đúng"):
        run_custody("rotate", "TIPS", "--by", people["duty"].username)


def test_an_empty_key_file_makes_no_key(tmp_path: Any) -> None:
    (tmp_path / "rong").write_bytes(b"")
    with pytest.raises(CommandError, match="rỗng"):
        run_custody("spare", "Phong bì két", "2", "--file", str(tmp_path / "rong"))


def test_first_keys_are_where_no_process_reads() -> None:
    founding = GroupKey.objects.filter(founding=True, destroyed_at=None, retired_at=None)
    assert founding.exists() and process_keys.CEREMONY_FOLDER not in {"gateway", "pages", "worker", "sender", "custody"}
    for key in founding:
        process_keys.load_key_pair(key.group, bytes(key.key_id))
    with pytest.raises(key_files.KeyFileMissing):
        key_files.read_key("custody", f"identity-{bytes(founding[0].key_id).hex()}")


def test_the_demo_runs_its_ceremony_and_a_real_installation_refuses(settings: Any, now: dt.datetime) -> None:
    from binhyen.demo.people import NotADemoError, create_demo_people

    settings.DEMO = False
    with pytest.raises(NotADemoError):
        create_demo_keys(now=now)
    settings.DEMO = True
    create_demo_people(now=now)
    assert create_demo_keys(now=now) > 9 and create_demo_keys(now=now) == 0
    assert key_ceremony.describe_missing_holders() == [] and is_group_ready("IDENTITY")
    custodian = Holder.objects.get(officer__username="tinh.giukin2")
    assert custodian.seat == 2 and key_holders.unlock_holder(custodian, passphrase=DEMO_PASSPHRASE)
