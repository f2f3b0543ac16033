"""Bulletins from draft to delivery, correction, withdrawal and expiry."""

import datetime as dt
from typing import Any

import pytest

from binhyen.areas.models import Succession
from binhyen.audit.models import AuditEntry
from binhyen.bulletins import queries, services
from binhyen.bulletins.models import Bulletin, GroupDelivery
from binhyen.bulletins.tests.scene import (
    DAY,
    NIGHT,
    create_bulletin,
    create_group,
    find_village,
    list_posts,
    mark_sent,
    release_bulletin,
    run_jobs,
)
from binhyen.channels.models import ChildGround, Membership, Outgoing
from binhyen.people.services import RuleViolation
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_from_draft_to_every_group_once(officer: Any, unit: Any) -> None:
    author, chief, commune = officer("OFFICER"), officer("CHIEF"), unit("18568")
    village = find_village(commune, DAY)
    first, second = create_group(commune), create_group(commune, area=village.pk, level="VILLAGE")
    create_group(unit("18073"))  # another commune
    row = create_bulletin(author, now=DAY)
    services.change_audience(code=row.code, add=[village.public_id], officer=author, now=DAY)  # also inside the commune
    services.submit_bulletin(code=row.code, officer=author, now=DAY)
    row = services.approve_bulletin(code=row.code, officer=chief, now=DAY)
    assert row.state == "RELEASED"
    run_jobs(DAY)
    run_jobs(DAY)
    row.refresh_from_db()
    assert (row.group_count, row.head_count) == (2, 200)
    posts = list_posts()
    assert [(name, state) for name, state, _ in posts] == [(first.name, "READING"), (second.name, "READING")]
    assert posts[0][2] == "LỪA ĐẢO QUA MẠNG. Giả danh điện lực để lừa tiền"


def test_the_author_cannot_approve(officer: Any, unit: Any) -> None:
    chief = officer("CHIEF")
    create_group(unit("18568"))
    row = create_bulletin(chief, now=DAY)
    services.submit_bulletin(code=row.code, officer=chief, now=DAY)
    with pytest.raises(RuleViolation):
        services.approve_bulletin(code=row.code, officer=chief, now=DAY)
    with pytest.raises(RuleViolation):  # an officer approves nothing
        services.approve_bulletin(code=row.code, officer=officer("OFFICER"), now=DAY)
    approved = services.approve_bulletin(code=row.code, officer=officer("PROVINCE_STAFF", "42"), now=DAY)
    assert approved.state == "RELEASED"
    with pytest.raises(RuleViolation):  # the second of two at once comes too late
        services.approve_bulletin(code=row.code, officer=officer("PROVINCE_DUTY", "42"), now=DAY)


def test_quiet_hours_delay_the_release_until_morning(officer: Any, unit: Any) -> None:
    create_group(unit("18568"))
    row = release_bulletin(officer("OFFICER"), officer("CHIEF"), now=NIGHT)
    assert (row.state, list_posts()) == ("APPROVED", [])
    run_jobs(NIGHT + 7 * HOUR)  # 06:00
    row.refresh_from_db()
    assert row.state == "RELEASED" and len(list_posts()) == 1


def test_a_missing_child_is_released_at_night_by_one_person_and_reviewed_later(officer: Any, unit: Any) -> None:
    author, chief, group = officer("OFFICER"), officer("CHIEF"), create_group(unit("18568"))
    row = create_bulletin(
        author,
        now=NIGHT,
        topic="MISSING",
        title="Tìm cháu bé đi lạc ở chợ",
        text="Cháu Nguyễn Thị Bình An, 5 tuổi, mặc áo đỏ, lạc ở chợ lúc 17 giờ. Ai thấy gọi 113.",
        ground="MISSING_CHILD",
        expires_at=NIGHT + 48 * HOUR,
    )
    row = services.release_urgently(code=row.code, officer=author, now=NIGHT)
    run_jobs(NIGHT)
    assert [state for _, state, _ in list_posts()] == ["READING"]  # outbound DLP does not hold it back
    assert ChildGround.objects.get().kind == "EMERGENCY"
    assert list(queries.list_awaiting_decision(chief)) == [row]
    assert list(queries.list_awaiting_decision(author)) == []
    services.review_release(code=row.code, officer=chief, now=NIGHT + HOUR)
    assert list(queries.list_awaiting_decision(chief)) == []

    mark_sent(row, group, now=NIGHT)
    draft = services.start_correction(code=row.code, officer=author, now=NIGHT)
    services.withdraw_bulletin(code=row.code, reason="Đã tìm thấy cháu an toàn.", officer=author, now=NIGHT + 2 * HOUR)
    run_jobs(NIGHT + 2 * HOUR)
    row.refresh_from_db()
    assert (row.title, row.text) == ("", "") and row.erased_at is not None
    assert not Outgoing.objects.filter(text__contains="Bình An").exists()  # on no page of ours any more
    draft.refresh_from_db()
    assert (draft.title, draft.text) == ("", ""), "nor in a correction being written"
    assert len(list_posts("WITHDRAW")) == 1


