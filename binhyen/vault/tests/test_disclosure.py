"""An identity is opened by two people with two share indexes, for one requester, for a limited time; no one else reads
it."""

import datetime as dt
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.channels.models import Channel
from binhyen.people.services import RuleViolation
from binhyen.vault import envelopes, rules, services
from binhyen.vault.models import DisclosedShare, DisclosureRequest
from binhyen.vault.queries import list_disclosures
from binhyen.vault.rules import (
    REQUEST_TTL,
    DisclosurePurpose,
    DisclosureState,
    RequestFacts,
    find_approval_problem,
    get_disclosure_state,
)
from binhyen.vault.services import disclosure, expiry, key_rotation
from binhyen.vault.tests.people import create_custodians, create_key

pytestmark = pytest.mark.django_db
REASON = "Người báo tin bị dọa, cần cử người bảo vệ ngay."
NAME, ZALO = "Trần Thị An", "246845883529197922"


class DisclosureScene:
    def __init__(self, officer: Callable[..., Any], now: dt.datetime) -> None:
        self.now, self.officer = now, officer
        self.custodians = create_custodians(officer, now)
        self.asker = officer("CHIEF")
        self.holder, self.pair = create_key(self.asker, now)
        channel = Channel.objects.create(kind="zalo_oa", name="OA")
        self.reporter = services.get_or_create_reporters(channel.pk, [ZALO], now=now)[ZALO]
        services.seal_identity(reporter_id=self.reporter, field=services.Field.NAME, value=NAME, now=now)

    def ask(self, **other: Any) -> DisclosureRequest:
        given = {
            "officer": self.asker,
            "reporter_id": self.reporter,
            "subject": "case:K7M29QXD",
            "why": "PROTECT",
            "reason": REASON,
            "hours": 24,
            "now": self.now,
        }
        return disclosure.request_disclosure(**given | other)

    def approve(self, asked: DisclosureRequest, number: int, **other: Any) -> DisclosureRequest:
        person, holder, pair = self.custodians[number]
        given = {"opening_id": str(asked.public_id), "officer": person, "holder": holder, "pair": pair, "now": self.now}
        return disclosure.approve_request(**given | other)

    def read(self, asked: DisclosureRequest, **other: Any) -> dict[str, str]:
        given = {
            "opening_id": str(asked.public_id),
            "officer": self.asker,
            "holder": self.holder,
            "pair": self.pair,
            "now": self.now,
        }
        return {fact.label: fact.value for fact in disclosure.read_identity(**given | other)}


@pytest.mark.parametrize("two", list(permutations(range(3), 2)))
def test_any_two_open_it_for_the_requester(scene: DisclosureScene, two: tuple[int, int]) -> None:
    asked = scene.ask()
    with pytest.raises(RuleViolation):
        scene.read(asked)
    scene.approve(asked, two[0])
    with pytest.raises(RuleViolation):
        scene.read(asked)
    assert list_disclosures(scene.reporter) == []
    scene.approve(asked, two[1])
    assert scene.read(asked) == {"họ tên": NAME, "mã tài khoản trên kênh chat": ZALO}
    (notice,) = list_disclosures(scene.reporter)
    assert (notice.at, notice.why, notice.until) == (
        scene.now,
        "bảo vệ người báo tin",
        scene.now + dt.timedelta(hours=24),
    )


def test_every_step_is_logged_and_none_names_the_person(scene: DisclosureScene) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 2)
    scene.read(asked)
    scene.read(asked)
    book = list(AuditEntry.objects.filter(object="case:K7M29QXD").order_by("id"))
    assert [e.verb for e in book] == [
        "identity_asked",
        "identity_approved",
        "identity_opened",
        "identity_read",
        "identity_read",
    ]
    for entry in book:
        assert NAME not in str(entry.detail) and ZALO not in str(entry.detail) and REASON not in str(entry.detail)


def test_half_an_approval_gives_nothing_that_can_be_opened(scene: DisclosureScene) -> None:
    """The share of one custodian is sealed for the requester, and two of three shares are noise to
    the requester too."""
    asked = scene.ask()
    scene.approve(asked, 0)
    rows = list(DisclosedShare.objects.filter(opening=asked))
    assert {row.part for row in rows} == {2, 3}
    from binhyen.vault.offline.airgapped import format_part_context

    for row in rows:
        for _, _, pair in scene.custodians:
            with pytest.raises(envelopes.EnvelopeError):
                envelopes.open_envelope(
                    row.ciphertext, pair=pair, context=format_part_context(str(asked.public_id), row.part)
                )


def test_the_requester_never_approves(scene: DisclosureScene, now: dt.datetime) -> None:
    person, holder, pair = scene.custodians[0]
    asked = scene.ask(officer=person)
    with pytest.raises(RuleViolation, match="không được tự"):
        scene.approve(asked, 0)
    with pytest.raises(RuleViolation):
        disclosure.refuse_request(opening_id=str(asked.public_id), officer=person, text="không cần nữa đâu", now=now)
    scene.approve(asked, 1)
    scene.approve(asked, 2)
    assert scene.read(asked, officer=person, holder=holder, pair=pair)["họ tên"] == NAME


def test_one_person_twice_and_two_of_one_share_index_count_once(scene: DisclosureScene, now: dt.datetime) -> None:
    neighbour = scene.officer("CUSTODIAN", "42")
    holder, pair = create_key(neighbour, now, seat=1)
    key_rotation.grant_shares(giver=scene.custodians[0][1], pair=scene.custodians[0][2], to=holder, actor="t", now=now)
    asked = scene.ask()
    scene.approve(asked, 0)
    with pytest.raises(RuleViolation, match="đã đồng ý"):
        scene.approve(asked, 0)
    with pytest.raises(RuleViolation, match="cùng phần khóa"):
        scene.approve(asked, 0, officer=neighbour, holder=holder, pair=pair)
    assert scene.approve(asked, 1).opened_at


