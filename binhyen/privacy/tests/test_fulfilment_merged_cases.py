"""Merged cases: erasure for one reporter, or the end of a retention class, removes nothing of the other reporters."""

import pytest

from binhyen.cases.models import Case, Report
from binhyen.cases.services import linking
from binhyen.cases.tests.scene import open_case
from binhyen.channels.models import Message
from binhyen.kit import clock
from binhyen.privacy import queries
from binhyen.privacy.services import fulfilment, retention
from binhyen.privacy.services.fulfilment import erase_person
from binhyen.privacy.services.identities import _list_protected
from binhyen.privacy.tests.scene import DAY, run_sweep
from tests import rls

pytestmark = pytest.mark.django_db
MINE, THEIRS = "Quán Hoa Sen hát tới khuya", "Quán Hoa Sen ở TDP Phú Mậu ồn quá, trẻ không ngủ được"


@pytest.fixture
def two(unit, officer):
    """Create the case of one reporter, with the case of another one merged into it."""
    place, long_ago = unit("18568"), clock.now() - 400 * DAY
    own_case = open_case(place, text=MINE, category="noise", now=long_ago, title="Tiếng ồn")
    other_case = open_case(place, text=THEIRS, category="noise", now=long_ago)
    chief = officer("CHIEF")
    linking.merge_cases(code=other_case.code, into=own_case.code, officer=chief, version=None, now=long_ago)
    return own_case, other_case


def get_reporter(case):
    return Report.objects.get(case=case).reporter_id


def erase_reporter(reporter):
    """Erase like the worker."""
    with rls.acting_as("worker"):
        erase_person(reporter, until=clock.now(), now=clock.now())


def check_the_other_stays(own_case, other_case):
    other = get_reporter(other_case)
    erase_reporter(get_reporter(own_case))
    own_case.refresh_from_db(), other_case.refresh_from_db()
    assert list(Message.objects.values_list("text", flat=True)) == [THEIRS]
    assert own_case.state == "NEW" and own_case.erased_at is None and other_case.erased_at is None
    assert MINE not in f"{own_case.snippet}{own_case.search_text}" and own_case.place == "TDP Phú Mậu", (
        "the other shows it too"
    )
    assert Report.objects.get().reporter_id == other


def test_the_reporter_of_a_main_case_erases_only_their_own_text(two):
    check_the_other_stays(*two)


def test_control_by_reporters_of_the_case_alone_the_other_is_erased(two, monkeypatch):
    alone = lambda case, own_reports, until: Report.objects.filter(case=case).exclude(pk=own_reports[0].pk).exists()  # noqa: E731
    monkeypatch.setattr(fulfilment, "_is_continued", alone)
    with pytest.raises(AssertionError):
        check_the_other_stays(*two)


def test_cases_without_a_reporter_stay_and_both_of_one_reporter_go(two):
    own_case, other_case = two
    Report.objects.filter(case=other_case).delete()  # as an officer wrote it down
    erase_reporter(get_reporter(own_case))
    assert Message.objects.get().text == THEIRS
    third = open_case(own_case.unit, text="Cũng quán ấy", category="noise")
    fourth = open_case(own_case.unit, text="Vẫn quán ấy", category="noise")
    Report.objects.filter(case=fourth).update(reporter=get_reporter(third))
    Message.objects.filter(text="Vẫn quán ấy").update(reporter=get_reporter(third))
    Case.objects.filter(pk=fourth.pk).update(state="MERGED", merged_into=third)
    erase_reporter(get_reporter(third))
    assert Message.objects.get().text == THEIRS
    assert Case.objects.filter(pk__in=[third.pk, fourth.pk], erased_at=None).count() == 0


def test_a_hold_covers_the_whole_merged_case(two, officer):
    own_case, other_case = two
    Case.objects.filter(pk=own_case.pk).update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now() - 399 * DAY)
    staff = officer("PROVINCE_STAFF", "42")
    until = clock.to_vietnam_day(clock.now()) + 30 * DAY
    order = retention.create_hold(
        code=other_case.code, reason="Tòa án yêu cầu giữ", until=until, officer=staff, now=clock.now()
    )
    assert run_sweep(clock.now(), "reflection")["reflection"] == 0 and Message.objects.count() == 2
    assert queries.find_duties(get_reporter(own_case), now=clock.now()) == ["HELD"], (
        "neither may the reporter of the remaining part have it erased"
    )
    assert set(_list_protected(clock.now())) == {get_reporter(own_case), get_reporter(other_case)}
    retention.release_hold(name=queries.encode_hold_name(order), officer=staff, now=clock.now())
    assert run_sweep(clock.now(), "reflection")["reflection"] == 2 and Message.objects.count() == 0


def test_control_an_order_on_the_case_alone_is_broken(two, officer, monkeypatch):
    plain = lambda now: queries.Hold.objects.filter(ended_at=None).values_list("case_id", flat=True)  # noqa: E731
    monkeypatch.setattr(queries, "list_held_case_ids", plain)
    with pytest.raises(AssertionError):
        test_a_hold_covers_the_whole_merged_case(two, officer)


HOME, SHOP = (18.4021, 105.8773), (18.4108, 105.9012)


def create_case_of_two(unit, *, other_case):
    """Create a case with the place of its first reporter, and a second reporter, with or without a place."""
    case = open_case(unit("18568"), text=MINE, category="noise", latitude=HOME[0], longitude=HOME[1])
    Message.objects.update(latitude=HOME[0], longitude=HOME[1])
    second = open_case(unit("18568"), text=THEIRS, category="noise")
    if other_case:
        Message.objects.filter(text=THEIRS).update(latitude=other_case[0], longitude=other_case[1])
    Report.objects.filter(case=second).update(case=case)
    Message.objects.get(text=THEIRS).case_messages.update(case=case)
    return case


@pytest.mark.parametrize("other_case", [None, SHOP])
def test_a_reporters_place_is_erased_with_their_text(unit, other_case):
    case = create_case_of_two(unit, other_case=other_case)
    first = Message.objects.get(text=MINE).reporter_id
    erase_reporter(first)
    case.refresh_from_db()
    assert (case.latitude, case.longitude) == (other_case or (None, None)) and case.erased_at is None


def test_the_place_of_the_first_stays_when_another_is_erased(unit):
    case = create_case_of_two(unit, other_case=SHOP)
    erase_reporter(Message.objects.get(text=THEIRS).reporter_id)
    case.refresh_from_db()
    assert (case.latitude, case.longitude) == HOME