def test_control_an_ordinary_bulletin_with_a_child_is_refused(officer: Any, unit: Any) -> None:
    author = officer("OFFICER")
    create_group(unit("18568"))
    row = create_bulletin(author, now=DAY, text="Cháu Nguyễn Thị Bình An, 5 tuổi, học lớp 1A trường Lộc Hà bị ngã xe.")
    with pytest.raises(RuleViolation):
        services.submit_bulletin(code=row.code, officer=author, now=DAY)
    with pytest.raises(RuleViolation):
        services.release_urgently(code=row.code, officer=author, now=DAY)


def test_an_audience_of_zero_and_an_expired_alert_are_refused(officer: Any, unit: Any) -> None:
    author = officer("OFFICER")
    row = create_bulletin(author, now=DAY)
    with pytest.raises(RuleViolation):
        services.submit_bulletin(code=row.code, officer=author, now=DAY)
    create_group(unit("18568"))
    late = create_bulletin(author, now=DAY, expires_at=DAY + HOUR)
    with pytest.raises(RuleViolation):
        services.submit_bulletin(code=late.code, officer=author, now=DAY + 2 * HOUR)
    services.submit_bulletin(code=row.code, officer=author, now=DAY)


def test_province_minus_a_commune_and_a_commune_of_before_the_merger(officer: Any, unit: Any) -> None:
    staff, commune, sibling = officer("PROVINCE_STAFF", "42"), unit("18568"), unit("18073")
    old = Succession.objects.filter(new=commune.area, old__level=3).first()
    assert old is not None
    whole, former, elsewhere = create_group(commune), create_group(commune, area=old.old_id), create_group(sibling)
    row = create_bulletin(staff, now=DAY)
    assert set(queries.resolve_audience(row).members_by_group) == {whole.pk, former.pk, elsewhere.pk}
    row = services.change_audience(code=row.code, exclude=[sibling.area.public_id], officer=staff, now=DAY)
    assert set(queries.resolve_audience(row).members_by_group) == {whole.pk, former.pk}
    province = unit("42").area.public_id
    row = services.change_audience(code=row.code, add=[old.old.public_id], remove=[province], officer=staff, now=DAY)
    assert set(queries.resolve_audience(row).members_by_group) == {former.pk}  # never a larger area than chosen


def test_a_person_in_two_groups_is_counted_once(officer: Any, unit: Any) -> None:
    author, commune = officer("OFFICER"), unit("18568")
    groups = [create_group(commune, members=2), create_group(commune, members=1)]
    both, single = (Reporter.objects.create(created_at=DAY) for _ in range(2))
    for group, person in ((groups[0], both), (groups[0], single), (groups[1], both)):
        Membership.objects.create(group=group, reporter=person, joined_at=DAY)
    assert queries.resolve_audience(create_bulletin(author, now=DAY)).people == 2


def test_a_withdrawal_reaches_exactly_the_groups_reached(officer: Any, unit: Any) -> None:
    author, commune = officer("OFFICER"), unit("18568")
    reached, waiting, failed = (create_group(commune) for _ in range(3))
    row = release_bulletin(author, officer("CHIEF"), now=DAY)
    mark_sent(row, reached, now=DAY)
    Outgoing.objects.filter(group=failed).update(state="DEAD", reason="nhóm đã đóng")
    late = create_group(commune)  # joined the area after the release
    services.withdraw_bulletin(code=row.code, reason="Tin chưa đúng.", officer=author, now=DAY + HOUR)
    run_jobs(DAY + HOUR)
    run_jobs(DAY + HOUR)
    assert [name for name, _, _ in list_posts("WITHDRAW")] == [reached.name]
    states = {name: state for name, state, _ in list_posts("POST")}
    assert states == {reached.name: "SENT", waiting.name: "CANCELLED", failed.name: "CANCELLED"}
    assert late.name not in states
    assert queries.list_current(now=DAY + HOUR) == []
    [(_, people, figures)] = queries.count_by_unit(author, row, kinds=["POST"])
    assert (people, figures.delivered, figures.failed, figures.cancelled) == (100, 1, 1, 1)


