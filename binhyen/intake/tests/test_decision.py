"""The decision table for a message: each rule in one line, and every combination of its inputs."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import OpenCase
from binhyen.intake import decision
from binhyen.intake.case_assignment import belongs_to_case, is_ongoing_danger
from binhyen.intake.decision import (
    HIGH_CONFIDENCE,
    LOW_CONFIDENCE,
    TRUSTED_CONFIDENCE,
    UNSURE,
    Action,
    AutoReply,
    Destination,
    ItemDecision,
    MessageFacts,
    is_sensitive,
)
from binhyen.language.classify.short_replies import ShortReply
from binhyen.language.reading import CATEGORIES

HOME, PLACED, PROVINCE = Destination(2, 20), Destination(3, 30), Destination(1, None)
QUIET = MessageFacts(
    words=8,
    folded_text="",
    has_media=False,
    in_group=False,
    category="other",
    confidence=0.9,
    urgency=0,
    sensitive=False,
    placed=None,
    home=None,
    province_destination=PROVINCE,
    mine=None,
)
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


def decide(facts: MessageFacts) -> ItemDecision:
    """Call the rule like `understanding.py`: whether the text belongs to the sender's case is known first."""
    return decision.decide_item(
        replace(facts, is_follow_up=facts.mine is not None and belongs_to_case(facts, facts.mine))
    )


