"""Merged cases: erasure for one reporter, or the end of a retention class, removes nothing of the other reporters."""

import pytest

from binhyen.cases.models import Case, Report
from binhyen.cases.services import linking
from binhyen.cases.tests.scene import open_case
from binhyen.channels.models import Message
from binhyen.kit import clock
from binhyen.privacy import queries
from binhyen.privacy.services import fulfilment, legal_holds
from binhyen.privacy.services.fulfilment import erase_person
from binhyen.privacy.services.identities import _protected
from binhyen.privacy.tests.scene import DAY, night
from tests import rls

pytestmark = pytest.mark.django_db
MINE, THEIRS = "Quán Hoa Sen hát tới khuya", "Quán Hoa Sen ở TDP Phú Mậu ồn quá, trẻ không ngủ được"


@pytest.fixture
def two(unit, officer):
    """Create the case of one reporter, with the case of another one merged into it."""
    place, long_ago = unit("18568"), clock.now() - 400 * DAY
    mine = open_case(place, text=MINE, category="noise", now=long_ago, title="Tiếng ồn")
    theirs = open_case(place, text=THEIRS, category="noise", now=long_ago)
    chief = officer("CHIEF")
    linking.merge(code=theirs.code, into=mine.code, officer=chief, version=None, now=long_ago)
    return mine, theirs


def teller(case):
    return Report.objects.get(case=case).reporter_id


def erase(reporter):
    """Erase like the worker."""
    with rls.acting_as("worker"):
        erase_person(reporter, until=clock.now(), now=clock.now())


def check_the_other_stays(mine, theirs):
    other = teller(theirs)
    erase(teller(mine))
    mine.refresh_from_db(), theirs.refresh_from_db()
    assert list(Message.objects.values_list("text", flat=True)) == [THEIRS]
    assert mine.state == "NEW" and mine.forgotten_at is None and theirs.forgotten_at is None
    assert MINE not in f"{mine.snippet}{mine.folded}" and mine.place == "TDP Phú Mậu", "the other shows it too"
    assert Report.objects.get().reporter_id == other


def test_whose_case_took_in_another_erases_their_own_words_alone(two):
    check_the_other_stays(*two)


def test_control_by_the_tellers_of_the_case_alone_the_other_is_gone(two, monkeypatch):
    alone = lambda case, mine, until: Report.objects.filter(case=case).exclude(pk=mine[0].pk).exists()  # noqa: E731
    monkeypatch.setattr(fulfilment, "_goes_on", alone)
    with pytest.raises(AssertionError):
        check_the_other_stays(*two)


def test_what_nobody_told_stays_too_and_both_of_one_teller_go(two):
    mine, theirs = two
    Report.objects.filter(case=theirs).delete()  # as an officer wrote it down
    erase(teller(mine))
    assert Message.objects.get().text == THEIRS
    third = open_case(mine.unit, text="Cũng quán ấy", category="noise")
    fourth = open_case(mine.unit, text="Vẫn quán ấy", category="noise")
    Report.objects.filter(case=fourth).update(reporter=teller(third))
    Message.objects.filter(text="Vẫn quán ấy").update(reporter=teller(third))
    Case.objects.filter(pk=fourth.pk).update(state="MERGED", merged_into=third)
    erase(teller(third))
    assert Message.objects.get().text == THEIRS
    assert Case.objects.filter(pk__in=[third.pk, fourth.pk], forgotten_at=None).count() == 0


def test_an_order_to_keep_holds_the_whole_that_it_is_treated_within(two, officer):
    mine, theirs = two
    Case.objects.filter(pk=mine.pk).update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now() - 399 * DAY)
    staff = officer("PROVINCE_STAFF", "42")
    until = clock.vietnam_day(clock.now()) + 30 * DAY
    order = legal_holds.hold(code=theirs.code, reason="Tòa án yêu cầu giữ", until=until, officer=staff, now=clock.now())
    assert night(clock.now(), "reflection")["reflection"] == 0 and Message.objects.count() == 2
    assert queries.duties(teller(mine), now=clock.now()) == ["HELD"], (
        "neither may the reporter of the remaining part have it erased"
    )
    assert set(_protected(clock.now())) == {teller(mine), teller(theirs)}
    legal_holds.let_go(name=queries.name_of(order), officer=staff, now=clock.now())
    assert night(clock.now(), "reflection")["reflection"] == 2 and Message.objects.count() == 0


def test_control_an_order_on_the_case_alone_is_broken(two, officer, monkeypatch):
    plain = lambda now: queries.Hold.objects.filter(ended_at=None).values_list("case_id", flat=True)  # noqa: E731
    monkeypatch.setattr(queries, "held_cases", plain)
    with pytest.raises(AssertionError):
        test_an_order_to_keep_holds_the_whole_that_it_is_treated_within(two, officer)


HOME, SHOP = (18.4021, 105.8773), (18.4108, 105.9012)


def told_by_two(unit, *, theirs):
    """Create a case with the place of its first reporter, and a second reporter who gave a place or none."""
    case = open_case(unit("18568"), text=MINE, category="noise", latitude=HOME[0], longitude=HOME[1])
    Message.objects.update(latitude=HOME[0], longitude=HOME[1])
    second = open_case(unit("18568"), text=THEIRS, category="noise")
    if theirs:
        Message.objects.filter(text=THEIRS).update(latitude=theirs[0], longitude=theirs[1])
    Report.objects.filter(case=second).update(case=case)
    Message.objects.get(text=THEIRS).case_messages.update(case=case)
    return case


@pytest.mark.parametrize("theirs", [None, SHOP])
def test_where_somebody_stood_goes_with_their_words(unit, theirs):
    case = told_by_two(unit, theirs=theirs)
    first = Message.objects.get(text=MINE).reporter_id
    erase(first)
    case.refresh_from_db()
    assert (case.latitude, case.longitude) == (theirs or (None, None)) and case.forgotten_at is None


def test_where_the_first_stood_stays_when_another_goes(unit):
    case = told_by_two(unit, theirs=SHOP)
    erase(Message.objects.get(text=THEIRS).reporter_id)
    case.refresh_from_db()
    assert (case.latitude, case.longitude) == HOME
