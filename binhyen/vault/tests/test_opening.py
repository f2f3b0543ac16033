"""An identity is opened by two people with two share indexes, for one requester, for a limited time; no one else reads
it."""

import datetime as dt
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.channels.models import Channel
from binhyen.people.services import Refusal
from binhyen.vault import envelopes, rules, services
from binhyen.vault.models import OpenedPart, Opening
from binhyen.vault.queries import opened_to_others
from binhyen.vault.rules import WAITS, Asked, State, Why, approval_problem, state_of
from binhyen.vault.services import disclosure, expiry, key_rotation
from binhyen.vault.tests.people import custodians, key_of

pytestmark = pytest.mark.django_db
REASON = "Người báo tin bị dọa, cần cử người bảo vệ ngay."
NAME, ZALO = "Trần Thị An", "246845883529197922"


class Scene:
    def __init__(self, officer: Callable[..., Any], now: dt.datetime) -> None:
        self.now, self.officer = now, officer
        self.custodians = custodians(officer, now)
        self.asker = officer("CHIEF")
        self.holder, self.pair = key_of(self.asker, now)
        channel = Channel.objects.create(kind="zalo_oa", name="OA")
        self.reporter = services.reporters_of(channel.pk, [ZALO], now=now)[ZALO]
        services.seal_identity(reporter_id=self.reporter, field=services.Field.NAME, value=NAME, now=now)

    def ask(self, **other: Any) -> Opening:
        given = {"officer": self.asker, "reporter_id": self.reporter, "subject": "case:K7M29QXD", "why": "PROTECT",
                 "reason": REASON, "hours": 24, "now": self.now}  # fmt: skip
        return disclosure.ask(**given | other)

    def approve(self, asked: Opening, number: int, **other: Any) -> Opening:
        person, holder, pair = self.custodians[number]
        given = {"opening_id": str(asked.public_id), "officer": person, "holder": holder, "pair": pair, "now": self.now}
        return disclosure.approve(**given | other)

    def read(self, asked: Opening, **other: Any) -> dict[str, str]:
        given = {"opening_id": str(asked.public_id), "officer": self.asker, "holder": self.holder, "pair": self.pair,
                 "now": self.now}  # fmt: skip
        return {fact.label: fact.value for fact in disclosure.read(**given | other)}


@pytest.mark.parametrize("two", list(permutations(range(3), 2)))
def test_any_two_open_it_for_the_one_who_asked(scene: Scene, two: tuple[int, int]) -> None:
    asked = scene.ask()
    with pytest.raises(Refusal):
        scene.read(asked)
    scene.approve(asked, two[0])
    with pytest.raises(Refusal):
        scene.read(asked)
    assert opened_to_others(scene.reporter) == []
    scene.approve(asked, two[1])
    assert scene.read(asked) == {"họ tên": NAME, "mã tài khoản trên kênh chat": ZALO}
    (told,) = opened_to_others(scene.reporter)
    assert (told.at, told.why, told.until) == (scene.now, "bảo vệ người báo tin", scene.now + dt.timedelta(hours=24))


def test_every_step_is_in_the_book_and_none_names_the_person(scene: Scene) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 2)
    scene.read(asked)
    scene.read(asked)
    book = list(AuditEntry.objects.filter(object="case:K7M29QXD").order_by("id"))
    assert [e.verb for e in book] == [
        "identity_asked", "identity_approved", "identity_opened", "identity_read", "identity_read"]  # fmt: skip
    for entry in book:
        assert NAME not in str(entry.detail) and ZALO not in str(entry.detail) and REASON not in str(entry.detail)


def test_half_an_approval_holds_nothing_that_anybody_can_open(scene: Scene) -> None:
    """The share of one custodian is sealed for the requester, and two of three shares are noise to
    the requester too."""
    asked = scene.ask()
    scene.approve(asked, 0)
    rows = list(OpenedPart.objects.filter(opening=asked))
    assert {row.part for row in rows} == {2, 3}
    from binhyen.vault.offline.airgapped import part_context

    for row in rows:
        for _, _, pair in scene.custodians:
            with pytest.raises(envelopes.Refused):
                envelopes.open_(row.sealed, pair=pair, context=part_context(str(asked.public_id), row.part))


def test_the_one_who_asked_never_agrees(scene: Scene, now: dt.datetime) -> None:
    person, holder, pair = scene.custodians[0]
    asked = scene.ask(officer=person)
    with pytest.raises(Refusal, match="không được tự"):
        scene.approve(asked, 0)
    with pytest.raises(Refusal):
        disclosure.refuse(opening_id=str(asked.public_id), officer=person, text="không cần nữa đâu", now=now)
    scene.approve(asked, 1)
    scene.approve(asked, 2)
    assert scene.read(asked, officer=person, holder=holder, pair=pair)["họ tên"] == NAME