@pytest.mark.parametrize(
    ("facts", "do", "say"),
    [
        # Empty messages.
        (replace(QUIET, words=0), Action.IGNORE, AutoReply.NOTHING),
        (replace(QUIET, words=0, has_media=True), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, words=0), Action.IGNORE, AutoReply.NOTHING),
        # Thanks need no action; doubtful long ones go to an officer, in a group they are small talk.
        (replace(QUIET, category="thanks", words=30), Action.IGNORE, AutoReply.HELLO),
        (replace(QUIET, category="thanks", confidence=0.5), Action.IGNORE, AutoReply.HELLO),
        (replace(QUIET, category="thanks", confidence=0.5, words=30), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, category="thanks", confidence=0.5, words=30, in_group=True), Action.IGNORE, AutoReply.NOTHING),
        # The sender's own data: only in private, only where the message contains nothing else.
        (replace(QUIET, about_data=True), Action.IGNORE, AutoReply.DATA),
        (replace(QUIET, about_data=True, mine=ASKED), Action.IGNORE, AutoReply.DATA),
        (replace(QUIET, about_data=True, in_group=True), Action.IGNORE, AutoReply.NOTHING),
        (replace(QUIET, about_data=True, wants_case=True), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, about_data=True, mine=MINE, on_status_page=True), Action.ATTACH, AutoReply.NOTHING),
        # A short message after closing.
        (replace(QUIET, reply=ShortReply.YES, mine=CLOSED), Action.RATE, AutoReply.NOTHING),
        (replace(QUIET, reply=ShortReply.NO, mine=CLOSED), Action.RATE, AutoReply.NOTHING),
        (replace(QUIET, reply=ShortReply.ASSENT, mine=CLOSED), Action.RATE, AutoReply.NOTHING),
        (
            replace(QUIET, reply=ShortReply.ASSENT, mine=replace(CLOSED, is_rated=True)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (
            replace(QUIET, reply=ShortReply.YES, mine=replace(CLOSED, is_restricted=True)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(QUIET, reply=ShortReply.KIND, mine=CLOSED, category="thanks"), Action.ATTACH, AutoReply.NOTHING),
        (replace(QUIET, reply=ShortReply.KIND, mine=CLOSED, urgency=3), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, reply=ShortReply.YES, mine=CLOSED, in_group=True), Action.IGNORE, AutoReply.NOTHING),
        # A sticker, a call, a status question.
        (replace(QUIET, words=0, has_sticker=True), Action.IGNORE, AutoReply.HELLO),
        (replace(QUIET, words=0, has_sticker=True, in_group=True), Action.IGNORE, AutoReply.NOTHING),
        (replace(QUIET, words=0, has_sticker=True, mine=ASKED), Action.ATTACH, AutoReply.NOTHING),
        (replace(QUIET, calls=True), Action.IGNORE, AutoReply.LISTENING),
        (replace(QUIET, calls=True, in_group=True), Action.IGNORE, AutoReply.NOTHING),
        (replace(QUIET, calls=True, mine=MINE), Action.ATTACH, AutoReply.LISTENING),
        (replace(QUIET, calls=True, mine=replace(MINE, recent=True)), Action.ATTACH, AutoReply.NOTHING),
        (replace(QUIET, calls=True, wants_case=True), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, asks_status=True, mine=MINE), Action.ATTACH, AutoReply.CASE_STATUS),
        (replace(QUIET, asks_status=True, mine=CLOSED), Action.ATTACH, AutoReply.CASE_STATUS),
        (replace(QUIET, asks_status=True, has_media=True, mine=ASKED), Action.ATTACH, AutoReply.NOTED),
        # A further message on the sender's case; in doubt it is one.
        (replace(TOLD, mine=MINE), Action.ATTACH, AutoReply.NOTHING),
        (replace(TOLD, mine=ASKED), Action.ATTACH, AutoReply.NOTED),
        (replace(TOLD, mine=replace(MINE, waiting=True, recent=True), category="fire"), Action.ATTACH, AutoReply.NOTED),
        (replace(TOLD, mine=replace(MINE, waiting=True), category="fire"), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, mine=replace(MINE, waiting=True), category="violence"), Action.ATTACH, AutoReply.NOTED),
        (replace(TOLD, mine=replace(MINE, asked=True, has_follow_up=True)), Action.ATTACH, AutoReply.NOTHING),
        # Another incident of the same kind: on another day, at another place; a correction is none.
        (replace(TOLD, mine=replace(MINE, today=False)), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, mine=replace(MINE, today=False), words=7), Action.ATTACH, AutoReply.NOTHING),
        (
            replace(TOLD, mine=replace(MINE, today=False, category="environment_noise"), category="environment_noise"),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(TOLD, mine=MINE, placed=PLACED), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, mine=replace(MINE, fresh=True, recent=True), placed=PLACED), Action.ATTACH, AutoReply.NOTHING),
        (
            replace(QUIET, mine=replace(MINE, recent=True), placed=PLACED, folded_text="a nham ben phuong kia"),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        # Danger: joins an incident that goes on here, never one elsewhere, one that is over, or a lost item.
        (replace(TOLD, mine=RUNS, urgency=3), Action.ATTACH, AutoReply.DANGER),
        (replace(TOLD, mine=RUNS, urgency=3, placed=PLACED), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, mine=replace(RUNS, recent=False), urgency=3), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, mine=replace(RUNS, category="found_item"), urgency=3), Action.OPEN, AutoReply.RECEIVED),
        # Confidential reports: never joined to a case that more officers may read, but details of a danger stay with
        # it.
        (
            replace(TOLD, mine=replace(MINE, recent=True), category="drugs_gambling", sensitive=True),
            Action.OPEN,
            AutoReply.RECEIVED,
        ),
        (
            replace(TOLD, mine=replace(MINE, recent=True, sensitive=True), category="drugs_gambling", sensitive=True),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (
            replace(TOLD, mine=replace(RUNS, fresh=True), category="drugs_gambling", sensitive=True),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(TOLD, mine=MINE, category="fire"), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, mine=MINE, category="fire", words=3), Action.ATTACH, AutoReply.NOTHING),
        (replace(TOLD, mine=MINE, category="fire", words=4), Action.OPEN, AutoReply.RECEIVED),
        (
            replace(TOLD, mine=MINE, category="fire", confidence=TRUSTED_CONFIDENCE - 0.01),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(TOLD, mine=MINE, category="fire", confidence=TRUSTED_CONFIDENCE), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, mine=replace(MINE, recent=True), category="fire"), Action.ATTACH, AutoReply.NOTHING),
        (
            replace(TOLD, mine=replace(MINE, recent=True), category="fire", placed=PLACED),
            Action.OPEN,
            AutoReply.RECEIVED,
        ),
        (replace(TOLD, mine=CLOSED), Action.ATTACH, AutoReply.NOTHING),
        (replace(QUIET, mine=CLOSED, category="thanks"), Action.ATTACH, AutoReply.NOTHING),
        # A complaint about police never joins a case that its unit may hold.
        (replace(ABOUT_POLICE, mine=ASKED), Action.OPEN, AutoReply.RECEIVED),
        (replace(ABOUT_POLICE, mine=ASKED, confidence=LOW_CONFIDENCE - 0.01), Action.ATTACH, AutoReply.NOTED),
        (
            replace(ABOUT_POLICE, mine=replace(MINE, recent=True, urgency=3)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (
            replace(ABOUT_POLICE, mine=replace(MINE, recent=True, urgency=3), mentions_police=True),
            Action.OPEN,
            AutoReply.RECEIVED,
        ),
        (replace(ABOUT_POLICE, mine=replace(MINE, category="officer_complaint")), Action.ATTACH, AutoReply.NOTHING),
        # Relevant content, in private.
        (TOLD, Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, urgency=3), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, confidence=UNSURE - 0.01), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, confidence=UNSURE), Action.IGNORE, AutoReply.HELLO),
        (replace(QUIET, confidence=UNSURE - 0.01, words=3), Action.IGNORE, AutoReply.HELLO),
        # Relevant content, in a group.
        (replace(GROUP, category="traffic"), Action.OPEN, AutoReply.GROUP_ACK),
        (
            replace(GROUP, category="traffic", confidence=LOW_CONFIDENCE - 0.01, urgency=1),
            Action.IGNORE,
            AutoReply.NOTHING,
        ),
        (replace(GROUP, category="traffic", confidence=LOW_CONFIDENCE, urgency=1), Action.OPEN, AutoReply.GROUP_ACK),
        (replace(GROUP, refers_to_person=True), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="drugs_gambling"), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="traffic", accuses_person=True), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="fire", urgency=3), Action.OPEN, AutoReply.GROUP_ACK),
        (replace(GROUP, category="fire", urgency=3, accuses_person=True), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="violence", urgency=3), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="violence", urgency=3, refers_to_person=True), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="officer_complaint", urgency=3), Action.OPEN, AutoReply.INVITE),
        (
            replace(GROUP, category="theft", urgency=3, mine=replace(MINE, private=False)),
            Action.ATTACH,
            AutoReply.INVITE,
        ),
        (
            replace(GROUP, category="theft", urgency=2, mine=replace(MINE, private=False)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        # Small talk.
        (replace(QUIET, in_group=True), Action.IGNORE, AutoReply.NOTHING),
        (
            replace(QUIET, in_group=True, sensitive=True, refers_to_person=True, confidence=LOW_CONFIDENCE - 0.01),
            Action.OPEN,
            AutoReply.INVITE,
        ),
        (replace(QUIET, was_greeted=True), Action.IGNORE, AutoReply.NOTHING),
        (QUIET, Action.IGNORE, AutoReply.HELLO),
    ],
)
def test_each_rule(facts: MessageFacts, do: Action, say: AutoReply) -> None:
    decision = decide(facts)
    assert (decision.do, decision.reply) == (do, say), decision.reason


