"""The decision table for a message: each rule in one line, and every combination of its inputs."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import Age, IntakeQuestion, OpenCase, Phase, Secrecy
from binhyen.intake import decision
from binhyen.intake.case_assignment import belongs_to_case, is_ongoing_danger
from binhyen.intake.decision import (
    HIGH_CONFIDENCE,
    LOW_CONFIDENCE,
    TRUSTED_CONFIDENCE,
    UNSURE,
    Accusation,
    Action,
    AutoReply,
    Destination,
    FollowUpRelation,
    Intent,
    ItemDecision,
    MessageAttachment,
    MessageFacts,
    Origin,
    is_sensitive,
)
from binhyen.language.classify.short_replies import ShortReply
from binhyen.language.reading import CATEGORIES

HOME, PLACED, PROVINCE = Destination(2, 20), Destination(3, 30), Destination(1, None)
QUIET = MessageFacts(
    words=8,
    folded_text="",
    category="other",
    confidence=0.9,
    urgency=0,
    sensitive=False,
    place_destination=None,
    group_destination=None,
    province_destination=PROVINCE,
)
TOLD = replace(QUIET, category="theft", confidence=0.9, urgency=2)
MINE = OpenCase(
    case_id=7,
    category="theft",
    urgency=2,
    report_id=70,
    unit_id=2,
    commune_id=20,
    age=Age.DAY,
)
CLOSED, ASKED = replace(MINE, phase=Phase.CLOSED), replace(MINE, question=IntakeQuestion.UNANSWERED)
RUNS = replace(MINE, age=Age.HOUR, urgency=3, category="violence")
ABOUT_POLICE = replace(TOLD, category="officer_complaint")
GROUP = replace(TOLD, origin=Origin.GROUP, group_id=4, group_destination=HOME)


def decide(facts: MessageFacts) -> ItemDecision:
    """Call the rule like `interpret.py`: whether the text belongs to the sender's case is known first."""
    is_follow_up = facts.open_case is not None and belongs_to_case(facts, facts.open_case)
    return decision.decide_item(
        replace(facts, relation=FollowUpRelation.FOLLOW_UP if is_follow_up else FollowUpRelation.BESIDE)
    )


