"""Answers to citizens' questions in a private chat or on the page whether a number, link or story is a fraud."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import transaction

from binhyen.cases.choices import QUESTION_CATEGORY, SCAM_CATEGORY, State
from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import closing
from binhyen.cases.services.unit_of_work import Actor
from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_to_words
from binhyen.scams import queries
from binhyen.scams.queries import CandidateAnswer
from binhyen.scams.rules.indicators import IndicatorKind, list_checked_candidates
from binhyen.scams.rules.review import Verdict
from binhyen.scams.rules.scripts import SCRIPT_LABELS

# The check box in a chat: which messages only ask about a number or link, and the answer. Pure.

MAX_QUESTION_CHARS: Final = 300
_ASKS: Final = re.compile(
    r"^(?:(?:cho|xin) )?(?:(?:toi|em|minh|chau|con) )?(?:hoi|kiem tra|check|tra cuu|tra|xem giup|xem dum|kt)\b"
    r"|\b(?:co phai|phai|la) (?:la )?(?:lua dao|so lua|lua) (?:khong|ko|k|hong)\b"
    r"|\b(?:lua dao|co that|uy tin|an toan) (?:khong|ko|k|hong|ha|a)\b"
)
_TOLD: Final = re.compile(
    r"\b(?:da|lo|vua|moi) (?:chuyen|gui|nap|dong|mat|bi lua)\b|\bbi lua\b|\bmat tien\b|\bto cao\b"
)
# A demand for money or codes that goes on: an officer must read it, even if the message ends as a question.
_DEMANDED: Final = re.compile(
    r"\b(?:bat|ep|doi|giuc|yeu cau|keu|bao|doa)(?: \w+){0,3} (?:chuyen|nap|gui|dong|nop|cai|doc|cung cap|rut)\b"
    r"|\b(?:dang|sap|dinh|chuan bi) (?:chuyen|nap|gui|dong|nop|rut)\b"
)
_LINES: Final = {
    Verdict.VERIFIED: L_("{value}: công an đã xác nhận LỪA ĐẢO. Đừng chuyển tiền, đừng gọi lại."),
    Verdict.REPORTED: L_("{value}: có {people} người báo lừa đảo, công an chưa xác nhận. Đừng chuyển tiền."),
    Verdict.IMITATION: L_("{value}: mang tên {name} nhưng không phải của họ. Đừng đăng nhập."),
    Verdict.OFFICIAL: L_("{value}: là kênh của {name}, nhưng kẻ gian có thể giả số, giả trang."),
    Verdict.UNKNOWN: L_("{value}: chưa có dữ liệu. Không có nghĩa là an toàn."),
}
_ENDING: Final = L_("Đừng chuyển tiền, đừng đọc mã OTP. Lỡ chuyển rồi: gọi ngân hàng xin chặn ngay, rồi nhắn lại đây.")
_UNNAMED: Final = {  # in the answer to a mere question, which no table records
    IndicatorKind.PHONE: L_("Số bạn hỏi"),
    IndicatorKind.ACCOUNT: L_("Tài khoản bạn hỏi"),
    IndicatorKind.SCRIPT: L_("Chuyện bạn kể"),
}
_UNNAMED_LINK: Final = L_("Đường link bạn hỏi")


def is_check_question(text: str) -> bool:
    """Return whether a short message only asks whether something is a fraud, and reports none."""
    words = fold_to_words(text)
    is_report = _TOLD.search(words) or _DEMANDED.search(words)
    return len(text) <= MAX_QUESTION_CHARS and bool(_ASKS.search(words)) and not is_report


def format_check_line(verdict: Verdict, value: str, *, kind: str, people: int, name: str) -> str:
    """Return the answer about one number, link or script."""
    shown = SCRIPT_LABELS.get(value, value) if kind == IndicatorKind.SCRIPT else value
    return _LINES[verdict].format(value=shown, people=people, name=name)


def list_unnamed_values(kinds: Sequence[str]) -> list[str]:
    """Return words that stand for the values asked about: «Số bạn hỏi», numbered where a kind occurs again."""
    names = [_UNNAMED.get(IndicatorKind(kind), _UNNAMED_LINK) for kind in kinds]
    return [
        f"{name} ({names[: place + 1].count(name)})" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]


def format_check_answer(lines: Sequence[str]) -> str:
    return "\n".join([*lines, _ENDING])


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


def list_checked_cases(case_ids: Iterable[int]) -> list[int]:
    """Return those of the cases that ask about a number, a link or a script of fraud, or name one to warn of."""
    texts: dict[int, list[str]] = {}
    rows = CaseMessage.objects.filter(
        case__in=list(case_ids), detached_at=None, message__ciphertext=None, message__group=None
    )
    for case_id, text in rows.order_by("pk").values_list("case", "message__text"):
        texts.setdefault(case_id, []).append(text)
    words = {case_id: "\n".join(parts) for case_id, parts in texts.items()}
    candidates = {case_id: list_checked_candidates(text) for case_id, text in words.items()}
    named = [(case_id, candidate) for case_id, listed in candidates.items() for candidate in listed]
    results = queries.check_candidates(candidate for _, candidate in named)
    warned = {case_id for (case_id, _), result in zip(named, results, strict=True) if result.verdict in _WARNED}
    return [
        case_id for case_id in words if case_id in warned or (candidates[case_id] and is_check_question(words[case_id]))
    ]


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