def test_a_message_that_fails_during_the_withdrawal_is_not_sent_again(officer: Any, unit: Any) -> None:
    author, group = officer("OFFICER"), create_group(unit("18568"))
    row = release_bulletin(author, officer("CHIEF"), now=DAY)
    Outgoing.objects.update(state="SENDING")
    services.withdraw_bulletin(code=row.code, reason="Tin chưa đúng.", officer=author, now=DAY)
    Outgoing.objects.filter(key__contains=":POST").update(state="QUEUED")  # the attempt failed and would be repeated
    run_jobs(DAY)
    assert [state for _, state, _ in list_posts("POST")] == ["CANCELLED"]
    assert [name for name, _, _ in list_posts("WITHDRAW")] == [group.name]  # it may have arrived after all
    other = release_bulletin(author, officer("CHIEF"), now=DAY)
    Outgoing.objects.filter(key__contains=str(other.public_id)).update(state="QUEUED", attempts=1)
    run_jobs(DAY)
    assert Outgoing.objects.get(key__contains=str(other.public_id)).state == "QUEUED", "control: in force, it goes on"


def test_a_correction_goes_to_the_reached_and_replaces_what_still_waits(officer: Any, unit: Any) -> None:
    author, chief, commune = officer("OFFICER"), officer("CHIEF"), unit("18568")
    reached, waiting, failed = (create_group(commune) for _ in range(3))
    row = release_bulletin(author, chief, now=DAY)
    mark_sent(row, reached, now=DAY)
    Outgoing.objects.filter(group=failed).update(state="DEAD", reason="nhóm đã đóng")
    draft = services.start_correction(code=row.code, officer=author, now=DAY)
    with pytest.raises(RuleViolation):  # its audience is the record of deliveries
        services.change_audience(code=draft.code, level="VILLAGE", officer=author, now=DAY)
    services.submit_bulletin(code=draft.code, officer=author, now=DAY)
    services.approve_bulletin(code=draft.code, officer=chief, now=DAY + HOUR)
    row.refresh_from_db()
    draft.refresh_from_db()
    assert row.state == "CORRECTED" and queries.list_current(now=DAY + HOUR) == [draft]  # at once
    run_jobs(DAY + HOUR)
    assert [(name, text[:10]) for name, _, text in list_posts("CORRECT")] == [(reached.name, "ĐÍNH CHÍNH")]
    posts = [(name, state) for name, state, _ in list_posts("POST")]
    assert (waiting.name, "CANCELLED") in posts and (waiting.name, "READING") in posts
    assert GroupDelivery.objects.filter(bulletin=draft, group=failed).count() == 0
    services.withdraw_bulletin(code=draft.code, reason="Cả hai đều chưa đúng.", officer=chief, now=DAY + 2 * HOUR)
    run_jobs(DAY + 2 * HOUR)
    assert [name for name, _, _ in list_posts("WITHDRAW")] == [reached.name]  # it had the original


def test_a_correction_of_a_withdrawn_bulletin_is_not_released(officer: Any, unit: Any) -> None:
    author, chief = officer("OFFICER"), officer("CHIEF")
    create_group(unit("18568"))
    row = release_bulletin(author, chief, now=DAY)
    draft = services.start_correction(code=row.code, officer=author, now=DAY)
    services.submit_bulletin(code=draft.code, officer=author, now=DAY)
    services.withdraw_bulletin(code=row.code, reason="Tin chưa đúng.", officer=chief, now=DAY)
    with pytest.raises(RuleViolation):
        services.approve_bulletin(code=draft.code, officer=chief, now=DAY)


def test_expiry_ends_page_and_unsent_messages(officer: Any, unit: Any) -> None:
    create_group(unit("18568"))
    row = release_bulletin(officer("OFFICER"), officer("CHIEF"), now=DAY, expires_at=DAY + HOUR)
    assert queries.list_current(now=DAY) == [row]
    assert queries.list_current(now=DAY + HOUR) == []  # before the job runs
    run_jobs(DAY + HOUR)
    row.refresh_from_db()
    assert row.state == "EXPIRED" and [state for _, state, _ in list_posts()] == ["CANCELLED"]


