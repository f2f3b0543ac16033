"""Attack class A4: guessing, proof of work, timing, the code inside a message. Requirement 7. Each with the defect that
makes it fail."""

import datetime as dt
import re
import secrets
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.kit import clock, key_files
from binhyen.tips import receipts, services, tasks
from binhyen.tips.models import Tip
from binhyen.tips.rules import FREE_ATTEMPTS, RETENTION, ProofOfWork, is_solution
from binhyen.tips.tests.conftest import DEAR
from binhyen.tips.tests.page import (
    TEXT,
    enter_code,
    read_hidden_fields,
    read_page,
    read_receipt,
    submit_step,
    submit_tip,
)

pytestmark = pytest.mark.django_db
GUESSES = 1000


def guess_code() -> str:
    return f"{secrets.randbelow(10**20):020d}"


def count_opening_guesses(count: int) -> int:
    return sum(services.open_receipt(guess_code()) is not None for _ in range(count))


def test_a_thousand_guesses_open_nothing(client: Client) -> None:
    read_receipt(submit_tip(client))
    assert count_opening_guesses(GUESSES) == 0


def test_control_guesses_are_found_where_a_code_counts_for_little(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The defect: only the last digit of a code is compared."""
    plain = receipts.derive_keys
    monkeypatch.setattr(receipts, "derive_keys", lambda code: plain(code[-1]))
    read_receipt(submit_tip(client))
    assert count_opening_guesses(200) > 0


def test_finding_a_row_does_not_open_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second salt: finding a tip's row does not give its key."""
    read_receipt(submit_tip(client))
    tip = Tip.objects.get()
    monkeypatch.setattr(services, "find_by_lookup", lambda _: tip)
    assert count_opening_guesses(20) == 0


def test_guesses_at_the_page_open_nothing_and_soon_are_not_even_tried(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_receipt(submit_tip(client))
    tried = []
    plain = services.open_receipt
    monkeypatch.setattr(services, "open_receipt", lambda code: (tried.append(code), plain(code))[1])
    statuses = {enter_code(client, guess_code()).status_code for _ in range(GUESSES)}
    assert statuses == {404, 429} and len(tried) == 5


def test_wrong_codes_cost_growing_work_and_the_right_one_still_opens(client: Client) -> None:
    code = read_receipt(submit_tip(client))
    answers = [enter_code(client, "0000 1111 2222 3333 4444") for _ in range(6)]
    assert [a.status_code for a in answers] == [404] * 5 + [429]
    assert "data-task" in read_page(answers[4]), "the task is offered before it is demanded"
    assert enter_code(client, code).status_code == 429, "the right code waits too, but is not locked out"
    given = answers[-1]
    nonce = re.search(r'data-task="([0-9a-f]+)" data-bits="(\d+)"', read_page(given))
    assert nonce
    answer = next(str(n) for n in range(10**7) if is_solution(nonce[1], str(n), int(nonce[2])))
    opened = enter_code(client, code, task=read_hidden_fields(given)["task"], answer=answer)
    assert opened.status_code == 200 and TEXT in read_page(opened)
    again = enter_code(client, code, task=read_hidden_fields(given)["task"], answer=answer)
    assert again.status_code == 429, "one task, one attempt"


def test_waiting_does_as_well_as_work() -> None:
    now, wanted = clock.now(), ProofOfWork(60, 5)
    given = tasks.issue_task(wanted, now=now)
    assert not tasks.done(given.token, "", wanted=wanted, now=now + dt.timedelta(seconds=4))
    assert tasks.done(given.token, "", wanted=wanted, now=now + dt.timedelta(seconds=6))
    easier = tasks.issue_task(ProofOfWork(1, 1), now=now)
    assert not tasks.done(easier.token, "", wanted=wanted, now=now + dt.timedelta(seconds=60))


def test_equal_salts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    receipts.load_salts()
    monkeypatch.setattr(key_files, "get_or_create_key", lambda *_: b"s" * 16)
    with pytest.raises(receipts.EqualSalts):
        receipts.load_salts()


def test_only_two_are_checked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "SLOT_TIMEOUT", 0.1)
    with receipts._lock_slot(), receipts._lock_slot(), pytest.raises(receipts.Busy), receipts._lock_slot():
        pass
    with receipts._lock_slot():
        pass


def test_a_busy_machine_is_reported_and_the_text_preserved(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(code: str) -> receipts.ReceiptKeys:
        raise receipts.Busy

    monkeypatch.setattr(receipts, "derive_keys", busy)
    answer = submit_tip(client)
    assert answer.status_code == 503 and "Tư Lé" in read_page(answer) and not Tip.objects.exists()
    assert enter_code(client, "1" * 20).status_code == 503


@pytest.mark.parametrize("write", ["mã của tôi là {}", "{}", "mã:{}", "gọi 0912345678 0987654321, mã {}"])
def test_a_code_in_the_text_is_refused_and_the_text_returned(client: Client, write: str) -> None:
    code = read_receipt(submit_tip(client))
    opened = enter_code(client, code)
    for form in (code, code.replace(" ", ""), code.replace(" ", "-"), code.replace(" ", ", ")):
        refused = submit_step(client, opened, text=write.format(form))
        assert refused.status_code == 422 and "xóa mã" in read_page(refused) and form in read_page(refused)
    other = submit_step(client, opened, text="số tài khoản 1234 5678 9012 3456 7891")
    assert "Đã gửi thêm" in read_page(other)


def test_the_code_of_another_tip_is_refused_in_a_new_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    code = read_receipt(submit_tip(client))
    for fields_ in ({"text": f"như tin {code} tôi báo hôm trước"}, {"place": code.replace(" ", "")}):
        refused = submit_tip(client, **{"text": TEXT, **fields_})
        assert refused.status_code == 422 and "xóa mã" in read_page(refused) and code[:4] in read_page(refused)
    assert Tip.objects.count() == 1
    assert submit_tip(client, text="gọi 0912345678 0987654321").status_code == 200, "two phones are no code"
    # Negative control: without the check such text is stored for every reader of the tip.
    monkeypatch.setattr(services, "_reject_receipt_codes", lambda *_, **__: None)
    assert submit_tip(client, text=f"như tin {code}").status_code == 200


def measure_medians(kinds: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Measure median seconds until the answer, in turns, so that a busy machine slows all alike."""
    spent: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, ask in kinds.items():
            started = time.perf_counter()
            ask()
            spent[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in spent.items()}


def measure_spread(medians_by_kind: dict[str, float]) -> float:
    return max(medians_by_kind.values()) / min(medians_by_kind.values()) - 1


@pytest.fixture
def asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], Any]]:
    """Request the page with a code of each kind, at the real cost of a derivation."""
    monkeypatch.setattr(tasks, "get_required_task", lambda _: None)
    for name, value in DEAR.items():
        monkeypatch.setattr(receipts, name, value)
    withdrawn, over = (read_receipt(submit_tip(client, text=f"{TEXT} {n}")) for n in range(2))
    submit_step(client, enter_code(client, withdrawn), "withdraw", sure="yes")
    assert services.destroy_expired_tips(now=clock.now() + 2 * RETENTION) == 1
    codes = {"valid": read_receipt(submit_tip(client)), "withdrawn": withdrawn, "over": over, "unknown": "5" * 20}
    assert [enter_code(client, code).status_code for code in codes.values()] == [200, 404, 404, 404]
    return {name: lambda code=code: enter_code(client, code) for name, code in codes.items()}  # type: ignore[misc]


def test_a_code_tried_in_the_text_counts_as_an_attempt(client: Client) -> None:
    """Rejecting text because it contains a code confirms that the code exists, so it must cost the
    same growing work."""
    code = read_receipt(submit_tip(client))
    assert submit_tip(client, text=f"Nhà bên có khách lạ, {code}").status_code == 422, "control"
    for number in range(FREE_ATTEMPTS):
        submit_tip(client, text=f"Nhà bên có khách lạ, {number:02d}345678901234567890")
    assert submit_tip(client, text=f"Nhà bên có khách lạ, {code}").status_code == 200, "and no further one is checked"
    assert enter_code(client, code).status_code == 429


def test_right_wrong_and_expired_codes_take_the_same_time(asked: dict[str, Callable[[], Any]]) -> None:
    """Measured again on a machine so busy that answers spill over into the next step."""
    for _ in range(8):
        median_times = measure_medians(asked, 7)
        if measure_spread(median_times) < 0.05:
            break
    assert measure_spread(median_times) < 0.05, median_times
    assert median_times["unknown"] > 0.1, median_times


def derive_hastily(code: str) -> receipts.ReceiptKeys:
    """Reproduce the defect: run the second derivation only for existing codes."""
    first, second = receipts.load_salts()
    lookup = receipts.derive(code, first)
    return receipts.ReceiptKeys(lookup, receipts.derive(code, second) if services.find_by_lookup(lookup) else b"w" * 32)


def test_control_a_short_cut_for_unknown_codes_is_detected(
    asked: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "derive_keys", derive_hastily)
    monkeypatch.setattr(receipts, "TIME_STEP", 0.0)
    assert measure_spread(measure_medians(asked, 3)) > 0.05


def count_derivations(asked: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Count the derivations per answer, over all kinds of a code."""
    made: list[str] = []
    plain = receipts.derive
    monkeypatch.setattr(receipts, "derive", lambda code, salt: (made.append(code), plain(code, salt))[1])
    counts = set()
    for ask in asked.values():
        made.clear()
        ask()
        counts.add(len(made))
    return counts


def test_every_code_costs_two_derivations(asked: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    assert count_derivations(asked, monkeypatch) == {2}
    monkeypatch.setattr(receipts, "derive_keys", derive_hastily)  # control
    assert count_derivations(asked, monkeypatch) == {1, 2}
