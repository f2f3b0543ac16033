"""The decision table for a message: each rule in one line, and every combination of its inputs."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.incident_features import OpenCase
from binhyen.intake import decision
from binhyen.intake.case_assignment import belongs, running
from binhyen.intake.decision import CERTAIN, DOUBT, SURE, UNSURE, Decision, Do, Facts, Say, Seat, is_sensitive
from binhyen.language.classify.short_replies import Reply
from binhyen.language.reading import CATEGORIES

HOME, PLACED, PROVINCE = Seat(2, 20), Seat(3, 30), Seat(1, None)
QUIET = Facts(
    words=8, bare="", has_media=False, in_group=False, category="other", confidence=0.9, urgency=0, sensitive=False,
    placed=None, home=None, province=PROVINCE, mine=None,
)  # fmt: skip
TOLD = replace(QUIET, category="theft", confidence=0.9, urgency=2)
MINE = OpenCase(
    case_id=7,
    category="theft",
    urgency=2,
    waiting=False,
    closed=False,
    report_id=70,
    private=True,
    unit_id=2,
    today=True,
)
CLOSED, ASKED = replace(MINE, closed=True), replace(MINE, asked=True)
RUNS = replace(MINE, recent=True, urgency=3, category="violence")
ABOUT_POLICE = replace(TOLD, category="officer_complaint")
GROUP = replace(TOLD, in_group=True, home=HOME)


def decide(facts: Facts) -> Decision:
    """Call the rule like `understanding.py`: whether the text belongs to the sender's case is known first."""
    return decision.decide(replace(facts, belongs=facts.mine is not None and belongs(facts, facts.mine)))