def test_every_failed_group_is_sent_to_again(officer: Any, unit: Any, django_assert_max_num_queries: Any) -> None:
    """Two statements more at most for twenty groups more: a whole province is one tap."""
    author = officer("OFFICER")
    for _ in range(22):
        create_group(unit("18568"))
    row = release_bulletin(author, officer("CHIEF"), now=DAY)
    posts, counts = Outgoing.objects.all(), []
    for failed in (posts[:2], posts):
        posts.filter(pk__in=failed.values("pk")).update(state="DEAD", reason="Zalo không trả lời")
        with django_assert_max_num_queries(99) as statements:
            assert services.retry_failed(code=row.code, officer=author, now=DAY) == failed.count()
        counts.append(len(statements))
    assert {state for _, state, _ in list_posts()} == {"QUEUED"}
    assert AuditEntry.objects.filter(verb="outgoing.retried").count() == 24
    assert counts[1] <= counts[0] + 2, counts


def test_the_words_go_after_their_period_and_the_numbers_stay(officer: Any, unit: Any) -> None:
    create_group(unit("18568"))
    row = release_bulletin(officer("OFFICER"), officer("CHIEF"), now=DAY, expires_at=DAY + HOUR)
    run_jobs(DAY + HOUR)
    stale = create_bulletin(officer("CHIEF"), now=DAY)
    late = DAY + dt.timedelta(days=400)
    assert services.sweep_ended(DAY + dt.timedelta(days=300), 100) == 0
    assert services.get_bulletin_retention_status(late).late == 1
    assert services.sweep_ended(late, 100) == 2
    row.refresh_from_db()
    assert (row.title, row.group_count) == ("", 1)
    assert not type(row).objects.filter(pk=stale.pk).exists()
    assert services.get_bulletin_retention_status(late).count == 0


@pytest.mark.parametrize(
    ("ground", "kinds", "state"),
    [
        ("MISSING_CHILD", ["ORIGIN"], "QUEUED"),
        ("THREAT_TO_LIFE", ["ORIGIN"], "QUEUED"),
        ("MISSING_CHILD", ["ORIGIN", "SEALED"], "HELD"),
        ("", ["ORIGIN"], "HELD"),
    ],
)
def test_what_an_urgent_bulletin_repeats_of_a_report_is_sent(
    unit: Any, officer: Any, ground: str, kinds: list[str], state: str
) -> None:
    """The review quarantines words of a report; only an urgent bulletin is sent with them, and nothing graver."""
    create_group(unit("18568"))
    chief, now = officer("CHIEF"), DAY
    row = create_bulletin(chief, now=now, ground=ground, expires_at=now + 3 * HOUR)
    Bulletin.objects.filter(pk=row.pk).update(state="RELEASED", released_at=now, expires_at=now + 3 * HOUR)
    run_jobs(now)
    posts = Outgoing.objects.filter(purpose="BULLETIN")
    posts.update(state="HELD", dlp_findings=[{"kind": kind, "start": 0, "end": 3} for kind in kinds])
    services.send_urgent_quarantined(now=now)
    assert posts.get().state == state


def test_a_worker_killed_at_any_step_posts_once(officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill the worker after each step of a release; the next run continues. A moved clock repeats nothing."""
    author, chief = officer("OFFICER"), officer("CHIEF")
    groups = [create_group(unit("18568")) for _ in range(3)]
    steps = ("_insert_deliveries", "insert_manual_posts", "queue_release_notice", "prepare_media", "queue_group_post")
    for step in steps:
        row = create_bulletin(author, now=DAY)
        services.submit_bulletin(code=row.code, officer=author, now=DAY)
        services.approve_bulletin(code=row.code, officer=chief, now=DAY)
        real = getattr(services, step)

        def run_and_die(*arguments: Any, _real: Any = real, **named: Any) -> None:
            _real(*arguments, **named)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(services, step, run_and_die)
            run_jobs(DAY)
        posts = Outgoing.objects.filter(key__contains=str(row.public_id))
        assert not posts.exists(), f"control: {step} was undone with its transaction"
        for moment in (DAY, DAY - HOUR, DAY + HOUR):
            run_jobs(moment)
            assert sorted(post.group_id or 0 for post in posts) == [group.pk for group in groups], (step, moment)
        row.refresh_from_db()
        assert (row.state, row.group_count) == ("RELEASED", 3)
    run_jobs(DAY + dt.timedelta(days=31))
    assert set(Bulletin.objects.values_list("state", flat=True)) == {"EXPIRED"}, "control: it does read the clock"