def test_other_officers_cannot_read_it(scene: DisclosureScene, now: dt.datetime) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    other = scene.officer("CHIEF")
    holder, pair = create_key(other, now)
    for custodian in ({"officer": other, "holder": holder, "pair": pair}, {"officer": scene.custodians[0][0]}):
        with pytest.raises(RuleViolation):
            scene.read(asked, **custodian)
    with pytest.raises(envelopes.EnvelopeError):
        scene.read(asked, pair=pair)


def test_it_ends(scene: DisclosureScene, now: dt.datetime) -> None:
    asked = scene.ask(hours=4)
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    late = now + dt.timedelta(hours=4)
    with pytest.raises(RuleViolation):
        scene.read(asked, now=late)
    assert expiry.delete_expired_parts(now=late - dt.timedelta(seconds=1)) == 0
    assert expiry.delete_expired_parts(now=late) == 1 and not DisclosedShare.objects.exists()
    with pytest.raises(RuleViolation):
        scene.read(asked)
    assert scene.ask(now=late).pk != asked.pk, "a new request is possible"


def test_an_unanswered_request_lapses(scene: DisclosureScene, now: dt.datetime) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    with pytest.raises(RuleViolation):
        scene.approve(asked, 1, now=now + REQUEST_TTL)
    assert expiry.delete_expired_parts(now=now + REQUEST_TTL) == 1


def test_one_refusal_suffices(scene: DisclosureScene, now: dt.datetime) -> None:
    asked = scene.ask()
    scene.approve(asked, 0)
    with pytest.raises(RuleViolation):
        disclosure.refuse_request(
            opening_id=str(asked.public_id), officer=scene.custodians[1][0], text="không", now=now
        )
    disclosure.refuse_request(
        opening_id=str(asked.public_id), officer=scene.custodians[1][0], text="Lý do chưa rõ.", now=now
    )
    with pytest.raises(RuleViolation):
        scene.approve(asked, 2)
    assert not DisclosedShare.objects.exists()
    with pytest.raises(RuleViolation):
        disclosure.refuse_request(opening_id=str(asked.public_id), officer=scene.asker, text="Lý do chưa rõ.", now=now)


def test_asking_needs_a_key_a_reason_and_an_end(scene: DisclosureScene) -> None:
    for other in ({"hours": 100}, {"hours": 0}, {"reason": "xem"}, {"why": "CURIOSITY"}, {"officer": scene.officer()}):
        with pytest.raises(RuleViolation):
            scene.ask(**other)
    scene.ask()
    with pytest.raises(RuleViolation, match="đã có một yêu cầu"):
        scene.ask()


def test_parts_moved_to_another_request_are_refused(scene: DisclosureScene, now: dt.datetime) -> None:
    """The database owner copies the shares of an opened identity into another person's request."""
    asked = scene.ask()
    scene.approve(asked, 0)
    scene.approve(asked, 1)
    other = scene.officer("CHIEF")
    holder, pair = create_key(other, now)
    forged = scene.ask(officer=other)
    DisclosedShare.objects.bulk_create(
        DisclosedShare(opening=forged, part=row.part, ciphertext=row.ciphertext)
        for row in DisclosedShare.objects.filter(opening=asked)
    )
    DisclosureRequest.objects.filter(pk=forged.pk).update(opened_at=now, ends_at=now + dt.timedelta(hours=1))
    with pytest.raises(envelopes.EnvelopeError):
        scene.read(forged, officer=other, holder=holder, pair=pair)
    own_request = scene.ask(hours=24, now=now + dt.timedelta(hours=25))
    DisclosedShare.objects.filter(opening=asked).update(opening=own_request)
    DisclosureRequest.objects.filter(pk=own_request.pk).update(opened_at=now, ends_at=now + dt.timedelta(hours=1))
    with pytest.raises(envelopes.EnvelopeError):
        scene.read(own_request)


def test_the_control_of_two_people(scene: DisclosureScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rule the keys would still refuse: one custodian has two of three shares."""
    monkeypatch.setattr(rules, "find_approval_problem", lambda *_, **__: "")
    monkeypatch.setattr(disclosure, "find_approval_problem", lambda *_, **__: "")
    asked = scene.ask()
    scene.approve(asked, 0)
    DisclosureRequest.objects.filter(pk=asked.pk).update(opened_at=scene.now, ends_at=scene.now + dt.timedelta(hours=1))
    with pytest.raises(RuleViolation, match="đã xóa theo yêu cầu"):
        scene.read(asked)


@pytest.mark.parametrize("why", list(DisclosurePurpose))
def test_every_reason_has_a_text_for_the_person(why: DisclosurePurpose) -> None:
    assert rules.PURPOSE_LABELS[why]


def test_states_over_time(now: dt.datetime) -> None:
    asked = RequestFacts(1, now)
    assert (
        get_disclosure_state(asked, now) is DisclosureState.ASKED
        and get_disclosure_state(asked, now + REQUEST_TTL) is DisclosureState.LAPSED
    )
    half = RequestFacts(1, now, frozenset({2}), frozenset({1}))
    assert get_disclosure_state(half, now) is DisclosureState.HALF
    assert find_approval_problem(half, officer_id=3, seat=2, now=now) == ""
    assert find_approval_problem(half, officer_id=3, seat=None, now=now)
