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
from binhyen.tips.rules import EASY, KEPT, Task, solves
from binhyen.tips.services import submission
from binhyen.tips.tests.conftest import DEAR
from binhyen.tips.tests.page import TEXT, act, enter, fields, page_of, receipt, tell

pytestmark = pytest.mark.django_db
GUESSES = 1000


def guess() -> str:
    return f"{secrets.randbelow(10**20):020d}"


def guesses_that_open(count: int) -> int:
    return sum(services.opened(guess()) is not None for _ in range(count))


def test_a_thousand_guesses_open_nothing(client: Client) -> None:
    receipt(tell(client))
    assert guesses_that_open(GUESSES) == 0


def test_control_guesses_are_found_where_a_code_counts_for_little(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The defect: only the last digit of a code is compared."""
    plain = receipts.keys_of
    monkeypatch.setattr(receipts, "keys_of", lambda code: plain(code[-1]))
    receipt(tell(client))
    assert guesses_that_open(200) > 0


def test_finding_a_row_does_not_open_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second salt: finding a tip's row does not give its key."""
    receipt(tell(client))
    tip = Tip.objects.get()
    monkeypatch.setattr(submission, "found", lambda _: tip)
    assert guesses_that_open(20) == 0


def test_guesses_at_the_page_open_nothing_and_soon_are_not_even_tried(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt(tell(client))
    tried = []
    plain = services.opened
    monkeypatch.setattr(services, "opened", lambda code: (tried.append(code), plain(code))[1])
    seen = {enter(client, guess()).status_code for _ in range(GUESSES)}
    assert seen == {404, 429} and len(tried) == 5


def test_wrong_codes_cost_growing_work_and_the_right_one_still_opens(client: Client) -> None:
    code = receipt(tell(client))
    answers = [enter(client, "0000 1111 2222 3333 4444") for _ in range(6)]
    assert [a.status_code for a in answers] == [404] * 5 + [429]
    assert "data-task" in page_of(answers[4]), "the task is offered before it is demanded"
    assert enter(client, code).status_code == 429, "the right code waits too, but is not locked out"
    given = answers[-1]
    nonce = re.search(r'data-task="([0-9a-f]+)" data-bits="(\d+)"', page_of(given))
    assert nonce
    answer = next(str(n) for n in range(10**7) if solves(nonce[1], str(n), int(nonce[2])))
    opened = enter(client, code, task=fields(given)["task"], answer=answer)
    assert opened.status_code == 200 and TEXT in page_of(opened)
    again = enter(client, code, task=fields(given)["task"], answer=answer)
    assert again.status_code == 429, "one task, one attempt"


def test_waiting_does_as_well_as_work() -> None:
    now, wanted = clock.now(), Task(60, 5)
    given = tasks.give(wanted, now=now)
    assert not tasks.done(given.token, "", wanted=wanted, now=now + dt.timedelta(seconds=4))
    assert tasks.done(given.token, "", wanted=wanted, now=now + dt.timedelta(seconds=6))
    easier = tasks.give(Task(1, 1), now=now)
    assert not tasks.done(easier.token, "", wanted=wanted, now=now + dt.timedelta(seconds=60))


def test_equal_salts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    receipts.salts()
    monkeypatch.setattr(key_files, "once", lambda *_: b"s" * 16)
    with pytest.raises(receipts.EqualSalts):
        receipts.salts()


def test_only_two_are_checked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "PATIENCE", 0.1)
    with receipts._place(), receipts._place(), pytest.raises(receipts.Busy), receipts._place():
        pass
    with receipts._place():
        pass


def test_a_busy_machine_says_so_and_keeps_the_words(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(code: str) -> receipts.Keys:
        raise receipts.Busy

    monkeypatch.setattr(receipts, "keys_of", busy)
    answer = tell(client)
    assert answer.status_code == 503 and "Tư Lé" in page_of(answer) and not Tip.objects.exists()
    assert enter(client, "1" * 20).status_code == 503


@pytest.mark.parametrize("write", ["mã của tôi là {}", "{}", "mã:{}", "gọi 0912345678 0987654321, mã {}"])
def test_a_code_in_the_words_is_refused_and_comes_back(client: Client, write: str) -> None:
    code = receipt(tell(client))
    opened = enter(client, code)
    for form in (code, code.replace(" ", ""), code.replace(" ", "-"), code.replace(" ", ", ")):
        refused = act(client, opened, text=write.format(form))
        assert refused.status_code == 422 and "xóa mã" in page_of(refused) and form in page_of(refused)
    other = act(client, opened, text="số tài khoản 1234 5678 9012 3456 7891")
    assert "Đã gửi thêm" in page_of(other)


def test_the_code_of_another_tip_is_refused_in_a_new_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    code = receipt(tell(client))
    for fields_ in ({"text": f"như tin {code} tôi báo hôm trước"}, {"place": code.replace(" ", "")}):
        refused = tell(client, **{"text": TEXT, **fields_})
        assert refused.status_code == 422 and "xóa mã" in page_of(refused) and code[:4] in page_of(refused)
    assert Tip.objects.count() == 1
    assert tell(client, text="gọi 0912345678 0987654321").status_code == 200, "two phones are no code"
    # Negative control: without the check such text is stored for every reader of the tip.
    monkeypatch.setattr(submission, "_refuse_codes", lambda *_, **__: None)
    assert tell(client, text=f"như tin {code}").status_code == 200


def medians(kinds: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Measure median seconds until the answer, in turns, so that a busy machine slows all alike."""
    spent: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, ask in kinds.items():
            started = time.perf_counter()
            ask()
            spent[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in spent.items()}


def apart(found: dict[str, float]) -> float:
    return max(found.values()) / min(found.values()) - 1


@pytest.fixture
def asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], Any]]:
    """Request the page with a code of each kind, at the real cost of a derivation."""
    monkeypatch.setattr(tasks, "demanded", lambda _: None)
    for name, value in DEAR.items():
        monkeypatch.setattr(receipts, name, value)
    withdrawn, over = (receipt(tell(client, text=f"{TEXT} {n}")) for n in range(2))
    act(client, enter(client, withdrawn), "withdraw", sure="yes")
    assert services.clean(now=clock.now() + 2 * KEPT) == 1
    codes = {"valid": receipt(tell(client)), "withdrawn": withdrawn, "over": over, "unknown": "5" * 20}
    assert [enter(client, code).status_code for code in codes.values()] == [200, 404, 404, 404]
    return {name: lambda code=code: enter(client, code) for name, code in codes.items()}  # type: ignore[misc]


def test_a_code_tried_in_the_words_is_a_try_like_any_other(client: Client) -> None:
    """Rejecting text because it contains a code confirms that the code exists, so it must cost the
    same growing work."""
    code = receipt(tell(client))
    assert tell(client, text=f"Nhà bên có khách lạ, {code}").status_code == 422, "control"
    for number in range(EASY):
        tell(client, text=f"Nhà bên có khách lạ, {number:02d}345678901234567890")
    assert tell(client, text=f"Nhà bên có khách lạ, {code}").status_code == 200, "and no further one is checked"
    assert enter(client, code).status_code == 429


def test_right_wrong_and_over_take_the_same_time(asked: dict[str, Callable[[], Any]]) -> None:
    """Measured again on a machine so busy that answers spill over into the next step."""
    for _ in range(8):
        found = medians(asked, 7)
        if apart(found) < 0.05:
            break
    assert apart(found) < 0.05, found
    assert found["unknown"] > 0.1, found


def hasty(code: str) -> receipts.Keys:
    """Reproduce the defect: run the second derivation only for existing codes."""
    first, second = receipts.salts()
    lookup = receipts.derive(code, first)
    return receipts.Keys(lookup, receipts.derive(code, second) if services.found(lookup) else b"w" * 32)


def test_control_a_short_cut_for_what_is_not_there_is_seen(
    asked: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "keys_of", hasty)
    monkeypatch.setattr(receipts, "STEP", 0.0)
    assert apart(medians(asked, 3)) > 0.05


def derivations(asked: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch) -> set[int]:
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
    assert derivations(asked, monkeypatch) == {2}
    monkeypatch.setattr(receipts, "keys_of", hasty)  # control
    assert derivations(asked, monkeypatch) == {1, 2}
