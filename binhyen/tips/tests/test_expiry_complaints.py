"""A tip that complains about police is retained as long as a complaint, not as long as a tip, and
no count reveals it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.kit import clock
from binhyen.privacy.rules.retention import DEFAULT_DAYS
from binhyen.privacy.tests.scene import DAY, run_sweep
from binhyen.tips import queries, services
from binhyen.tips.models import Tip
from binhyen.tips.rules import RETENTION
from binhyen.tips.tests.page import TEXT, enter_code, read_page, read_receipt, submit_tip
from binhyen.vault.models import WrappedKey
from tests import rls

pytestmark = pytest.mark.django_db
RUDE = "Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ"
TERM = DEFAULT_DAYS["complaint"] * DAY


@pytest.fixture
def code(client: Client) -> str:
    """Return the code of a tip that is a complaint, possibly about an officer of that desk."""
    return read_receipt(submit_tip(client, text=RUDE, insists="yes"))


def prune_tips(now: dt.datetime) -> int:
    with rls.acting_as("worker"):
        return services.destroy_expired_tips(now=now)


def test_while_it_is_open_nothing_ends_it(client: Client, code: str) -> None:
    assert Tip.objects.get().case.is_restricted
    assert prune_tips(clock.now() + 4 * RETENTION) == 0
    answer = enter_code(client, code)
    assert RUDE in read_page(answer) and "Mã dùng được cho tới khi có kết quả" in read_page(answer)


def test_closed_it_ends_with_the_complaint(client: Client, code: str) -> None:
    now = clock.now()
    Case.objects.update(state="CLOSED", outcome="ANSWERED", closed_at=now)
    assert prune_tips(now + TERM - DAY) == 0
    assert f"dùng được tới {clock.to_vietnam_day(now + TERM):%d/%m/%Y}" in read_page(enter_code(client, code))
    assert run_sweep(now + TERM, "complaint")["complaint"] == 1
    assert prune_tips(now + TERM) == 1 and prune_tips(now + TERM) == 0
    row = Tip.objects.get()
    assert row.gone_at is not None and not bytes(row.page_wrapped_key) and not WrappedKey.objects.exists()
    assert enter_code(client, code).status_code == 404


def test_a_plain_tip_still_ends_and_only_such_are_counted(client: Client, code: str) -> None:
    read_receipt(submit_tip(client, text=TEXT))
    assert queries.get_tip_retention_status(clock.now()).count == 1, "the number of complaints is shown nowhere"
    assert prune_tips(clock.now() + RETENTION) == 1
    assert [row.case.is_restricted for row in Tip.objects.filter(gone_at=None)] == [True]


def test_control_counted_as_a_tip_a_complaint_would_go(
    client: Client, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_of_them() -> Any:
        return Tip.objects.filter(gone_at=None).select_related("case")

    monkeypatch.setattr(queries, "_list_living", all_of_them)
    monkeypatch.setattr(queries, "ends_at", lambda tip: tip.last_word_at + RETENTION)
    assert queries.get_tip_retention_status(clock.now()).count == 1
    assert prune_tips(clock.now() + RETENTION) == 1
    assert enter_code(client, code).status_code == 404