@pytest.mark.parametrize(
    ("facts", "do", "say"),
    [
        # Empty messages.
        (replace(QUIET, words=0), Do.IGNORE, Say.NOTHING),
        (replace(QUIET, words=0, has_media=True), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, words=0), Do.IGNORE, Say.NOTHING),
        # Thanks need no action; doubtful long ones go to an officer, in a group they are small talk.
        (replace(QUIET, category="thanks", words=30), Do.IGNORE, Say.HELLO),
        (replace(QUIET, category="thanks", confidence=0.5), Do.IGNORE, Say.HELLO),
        (replace(QUIET, category="thanks", confidence=0.5, words=30), Do.OPEN, Say.RECEIVED),
        (replace(QUIET, category="thanks", confidence=0.5, words=30, in_group=True), Do.IGNORE, Say.NOTHING),
        # The sender's own data: only in private, only where the message contains nothing else.
        (replace(QUIET, about_data=True), Do.IGNORE, Say.DATA),
        (replace(QUIET, about_data=True, mine=ASKED), Do.IGNORE, Say.DATA),
        (replace(QUIET, about_data=True, in_group=True), Do.IGNORE, Say.NOTHING),
        (replace(QUIET, about_data=True, wants_case=True), Do.OPEN, Say.RECEIVED),
        (replace(QUIET, about_data=True, mine=MINE, on_its_page=True), Do.ATTACH, Say.NOTHING),
        # A short message after closing.
        (replace(QUIET, reply=Reply.YES, mine=CLOSED), Do.RATE, Say.NOTHING),
        (replace(QUIET, reply=Reply.NO, mine=CLOSED), Do.RATE, Say.NOTHING),
        (replace(QUIET, reply=Reply.ASSENT, mine=CLOSED), Do.RATE, Say.NOTHING),
        (replace(QUIET, reply=Reply.ASSENT, mine=replace(CLOSED, rated=True)), Do.ATTACH, Say.NOTHING),
        (replace(QUIET, reply=Reply.YES, mine=replace(CLOSED, apart=True)), Do.ATTACH, Say.NOTHING),
        (replace(QUIET, reply=Reply.KIND, mine=CLOSED, category="thanks"), Do.ATTACH, Say.NOTHING),
        (replace(QUIET, reply=Reply.KIND, mine=CLOSED, urgency=3), Do.OPEN, Say.RECEIVED),
        (replace(QUIET, reply=Reply.YES, mine=CLOSED, in_group=True), Do.IGNORE, Say.NOTHING),
        # A sticker, a call, a status question.
        (replace(QUIET, words=0, sticker=True), Do.IGNORE, Say.HELLO),
        (replace(QUIET, words=0, sticker=True, in_group=True), Do.IGNORE, Say.NOTHING),
        (replace(QUIET, words=0, sticker=True, mine=ASKED), Do.ATTACH, Say.NOTHING),
        (replace(QUIET, calls=True), Do.IGNORE, Say.LISTENING),
        (replace(QUIET, calls=True, in_group=True), Do.IGNORE, Say.NOTHING),
        (replace(QUIET, calls=True, mine=MINE), Do.ATTACH, Say.LISTENING),
        (replace(QUIET, calls=True, mine=replace(MINE, recent=True)), Do.ATTACH, Say.NOTHING),
        (replace(QUIET, calls=True, wants_case=True), Do.OPEN, Say.RECEIVED),
        (replace(QUIET, asks=True, mine=MINE), Do.ATTACH, Say.STANDS),
        (replace(QUIET, asks=True, mine=CLOSED), Do.ATTACH, Say.STANDS),
        (replace(QUIET, asks=True, has_media=True, mine=ASKED), Do.ATTACH, Say.NOTED),
        # A further message on the sender's case; in doubt it is one.
        (replace(TOLD, mine=MINE), Do.ATTACH, Say.NOTHING),
        (replace(TOLD, mine=ASKED), Do.ATTACH, Say.NOTED),
        (replace(TOLD, mine=replace(MINE, waiting=True, recent=True), category="fire"), Do.ATTACH, Say.NOTED),
        (replace(TOLD, mine=replace(MINE, waiting=True), category="fire"), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=replace(MINE, waiting=True), category="violence"), Do.ATTACH, Say.NOTED),
        (replace(TOLD, mine=replace(MINE, asked=True, heard=True)), Do.ATTACH, Say.NOTHING),
        # Another incident of the same kind: on another day, at another place; a correction is none.
        (replace(TOLD, mine=replace(MINE, today=False)), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=replace(MINE, today=False), words=7), Do.ATTACH, Say.NOTHING),
        (
            replace(TOLD, mine=replace(MINE, today=False, category="environment_noise"), category="environment_noise"),
            Do.ATTACH,
            Say.NOTHING,
        ),
        (replace(TOLD, mine=MINE, placed=PLACED), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=replace(MINE, fresh=True, recent=True), placed=PLACED), Do.ATTACH, Say.NOTHING),
        (
            replace(QUIET, mine=replace(MINE, recent=True), placed=PLACED, bare="a nham ben phuong kia"),
            Do.ATTACH,
            Say.NOTHING,
        ),
        # Danger: joins an incident that goes on here, never one elsewhere, one that is over, or a lost item.
        (replace(TOLD, mine=RUNS, urgency=3), Do.ATTACH, Say.DANGER),
        (replace(TOLD, mine=RUNS, urgency=3, placed=PLACED), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=replace(RUNS, recent=False), urgency=3), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=replace(RUNS, category="found_item"), urgency=3), Do.OPEN, Say.RECEIVED),
        # Confidential reports: never joined to a case that more officers may read, but details of a danger stay with
        # it.
        (
            replace(TOLD, mine=replace(MINE, recent=True), category="drugs_gambling", sensitive=True),
            Do.OPEN,
            Say.RECEIVED,
        ),
        (
            replace(TOLD, mine=replace(MINE, recent=True, sensitive=True), category="drugs_gambling", sensitive=True),
            Do.ATTACH,
            Say.NOTHING,
        ),
        (
            replace(TOLD, mine=replace(RUNS, fresh=True), category="drugs_gambling", sensitive=True),
            Do.ATTACH,
            Say.NOTHING,
        ),
        (replace(TOLD, mine=MINE, category="fire"), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=MINE, category="fire", words=3), Do.ATTACH, Say.NOTHING),
        (replace(TOLD, mine=MINE, category="fire", words=4), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=MINE, category="fire", confidence=SURE - 0.01), Do.ATTACH, Say.NOTHING),
        (replace(TOLD, mine=MINE, category="fire", confidence=SURE), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=replace(MINE, recent=True), category="fire"), Do.ATTACH, Say.NOTHING),
        (replace(TOLD, mine=replace(MINE, recent=True), category="fire", placed=PLACED), Do.OPEN, Say.RECEIVED),
        (replace(TOLD, mine=CLOSED), Do.ATTACH, Say.NOTHING),
        (replace(QUIET, mine=CLOSED, category="thanks"), Do.ATTACH, Say.NOTHING),
        # A complaint about police never joins a case that its unit may hold.
        (replace(ABOUT_POLICE, mine=ASKED), Do.OPEN, Say.RECEIVED),
        (replace(ABOUT_POLICE, mine=ASKED, confidence=DOUBT - 0.01), Do.ATTACH, Say.NOTED),
        (
            replace(ABOUT_POLICE, mine=replace(MINE, recent=True, urgency=3)),
            Do.ATTACH,
            Say.NOTHING,
        ),
        (replace(ABOUT_POLICE, mine=replace(MINE, recent=True, urgency=3), police=True), Do.OPEN, Say.RECEIVED),
        (replace(ABOUT_POLICE, mine=replace(MINE, category="officer_complaint")), Do.ATTACH, Say.NOTHING),
        # Relevant content, in private.
        (TOLD, Do.OPEN, Say.RECEIVED),
        (replace(QUIET, urgency=3), Do.OPEN, Say.RECEIVED),
        (replace(QUIET, confidence=UNSURE - 0.01), Do.OPEN, Say.RECEIVED),
        (replace(QUIET, confidence=UNSURE), Do.IGNORE, Say.HELLO),
        (replace(QUIET, confidence=UNSURE - 0.01, words=3), Do.IGNORE, Say.HELLO),
        # Relevant content, in a group.
        (replace(GROUP, category="traffic"), Do.OPEN, Say.IN_GROUP),
        (replace(GROUP, category="traffic", confidence=DOUBT - 0.01, urgency=1), Do.IGNORE, Say.NOTHING),
        (replace(GROUP, category="traffic", confidence=DOUBT, urgency=1), Do.OPEN, Say.IN_GROUP),
        (replace(GROUP, names=True), Do.OPEN, Say.INVITE),
        (replace(GROUP, category="drugs_gambling"), Do.OPEN, Say.INVITE),
        (replace(GROUP, category="traffic", accuses=True), Do.OPEN, Say.INVITE),
        (replace(GROUP, category="fire", urgency=3), Do.OPEN, Say.IN_GROUP),
        (replace(GROUP, category="fire", urgency=3, accuses=True), Do.OPEN, Say.INVITE),
        (replace(GROUP, category="violence", urgency=3), Do.OPEN, Say.INVITE),
        (replace(GROUP, category="violence", urgency=3, names=True), Do.OPEN, Say.INVITE),
        (replace(GROUP, category="officer_complaint", urgency=3), Do.OPEN, Say.INVITE),
        (replace(GROUP, category="theft", urgency=3, mine=replace(MINE, private=False)), Do.ATTACH, Say.INVITE),
        (replace(GROUP, category="theft", urgency=2, mine=replace(MINE, private=False)), Do.ATTACH, Say.NOTHING),
        # Small talk.
        (replace(QUIET, in_group=True), Do.IGNORE, Say.NOTHING),
        (replace(QUIET, in_group=True, sensitive=True, names=True, confidence=DOUBT - 0.01), Do.OPEN, Say.INVITE),
        (replace(QUIET, greeted=True), Do.IGNORE, Say.NOTHING),
        (QUIET, Do.IGNORE, Say.HELLO),
    ],
)
def test_each_rule(facts: Facts, do: Do, say: Say) -> None:
    decision = decide(facts)
    assert (decision.do, decision.say) == (do, say), decision.reason


