"""States of a procedure, topics, limits and requirements of a draft. Pure."""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from binhyen.kit.i18n_markers import N_

MAX_TITLE_LENGTH: Final = 120
MAX_TEXT_LENGTH: Final = 2000  # of questions, steps, papers and variants each
MAX_LINE_LENGTH: Final = 300
MAX_VARIANTS: Final = 6
DEFAULT_VALIDITY: Final = dt.timedelta(days=365)  # an approved procedure is reviewed once a year
MAX_VALIDITY: Final = dt.timedelta(days=3 * 365)
EXPIRY_NOTICE: Final = dt.timedelta(days=30)


class Topic(StrEnum):
    """Topic under which a procedure stands in the menu."""

    RESIDENCE = "RESIDENCE"
    IDENTITY = "IDENTITY"
    VEHICLE = "VEHICLE"
    LOST = "LOST"
    FIRE = "FIRE"
    BUSINESS = "BUSINESS"
    OTHER = "OTHER"


TOPIC_LABELS: Final = {
    Topic.RESIDENCE: N_("Cư trú, hộ khẩu"),
    Topic.IDENTITY: N_("Căn cước, VNeID"),
    Topic.VEHICLE: N_("Xe cộ, bằng lái"),
    Topic.LOST: N_("Mất, nhặt được"),
    Topic.FIRE: N_("Phòng cháy"),
    Topic.BUSINESS: N_("Kinh doanh"),
    Topic.OTHER: N_("Việc khác"),
}


class ProcedureState(StrEnum):
    """State of one version of a procedure."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REPLACED = "REPLACED"
    WITHDRAWN = "WITHDRAWN"


STATE_LABELS: Final = {
    ProcedureState.DRAFT: N_("Đang soạn"),
    ProcedureState.SUBMITTED: N_("Chờ duyệt"),
    ProcedureState.APPROVED: N_("Đang dùng"),
    ProcedureState.REPLACED: N_("Đã có bản mới"),
    ProcedureState.WITHDRAWN: N_("Đã rút"),
}
UNAPPROVED_STATES: Final = frozenset({ProcedureState.DRAFT, ProcedureState.SUBMITTED})
ENDED_STATES: Final = frozenset({ProcedureState.REPLACED, ProcedureState.WITHDRAWN})


class ProcedureAction(StrEnum):
    """Action that changes the state of a procedure."""

    SUBMIT = "SUBMIT"
    SEND_BACK = "SEND_BACK"
    APPROVE = "APPROVE"
    REPLACE = "REPLACE"
    WITHDRAW = "WITHDRAW"


TRANSITIONS: Final[dict[tuple[ProcedureState, ProcedureAction], ProcedureState]] = {
    (ProcedureState.DRAFT, ProcedureAction.SUBMIT): ProcedureState.SUBMITTED,
    (ProcedureState.DRAFT, ProcedureAction.WITHDRAW): ProcedureState.WITHDRAWN,
    (ProcedureState.SUBMITTED, ProcedureAction.SEND_BACK): ProcedureState.DRAFT,
    (ProcedureState.SUBMITTED, ProcedureAction.APPROVE): ProcedureState.APPROVED,
    (ProcedureState.APPROVED, ProcedureAction.REPLACE): ProcedureState.REPLACED,
    (ProcedureState.APPROVED, ProcedureAction.WITHDRAW): ProcedureState.WITHDRAWN,
}


def find_next_procedure_state(state: str, action: ProcedureAction) -> ProcedureState | None:
    """Return the state after the action; None where the state does not allow it."""
    return TRANSITIONS.get((ProcedureState(state), action))


@dataclass(frozen=True, slots=True)
class Variant:
    """A case in which the answer differs. `words`: phrases of a question that tell it."""

    label: str
    words: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ProcedureContent:
    """Text of a procedure. `questions`, `steps`, `papers`: one item a line; `ask`: the question between variants."""

    topic: str
    title: str
    questions: str
    steps: str
    papers: str
    fee: str
    duration: str
    place: str
    hours: str
    ask: str
    variants: tuple[Variant, ...]
    source: str
    source_url: str
    source_on: dt.date | None
    valid_from: dt.date | None
    valid_to: dt.date | None


def split_lines(text: str) -> tuple[str, ...]:
    """Return the lines that are not empty."""
    return tuple(filter(None, (line.strip() for line in text.splitlines())))


def find_content_problem(content: ProcedureContent) -> str:
    """Return why the text cannot be stored, in Vietnamese; empty for a complete one."""
    long_texts = (content.questions, content.steps, content.papers)
    short_texts = (content.fee, content.duration, content.place, content.hours, content.ask, content.source)
    problems = (
        (content.topic not in set(Topic), N_("Hãy chọn nhóm việc.")),
        (not 5 <= len(content.title) <= MAX_TITLE_LENGTH, N_("Tên thủ tục dài từ 5 đến 120 chữ cái.")),
        (len(split_lines(content.questions)) < 3, N_("Ghi ít nhất ba câu người dân hay hỏi, mỗi dòng một câu.")),
        (not content.steps or not content.place, N_("Hãy ghi cách làm và nơi làm.")),
        (max(map(len, long_texts)) > MAX_TEXT_LENGTH, N_("Mỗi ô dài không quá 2.000 chữ cái.")),
        (max(map(len, short_texts)) > MAX_LINE_LENGTH, N_("Mỗi ô ngắn dài không quá 300 chữ cái.")),
        (not content.source or content.source_on is None, N_("Chưa có căn cứ: ghi tên văn bản và ngày ban hành.")),
        (not is_web_address(content.source_url), N_("Địa chỉ của căn cứ bắt đầu bằng https://.")),
        (content.valid_from is None, N_("Hãy ghi ngày bắt đầu áp dụng.")),
        (has_reversed_validity(content), N_("Ngày hết áp dụng phải sau ngày bắt đầu.")),
        (len(content.variants) > MAX_VARIANTS, N_("Nhiều nhất sáu trường hợp riêng.")),
        (bool(content.variants) != bool(content.ask), N_("Câu hỏi thêm và các trường hợp riêng đi cùng nhau.")),
        (any(len(item.text) > MAX_LINE_LENGTH or not item.words for item in content.variants), VARIANT_HINT),
    )
    return next((text for is_wrong, text in problems if is_wrong), "")


VARIANT_HINT: Final = N_("Mỗi trường hợp riêng một dòng: tên | từ hay dùng, cách nhau dấu phẩy | lời đáp.")


def has_reversed_validity(content: ProcedureContent) -> bool:
    return content.valid_from is not None and content.valid_to is not None and content.valid_to <= content.valid_from


def is_web_address(address: str) -> bool:
    """Return whether it is an https address with a host, without credentials, of at most 300 letters."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and "." in host and "@" not in parts.netloc and len(address) <= MAX_LINE_LENGTH


