"""A tip that complains about police is retained as long as a complaint, not as long as a tip, and
no count reveals it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.kit import clock
from binhyen.privacy.rules.retention_periods import DEFAULTS
from binhyen.privacy.tests.scene import DAY, night
from binhyen.tips import queries, services
from binhyen.tips.models import Tip
from binhyen.tips.rules import KEPT
from binhyen.tips.tests.page import TEXT, enter, page_of, receipt, tell
from binhyen.vault.models import LockCopy
from tests import rls

pytestmark = pytest.mark.django_db
RUDE = "Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ"
TERM = DEFAULTS["complaint"] * DAY


@pytest.fixture
def code(client: Client) -> str:
    """Return the code of a tip that is a complaint, possibly about an officer of that desk."""
    return receipt(tell(client, text=RUDE, insists="yes"))


def clean(now: dt.datetime) -> int:
    with rls.acting_as("worker"):
        return services.clean(now=now)


def test_while_it_is_open_nothing_ends_it(client: Client, code: str) -> None:
    assert Tip.objects.get().case.apart
    assert clean(clock.now() + 4 * KEPT) == 0
    answer = enter(client, code)
    assert RUDE in page_of(answer) and "Mã dùng được cho tới khi có kết quả" in page_of(answer)


def test_closed_it_ends_with_the_complaint(client: Client, code: str) -> None:
    now = clock.now()
    Case.objects.update(state="CLOSED", outcome="ANSWERED", closed_at=now)
    assert clean(now + TERM - DAY) == 0
    assert f"dùng được tới {clock.vietnam_day(now + TERM):%d/%m/%Y}" in page_of(enter(client, code))
    assert night(now + TERM, "complaint")["complaint"] == 1
    assert clean(now + TERM) == 1 and clean(now + TERM) == 0
    row = Tip.objects.get()
    assert row.gone_at is not None and not bytes(row.wrapped) and not LockCopy.objects.exists()
    assert enter(client, code).status_code == 404


def test_a_plain_tip_still_ends_and_only_such_are_counted(client: Client, code: str) -> None:
    receipt(tell(client, text=TEXT))
    assert queries.standing(clock.now()).kept == 1, "the number of complaints is shown nowhere"
    assert clean(clock.now() + KEPT) == 1
    assert [row.case.apart for row in Tip.objects.filter(gone_at=None)] == [True]


def test_control_counted_as_a_tip_a_complaint_would_go(
    client: Client, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_of_them() -> Any:
        return Tip.objects.filter(gone_at=None).select_related("case")

    monkeypatch.setattr(queries, "_tips", all_of_them)
    monkeypatch.setattr(queries, "ends_at", lambda tip: tip.last_word_at + KEPT)
    assert queries.standing(clock.now()).kept == 1
    assert clean(clock.now() + KEPT) == 1
    assert enter(client, code).status_code == 404