def test_yes_helped_and_no_did_not() -> None:
    yes, no = (decide(replace(QUIET, words=1, reply=reply, mine=CLOSED)) for reply in (Reply.YES, Reply.NO))
    assert (yes.helped, no.helped) == (True, False) and yes.report_id == no.report_id == 70


def test_small_words_take_nothing_up_again() -> None:
    small: list[dict[str, Any]] = [
        {"asks": True}, {"calls": True}, {"reply": Reply.KIND}, {"words": 0, "sticker": True},
    ]  # fmt: skip
    assert not any(decide(replace(QUIET, mine=CLOSED, **one)).resumes for one in small)
    assert decide(replace(QUIET, mine=CLOSED)).resumes, "the control: a text with information"


@pytest.mark.parametrize(
    ("facts", "seat"),
    [
        (replace(TOLD, placed=PLACED, home=HOME), PLACED),
        (replace(TOLD, home=HOME), HOME),
        (TOLD, PROVINCE),
        (replace(ABOUT_POLICE, placed=PLACED, home=HOME), Seat(1, 30)),
        (replace(ABOUT_POLICE, home=HOME), Seat(1, 20)),
        (ABOUT_POLICE, PROVINCE),
    ],
)
def test_whose_desk(facts: Facts, seat: Seat) -> None:
    assert decide(facts).seat == seat