def test_one_person_twice_and_two_of_one_seat_are_one(scene: Scene, now: dt.datetime) -> None:
    neighbour = scene.officer("CUSTODIAN", "42")
    holder, pair = key_of(neighbour, now, seat=1)
    key_rotation.grant(giver=scene.custodians[0][1], pair=scene.custodians[0][2], to=holder, actor="t", now=now)
    asked = scene.ask()
    scene.approve(asked, 0)
    with pytest.raises(Refusal, match="đã đồng ý"):
        scene.approve(asked, 0)
    with pytest.raises(Refusal, match="cùng ghế"):
        scene.approve(asked, 0, officer=neighbour, holder=holder, pair=pair)
    assert scene.approve(asked, 1).opened_at


def test_nobody_else_reads_it(scene: Scene, now: dt.datetime) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    other = scene.officer("CHIEF")
    holder, pair = key_of(other, now)
    for who in ({"officer": other, "holder": holder, "pair": pair}, {"officer": scene.custodians[0][0]}):
        with pytest.raises(Refusal):
            scene.read(asked, **who)
    with pytest.raises(envelopes.Refused):
        scene.read(asked, pair=pair)


def test_it_ends(scene: Scene, now: dt.datetime) -> None:
    asked = scene.ask(hours=4)
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    late = now + dt.timedelta(hours=4)
    with pytest.raises(Refusal):
        scene.read(asked, now=late)
    assert expiry.end_openings(now=late - dt.timedelta(seconds=1)) == 0
    assert expiry.end_openings(now=late) == 1 and not OpenedPart.objects.exists()
    with pytest.raises(Refusal):
        scene.read(asked)
    assert scene.ask(now=late).pk != asked.pk, "a new request is possible"


def test_a_request_nobody_answers_lapses(scene: Scene, now: dt.datetime) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    with pytest.raises(Refusal):
        scene.approve(asked, 1, now=now + WAITS)
    assert expiry.end_openings(now=now + WAITS) == 1


def test_one_no_is_enough(scene: Scene, now: dt.datetime) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    with pytest.raises(Refusal):
        disclosure.refuse(opening_id=str(asked.public_id), officer=scene.custodians[1][0], text="không", now=now)
    disclosure.refuse(opening_id=str(asked.public_id), officer=scene.custodians[1][0], text="Lý do chưa rõ.", now=now)
    with pytest.raises(Refusal):
        scene.approve(asked, 2)
    assert not OpenedPart.objects.exists()
    with pytest.raises(Refusal):
        disclosure.refuse(opening_id=str(asked.public_id), officer=scene.asker, text="Lý do chưa rõ.", now=now)


def test_asking_needs_a_key_a_reason_and_an_end(scene: Scene) -> None:
    for other in ({"hours": 100}, {"hours": 0}, {"reason": "xem"}, {"why": "CURIOSITY"}, {"officer": scene.officer()}):
        with pytest.raises(Refusal):
            scene.ask(**other)
    scene.ask()
    with pytest.raises(Refusal, match="đã có một yêu cầu"):
        scene.ask()


def test_parts_moved_to_another_request_are_refused(scene: Scene, now: dt.datetime) -> None:
    """The database owner copies the shares of an opened identity into another person's request."""
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    other = scene.officer("CHIEF")
    holder, pair = key_of(other, now)
    forged = scene.ask(officer=other)
    OpenedPart.objects.bulk_create(
        OpenedPart(opening=forged, part=row.part, sealed=row.sealed) for row in OpenedPart.objects.filter(opening=asked)
    )
    Opening.objects.filter(pk=forged.pk).update(opened_at=now, ends_at=now + dt.timedelta(hours=1))
    with pytest.raises(envelopes.Refused):
        scene.read(forged, officer=other, holder=holder, pair=pair)
    mine = scene.ask(hours=24, now=now + dt.timedelta(hours=25))
    OpenedPart.objects.filter(opening=asked).update(opening=mine)
    Opening.objects.filter(pk=mine.pk).update(opened_at=now, ends_at=now + dt.timedelta(hours=1))
    with pytest.raises(envelopes.Refused):
        scene.read(mine)


def test_the_control_of_two_people(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rule the keys would still refuse: one custodian has two of three shares."""
    monkeypatch.setattr(rules, "approval_problem", lambda *_, **__: "")
    monkeypatch.setattr(disclosure, "approval_problem", lambda *_, **__: "")
    asked = scene.ask()
    scene.approve(asked, 0)
    Opening.objects.filter(pk=asked.pk).update(opened_at=scene.now, ends_at=scene.now + dt.timedelta(hours=1))
    with pytest.raises(Refusal, match="quên"):
        scene.read(asked)


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_words_for_the_person(why: Why) -> None:
    assert rules.WHY_LABELS[why]


def test_states_over_time(now: dt.datetime) -> None:
    asked = Asked(1, now)
    assert state_of(asked, now) is State.ASKED and state_of(asked, now + WAITS) is State.LAPSED
    half = Asked(1, now, frozenset({2}), frozenset({1}))
    assert state_of(half, now) is State.HALF
    assert approval_problem(half, officer_id=3, seat=2, now=now) == ""
    assert approval_problem(half, officer_id=3, seat=None, now=now)