def choose_end(valid_to: dt.date | None, valid_from: dt.date, approved_on: dt.date) -> dt.date:
    """Return the last day of an approved procedure: as wished, at most three years; a year by default."""
    start = max(valid_from, approved_on)
    return min(valid_to or start + DEFAULT_VALIDITY, start + MAX_VALIDITY)


def is_valid_on(day: dt.date, valid_from: dt.date, valid_to: dt.date | None) -> bool:
    """Return whether a procedure may be answered on that day."""
    return valid_from <= day and (valid_to is None or day <= valid_to)


def parse_variants(text: str) -> tuple[Variant, ...]:
    """Parse the editor's lines «label | words, words | text». Raises ValueError for a line of another shape."""
    variants = []
    for line in split_lines(text):
        label, words, answer = (part.strip() for part in line.split("|"))
        variants.append(Variant(label, tuple(filter(None, map(str.strip, words.split(",")))), answer))
    return tuple(variants)


def format_variants(variants: Sequence[Variant]) -> str:
    """Return the editor's lines of `parse_variants`."""
    return "\n".join(f"{item.label} | {', '.join(item.words)} | {item.text}" for item in variants)


# The shipped library of procedures, as data.

_FILE = Path(__file__).parents[1] / "data" / "library.toml"


@lru_cache(maxsize=1)
def load_library() -> tuple[int, Mapping[str, ProcedureContent]]:
    """Return the revision of the library, and key → text of each procedure."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return document["revision"], {row["key"]: _build_content(row, document) for row in document["procedure"]}


def _build_content(row: Mapping[str, Any], document: Mapping[str, Any]) -> ProcedureContent:
    source = document["sources"].get(row.get("source", ""), {})
    defaults = document["defaults"]
    valid_from: dt.date = row.get("valid_from", source.get("from"))
    return ProcedureContent(
        topic=row["topic"],
        title=row["title"],
        questions=row["questions"].strip(),
        steps=row["steps"].strip(),
        papers=row["papers"].strip(),
        fee=row["fee"],
        duration=row["duration"],
        place=row.get("place", defaults["place"]),
        hours=row.get("hours", defaults["hours"]),
        ask=row.get("ask", ""),
        variants=tuple(Variant(item["label"], tuple(item["words"]), item["text"]) for item in row.get("variants", ())),
        source=row.get("source_text", source.get("text", "")),
        source_url=row.get("source_url", source.get("url", "")),
        source_on=row.get("source_on", source.get("on")),
        valid_from=valid_from,
        valid_to=None,
    )