@pytest.mark.parametrize(
    ("facts", "do", "say"),
    [
        # Empty messages.
        (replace(QUIET, words=0), Action.IGNORE, AutoReply.NOTHING),
        (replace(QUIET, words=0, attachment=MessageAttachment.FILE), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, words=0), Action.IGNORE, AutoReply.NOTHING),
        # Thanks need no action; doubtful long ones go to an officer, in a group they are small talk.
        (replace(QUIET, category="thanks", words=30), Action.IGNORE, AutoReply.HELLO),
        (replace(QUIET, category="thanks", confidence=0.5), Action.IGNORE, AutoReply.HELLO),
        (replace(QUIET, category="thanks", confidence=0.5, words=30), Action.OPEN, AutoReply.RECEIVED),
        (
            replace(QUIET, category="thanks", confidence=0.5, words=30, origin=Origin.GROUP),
            Action.IGNORE,
            AutoReply.NOTHING,
        ),
        # The sender's own data: only in private, only where the message contains nothing else.
        (replace(QUIET, intent=Intent.DATA_REQUEST), Action.IGNORE, AutoReply.DATA),
        (replace(QUIET, intent=Intent.DATA_REQUEST, open_case=ASKED), Action.IGNORE, AutoReply.DATA),
        (replace(QUIET, intent=Intent.DATA_REQUEST, origin=Origin.GROUP), Action.IGNORE, AutoReply.NOTHING),
        (replace(QUIET, intent=Intent.DATA_REQUEST, origin=Origin.WEB_FORM), Action.OPEN, AutoReply.RECEIVED),
        (
            replace(QUIET, intent=Intent.DATA_REQUEST, open_case=MINE, origin=Origin.STATUS_PAGE),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        # A question about a number is answered in private without a case, except within a fraud case or at urgency 3.
        (replace(QUIET, intent=Intent.SCAM_CHECK, category="scam"), Action.IGNORE, AutoReply.CHECK),
        (replace(QUIET, intent=Intent.SCAM_CHECK, category="scam", urgency=3), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, intent=Intent.SCAM_CHECK, open_case=CLOSED), Action.IGNORE, AutoReply.CHECK),
        (
            replace(QUIET, intent=Intent.SCAM_CHECK, category="scam", open_case=replace(MINE, category="scam")),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(QUIET, intent=Intent.SCAM_CHECK, category="scam", origin=Origin.GROUP), Action.OPEN, AutoReply.INVITE),
        # A short message after closing.
        (replace(QUIET, reply=ShortReply.YES, open_case=CLOSED), Action.RATE, AutoReply.NOTHING),
        (replace(QUIET, reply=ShortReply.NO, open_case=CLOSED), Action.RATE, AutoReply.NOTHING),
        (replace(QUIET, reply=ShortReply.ASSENT, open_case=CLOSED), Action.RATE, AutoReply.NOTHING),
        (
            replace(QUIET, reply=ShortReply.ASSENT, open_case=replace(CLOSED, phase=Phase.RATED)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (
            replace(QUIET, reply=ShortReply.YES, open_case=replace(CLOSED, secrecy=Secrecy.RESTRICTED)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(QUIET, reply=ShortReply.KIND, open_case=CLOSED, category="thanks"), Action.ATTACH, AutoReply.NOTHING),
        (replace(QUIET, reply=ShortReply.KIND, open_case=CLOSED, urgency=3), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, reply=ShortReply.YES, open_case=CLOSED, origin=Origin.GROUP), Action.IGNORE, AutoReply.NOTHING),
        # A sticker, a call, a status question.
        (replace(QUIET, words=0, attachment=MessageAttachment.STICKER), Action.IGNORE, AutoReply.HELLO),
        (
            replace(QUIET, words=0, attachment=MessageAttachment.STICKER, origin=Origin.GROUP),
            Action.IGNORE,
            AutoReply.NOTHING,
        ),
        (
            replace(QUIET, words=0, attachment=MessageAttachment.STICKER, open_case=ASKED),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(QUIET, intent=Intent.CALL), Action.IGNORE, AutoReply.LISTENING),
        (replace(QUIET, intent=Intent.CALL, origin=Origin.GROUP), Action.IGNORE, AutoReply.NOTHING),
        (replace(QUIET, intent=Intent.CALL, open_case=MINE), Action.ATTACH, AutoReply.LISTENING),
        (replace(QUIET, intent=Intent.CALL, open_case=replace(MINE, age=Age.HOUR)), Action.ATTACH, AutoReply.NOTHING),
        (replace(QUIET, intent=Intent.CALL, origin=Origin.WEB_FORM), Action.OPEN, AutoReply.RECEIVED),
        (replace(QUIET, intent=Intent.STATUS_QUESTION, open_case=MINE), Action.ATTACH, AutoReply.CASE_STATUS),
        (replace(QUIET, intent=Intent.STATUS_QUESTION, open_case=CLOSED), Action.ATTACH, AutoReply.CASE_STATUS),
        (
            replace(QUIET, intent=Intent.STATUS_QUESTION, attachment=MessageAttachment.FILE, open_case=ASKED),
            Action.ATTACH,
            AutoReply.NOTED,
        ),
        # A further message on the sender's case; in doubt it is one.
        (replace(TOLD, open_case=MINE), Action.ATTACH, AutoReply.NOTHING),
        (replace(TOLD, open_case=ASKED), Action.ATTACH, AutoReply.NOTED),
        (
            replace(TOLD, open_case=replace(MINE, phase=Phase.WAITING, age=Age.HOUR), category="fire"),
            Action.ATTACH,
            AutoReply.NOTED,
        ),
        (replace(TOLD, open_case=replace(MINE, phase=Phase.WAITING), category="fire"), Action.OPEN, AutoReply.RECEIVED),
        (
            replace(TOLD, open_case=replace(MINE, phase=Phase.WAITING), category="violence"),
            Action.ATTACH,
            AutoReply.NOTED,
        ),
        (
            replace(TOLD, open_case=replace(MINE, question=IntakeQuestion.PLACE_MISSING)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        # Another incident of the same kind: on another day, at another place; a correction is none.
        (replace(TOLD, open_case=replace(MINE, age=Age.OLDER)), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, open_case=replace(MINE, age=Age.OLDER), words=7), Action.ATTACH, AutoReply.NOTHING),
        (
            replace(
                TOLD, open_case=replace(MINE, age=Age.OLDER, category="environment_noise"), category="environment_noise"
            ),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(TOLD, open_case=MINE, place_destination=PLACED), Action.OPEN, AutoReply.RECEIVED),
        (
            replace(TOLD, open_case=replace(MINE, age=Age.MINUTES), place_destination=PLACED),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (
            replace(
                QUIET,
                open_case=replace(MINE, age=Age.HOUR),
                place_destination=PLACED,
                folded_text="a nham ben phuong kia",
            ),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        # Danger: joins an incident that goes on here, never one elsewhere, one that is over, or a lost item.
        (replace(TOLD, open_case=RUNS, urgency=3), Action.ATTACH, AutoReply.DANGER),
        (replace(TOLD, open_case=RUNS, urgency=3, place_destination=PLACED), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, open_case=replace(RUNS, age=Age.DAY), urgency=3), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, open_case=replace(RUNS, category="found_item"), urgency=3), Action.OPEN, AutoReply.RECEIVED),
        # Confidential reports: never joined to a case that more officers may read, but details of a danger stay with
        # it.
        (
            replace(TOLD, open_case=replace(MINE, age=Age.HOUR), category="drugs_gambling", sensitive=True),
            Action.OPEN,
            AutoReply.RECEIVED,
        ),
        (
            replace(
                TOLD,
                open_case=replace(MINE, age=Age.HOUR, secrecy=Secrecy.SENSITIVE),
                category="drugs_gambling",
                sensitive=True,
            ),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (
            replace(TOLD, open_case=replace(RUNS, age=Age.MINUTES), category="drugs_gambling", sensitive=True),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (replace(TOLD, open_case=MINE, category="fire"), Action.OPEN, AutoReply.RECEIVED),
        (replace(TOLD, open_case=MINE, category="fire", words=3), Action.ATTACH, AutoReply.NOTHING),
        (replace(TOLD, open_case=MINE, category="fire", words=4), Action.OPEN, AutoReply.RECEIVED),
        (
            replace(TOLD, open_case=MINE, category="fire", confidence=TRUSTED_CONFIDENCE - 0.01),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (
            replace(TOLD, open_case=MINE, category="fire", confidence=TRUSTED_CONFIDENCE),
            Action.OPEN,
            AutoReply.RECEIVED,
        ),
        (replace(TOLD, open_case=replace(MINE, age=Age.HOUR), category="fire"), Action.ATTACH, AutoReply.NOTHING),
        (
            replace(TOLD, open_case=replace(MINE, age=Age.HOUR), category="fire", place_destination=PLACED),
            Action.OPEN,
            AutoReply.RECEIVED,
        ),
        (replace(TOLD, open_case=CLOSED), Action.ATTACH, AutoReply.NOTHING),
        (replace(QUIET, open_case=CLOSED, category="thanks"), Action.ATTACH, AutoReply.NOTHING),
        # A complaint about police never joins a case that its unit may hold.
        (replace(ABOUT_POLICE, open_case=ASKED), Action.OPEN, AutoReply.RECEIVED),
        (replace(ABOUT_POLICE, open_case=ASKED, confidence=LOW_CONFIDENCE - 0.01), Action.ATTACH, AutoReply.NOTED),
        (
            replace(ABOUT_POLICE, open_case=replace(MINE, age=Age.HOUR, urgency=3)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        (
            replace(ABOUT_POLICE, open_case=replace(MINE, age=Age.HOUR, urgency=3), mentions_police=True),
            Action.OPEN,
            AutoReply.RECEIVED,
        ),
        (
            replace(ABOUT_POLICE, open_case=replace(MINE, category="officer_complaint")),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
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
        (replace(GROUP, category="traffic", accusation=Accusation.ACTS), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="fire", urgency=3), Action.OPEN, AutoReply.GROUP_ACK),
        (replace(GROUP, category="fire", urgency=3, accusation=Accusation.ACTS), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="violence", urgency=3), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="violence", urgency=3, refers_to_person=True), Action.OPEN, AutoReply.INVITE),
        (replace(GROUP, category="officer_complaint", urgency=3), Action.OPEN, AutoReply.INVITE),
        (
            replace(GROUP, category="theft", urgency=3, open_case=replace(MINE, group_id=4)),
            Action.ATTACH,
            AutoReply.INVITE,
        ),
        (
            replace(GROUP, category="theft", urgency=2, open_case=replace(MINE, group_id=4)),
            Action.ATTACH,
            AutoReply.NOTHING,
        ),
        # Small talk.
        (replace(QUIET, origin=Origin.GROUP), Action.IGNORE, AutoReply.NOTHING),
        (
            replace(
                QUIET, origin=Origin.GROUP, sensitive=True, refers_to_person=True, confidence=LOW_CONFIDENCE - 0.01
            ),
            Action.OPEN,
            AutoReply.INVITE,
        ),
        (QUIET, Action.IGNORE, AutoReply.HELLO),
    ],
)
def test_each_rule(facts: MessageFacts, do: Action, say: AutoReply) -> None:
    decision = decide(facts)
    assert (decision.do, decision.reply) == (do, say), decision.reason


def test_yes_helped_and_no_did_not() -> None:
    yes, no = (
        decide(replace(QUIET, words=1, reply=reply, open_case=CLOSED)) for reply in (ShortReply.YES, ShortReply.NO)
    )
    assert (yes.was_helpful, no.was_helpful) == (True, False) and yes.report_id == no.report_id == 70


def test_short_messages_reopen_nothing() -> None:
    small: list[dict[str, Any]] = [
        {"intent": Intent.STATUS_QUESTION},
        {"intent": Intent.CALL},
        {"reply": ShortReply.KIND},
        {"words": 0, "attachment": MessageAttachment.STICKER},
    ]
    assert not any(decide(replace(QUIET, open_case=CLOSED, **item)).resumes for item in small)
    assert decide(replace(QUIET, open_case=CLOSED)).resumes, "the control: a text with information"


@pytest.mark.parametrize(
    ("facts", "seat"),
    [
        (replace(TOLD, place_destination=PLACED, group_destination=HOME), PLACED),
        (replace(TOLD, group_destination=HOME), HOME),
        (TOLD, PROVINCE),
        (replace(ABOUT_POLICE, place_destination=PLACED, group_destination=HOME), Destination(1, 30)),
        (replace(ABOUT_POLICE, group_destination=HOME), Destination(1, 20)),
        (ABOUT_POLICE, PROVINCE),
    ],
)
def test_whose_desk(facts: MessageFacts, seat: Destination) -> None:
    assert decide(facts).destination == seat


def generate_facts() -> Iterator[MessageFacts]:
    """Yield every combination of the inputs, on both sides of each boundary."""
    no_yes = (False, True)
    cases = [None] + [
        replace(MINE, category=category, phase=phase, group_id=group_id, age=age, urgency=3)
        for category in ("theft", "officer_complaint")
        for phase, group_id, age in product(Phase, (0, 4), (Age.HOUR, Age.DAY))
    ]
    fields = ("attachment", "origin", "sensitive", "refers_to_person")
    for relation, words, category, confidence, urgency in product(
        cases,
        (0, 3, 4),
        ("other", "thanks", "traffic", "drugs_gambling", "officer_complaint"),
        (LOW_CONFIDENCE - 0.01, LOW_CONFIDENCE, HIGH_CONFIDENCE),
        (0, 3),
    ):
        some = replace(
            QUIET,
            open_case=relation,
            group_id=4,
            words=words,
            category=category,
            confidence=confidence,
            urgency=urgency,
            reply=ShortReply.YES if relation and relation.is_closed and words == 3 else None,
        )
        yield from (
            replace(some, **dict(zip(fields, values, strict=True)))
            for values in product((MessageAttachment.NONE, MessageAttachment.FILE), Origin, no_yes, no_yes)
        )


def test_every_combination_is_decided_and_each_decision_is_whole() -> None:
    visited: set[Action] = set()
    for facts in generate_facts():
        decision = decide(facts)
        visited.add(decision.do)
        wanted = {
            Action.OPEN: decision.destination is not None and decision.category in CATEGORIES and decision.urgency >= 1,
            Action.ATTACH: facts.open_case is not None and decision.case_id == facts.open_case.case_id,
            Action.RATE: facts.open_case is not None and decision.report_id == facts.open_case.report_id,
            Action.IGNORE: decision.destination is decision.case_id is decision.report_id is None,
        }
        assert wanted[decision.do] and decision.reason, facts
        if facts.in_group:
            assert decision.reply not in {AutoReply.RECEIVED, AutoReply.HELLO, AutoReply.DATA, AutoReply.CHECK}, facts
            assert not (is_sensitive(facts) and decision.reply is AutoReply.GROUP_ACK), facts
        complains = facts.category in PROVINCE_ONLY_CATEGORIES and facts.confidence >= HIGH_CONFIDENCE
        if decision.do is Action.ATTACH and facts.open_case and complains and not is_ongoing_danger(facts.open_case):
            assert facts.open_case.category in PROVINCE_ONLY_CATEGORIES, (
                "a complaint never joins a case that its unit may hold"
            )
        if decision.do is Action.OPEN and facts.category in PROVINCE_ONLY_CATEGORIES:
            assert (
                decision.destination
                and decision.destination.unit_id == PROVINCE.unit_id
                and decision.reply is not AutoReply.GROUP_ACK
            )
    assert visited == {Action.IGNORE, Action.OPEN, Action.ATTACH, Action.RATE}