def test_yes_helped_and_no_did_not() -> None:
    yes, no = (decide(replace(QUIET, words=1, reply=reply, mine=CLOSED)) for reply in (ShortReply.YES, ShortReply.NO))
    assert (yes.was_helpful, no.was_helpful) == (True, False) and yes.report_id == no.report_id == 70


def test_short_messages_reopen_nothing() -> None:
    small: list[dict[str, Any]] = [
        {"asks_status": True},
        {"calls": True},
        {"reply": ShortReply.KIND},
        {"words": 0, "has_sticker": True},
    ]
    assert not any(decide(replace(QUIET, mine=CLOSED, **item)).resumes for item in small)
    assert decide(replace(QUIET, mine=CLOSED)).resumes, "the control: a text with information"


@pytest.mark.parametrize(
    ("facts", "seat"),
    [
        (replace(TOLD, placed=PLACED, home=HOME), PLACED),
        (replace(TOLD, home=HOME), HOME),
        (TOLD, PROVINCE),
        (replace(ABOUT_POLICE, placed=PLACED, home=HOME), Destination(1, 30)),
        (replace(ABOUT_POLICE, home=HOME), Destination(1, 20)),
        (ABOUT_POLICE, PROVINCE),
    ],
)
def test_whose_desk(facts: MessageFacts, seat: Destination) -> None:
    assert decide(facts).seat == seat