def everything() -> Iterator[Facts]:
    """Yield every combination of the inputs, on both sides of each boundary."""
    no_yes = (False, True)
    cases = [None] + [
        replace(MINE, category=category, waiting=waiting, closed=closed, private=private, recent=recent, urgency=3)
        for category in ("theft", "officer_complaint")
        for waiting, closed, private, recent in product(no_yes, repeat=4)
    ]
    flags = ("has_media", "in_group", "sensitive", "wants_case", "names")
    for mine, words, category, confidence, urgency in product(
        cases, (0, 3, 4), ("other", "thanks", "traffic", "drugs_gambling", "officer_complaint"),
        (DOUBT - 0.01, DOUBT, CERTAIN), (0, 3),
    ):  # fmt: skip
        some = replace(
            QUIET, mine=mine, words=words, category=category, confidence=confidence, urgency=urgency,
            reply=Reply.YES if mine and mine.closed and words == 3 else None,
        )  # fmt: skip
        yield from (replace(some, **dict(zip(flags, said, strict=True))) for said in product(no_yes, repeat=len(flags)))


def test_every_combination_is_decided_and_each_decision_is_whole() -> None:
    seen: set[Do] = set()
    for facts in everything():
        decision = decide(facts)
        seen.add(decision.do)
        wanted = {
            Do.OPEN: decision.seat is not None and decision.category in CATEGORIES and decision.urgency >= 1,
            Do.ATTACH: facts.mine is not None and decision.case_id == facts.mine.case_id,
            Do.RATE: facts.mine is not None and decision.report_id == facts.mine.report_id,
            Do.IGNORE: decision.seat is decision.case_id is decision.report_id is None,
        }
        assert wanted[decision.do] and decision.reason, facts
        if facts.in_group:
            assert decision.say not in {Say.RECEIVED, Say.HELLO, Say.DATA}, facts
            assert not (is_sensitive(facts) and decision.say is Say.IN_GROUP), facts
        complains = facts.category in NEVER_DOWN and facts.confidence >= CERTAIN
        if decision.do is Do.ATTACH and facts.mine and complains and not running(facts.mine):
            assert facts.mine.category in NEVER_DOWN, "a complaint never joins a case that its unit may hold"
        if decision.do is Do.OPEN and facts.category in NEVER_DOWN:
            assert decision.seat and decision.seat.unit_id == PROVINCE.unit_id and decision.say is not Say.IN_GROUP
    assert seen == {Do.IGNORE, Do.OPEN, Do.ATTACH, Do.RATE}
