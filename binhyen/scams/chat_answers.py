"""Answers to citizens' questions in a private chat or on the page whether a number, link or story is a fraud."""

import datetime as dt
from typing import Final

from django.db import transaction

from binhyen.cases.choices import QUESTION_CATEGORY, SCAM_CATEGORY, State
from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import closing
from binhyen.cases.services.unit_of_work import Actor
from binhyen.scams import queries
from binhyen.scams.queries import CandidateAnswer
from binhyen.scams.rules.chat_check import (
    format_check_answer,
    format_check_line,
    is_check_question,
    list_unnamed_values,
)
from binhyen.scams.rules.indicators import IndicatorKind, list_checked_candidates
from binhyen.scams.rules.review import Verdict

ANSWER_ACTOR: Final = Actor("system:scams")
CHECKED_CATEGORIES: Final = frozenset({SCAM_CATEGORY, QUESTION_CATEGORY, "other"})
_WARNED: Final = frozenset({Verdict.VERIFIED, Verdict.REPORTED})
_MAX_LINES: Final = 5


class ChatScamCheck:
    """Implementation of `intake/scam_check.py`."""

    def is_question(self, text: str) -> bool:
        return is_check_question(text) and any(
            item.kind != IndicatorKind.SCRIPT for item in list_checked_candidates(text)
        )

    def build_answer(self, text: str) -> str:
        results = queries.check_candidates(list_checked_candidates(text))[:_MAX_LINES]
        values = list_unnamed_values([result.candidate.kind for result in results])
        return format_check_answer([_format_line(*pair) for pair in zip(results, values, strict=True)])


@transaction.atomic
def send_check_answer(*, case_id: int, now: dt.datetime) -> bool:
    """Answer the question of a case; return whether something was sent.

    A mere question is answered and closed. A report stays open for a person and gets a warning only if there is one:
    «chưa có dữ liệu» would read like the police's judgement of it.
    """
    case = Case.objects.filter(
        pk=case_id, category__in=CHECKED_CATEGORIES, state=State.NEW, assignee=None, erased_at=None, is_restricted=False
    ).first()
    if case is None or case.sensitive:
        return False
    rows = CaseMessage.objects.filter(case=case, detached_at=None).select_related("message")
    messages = [row.message for row in rows]
    if not messages or any(message.ciphertext is not None or message.group_id is not None for message in messages):
        return False
    text = "\n".join(message.text for message in messages)
    results = queries.check_candidates(list_checked_candidates(text))
    asks = is_check_question(text)
    shown = results if asks else [result for result in results if result.verdict in _WARNED]
    if not shown:
        return False
    answer = format_check_answer([_format_line(result, _get_shown_value(result)) for result in shown[:_MAX_LINES]])
    if asks:
        return closing.close_with_answer(
            case_id=case_id, version=case.version, text=answer, actor=ANSWER_ACTOR, now=now
        )
    closing.answer_open_case(case_id=case_id, text=answer, actor=ANSWER_ACTOR, now=now)
    return True


def _get_shown_value(result: CandidateAnswer) -> str:
    value = result.candidate.value
    return f"0{value[3:]}" if value.startswith("+84") else value.removesuffix("/")


def _format_line(result: CandidateAnswer, value: str) -> str:
    candidate = result.candidate
    people = result.indicator.reporters if result.indicator else 0
    name = candidate.owner or candidate.imitates
    return format_check_line(result.verdict, value, kind=candidate.kind, people=people, name=name)