def generate_facts() -> Iterator[MessageFacts]:
    """Yield every combination of the inputs, on both sides of each boundary."""
    no_yes = (False, True)
    cases = [None] + [
        replace(MINE, category=category, waiting=waiting, closed=closed, private=private, recent=recent, urgency=3)
        for category in ("theft", "officer_complaint")
        for waiting, closed, private, recent in product(no_yes, repeat=4)
    ]
    flags = ("has_media", "in_group", "sensitive", "wants_case", "refers_to_person")
    for relation, words, category, confidence, urgency in product(
        cases,
        (0, 3, 4),
        ("other", "thanks", "traffic", "drugs_gambling", "officer_complaint"),
        (LOW_CONFIDENCE - 0.01, LOW_CONFIDENCE, HIGH_CONFIDENCE),
        (0, 3),
    ):
        some = replace(
            QUIET,
            mine=relation,
            words=words,
            category=category,
            confidence=confidence,
            urgency=urgency,
            reply=ShortReply.YES if relation and relation.closed and words == 3 else None,
        )
        yield from (
            replace(some, **dict(zip(flags, flag_values, strict=True)))
            for flag_values in product(no_yes, repeat=len(flags))
        )


def test_every_combination_is_decided_and_each_decision_is_whole() -> None:
    visited: set[Action] = set()
    for facts in generate_facts():
        decision = decide(facts)
        visited.add(decision.do)
        wanted = {
            Action.OPEN: decision.seat is not None and decision.category in CATEGORIES and decision.urgency >= 1,
            Action.ATTACH: facts.mine is not None and decision.case_id == facts.mine.case_id,
            Action.RATE: facts.mine is not None and decision.report_id == facts.mine.report_id,
            Action.IGNORE: decision.seat is decision.case_id is decision.report_id is None,
        }
        assert wanted[decision.do] and decision.reason, facts
        if facts.in_group:
            assert decision.reply not in {AutoReply.RECEIVED, AutoReply.HELLO, AutoReply.DATA}, facts
            assert not (is_sensitive(facts) and decision.reply is AutoReply.GROUP_ACK), facts
        complains = facts.category in PROVINCE_ONLY_CATEGORIES and facts.confidence >= HIGH_CONFIDENCE
        if decision.do is Action.ATTACH and facts.mine and complains and not is_ongoing_danger(facts.mine):
            assert facts.mine.category in PROVINCE_ONLY_CATEGORIES, (
                "a complaint never joins a case that its unit may hold"
            )
        if decision.do is Action.OPEN and facts.category in PROVINCE_ONLY_CATEGORIES:
            assert (
                decision.seat
                and decision.seat.unit_id == PROVINCE.unit_id
                and decision.reply is not AutoReply.GROUP_ACK
            )
    assert visited == {Action.IGNORE, Action.OPEN, Action.ATTACH, Action.RATE}
