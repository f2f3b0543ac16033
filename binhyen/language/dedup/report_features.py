"""Features of one report, ready to be compared with those of many other reports."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import align
from binhyen.language.concepts import find_word_classes
from binhyen.language.distinctive_ids import is_distinctive
from binhyen.language.entities.gazetteers import read_rows_of
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.types import kind_group
from binhyen.language.reading import Entity
from binhyen.language.report_profile import Profile, extract_profile
from binhyen.language.tokenizer import DATA, read_table, tokenize

# Time of an incident from the wording of a report: «tối qua hơn 10h», «từ 2h chiều», «hôm thứ 2». Pure.

Span = tuple[datetime, datetime]

_VIETNAM: Final = timezone(timedelta(hours=7))
# Parts of the day: from, to, in hours after midnight; a night extends into the next day.
_PARTS: Final = (
    ("rang sang", 2.0, 6.5),
    ("mo sang", 4.0, 6.5),
    ("sang som", 4.0, 7.5),
    ("nua dem", 22.0, 27.0),
    ("khuya", 21.0, 28.0),
    ("dem", 20.0, 29.0),
    ("sang", 4.0, 11.5),
    ("trua", 10.5, 14.0),
    ("chieu", 12.5, 19.0),
    ("toi", 17.5, 24.0),
    ("tui (?:ni|qua|hom)", 17.5, 24.0),
)
_CLOCK: Final = re.compile(
    r"\b(\d{1,2})(?: ?(?:h|gio|g)(?: ?(\d{2}))?\b|[:](\d{2})\b)( ?(?:ruoi|kem))?|\b(\d{1,2}) ruoi"
)
_WEEKDAY: Final = re.compile(r"\b(?:thu ?([2-7])|t([2-7])|(cn|chu nhat))\b")
_NOT_YET: Final = re.compile(r"\b(?:mai|mot|sap|toi day|sau|tuan toi|thang|nao|hang|moi)\b")
_JUST: Final = re.compile(r"\b(?:hoi|luc|khi) (?:nay|ni|hoi)\b|\bvua (?:nay|roi|xong)\b|\bban nay\b")
_RECENT_DAYS: Final = re.compile(r"\b(?:hom|bua|dot|ngay) (?:truoc|bua|no|noi)\b")
_SINCE: Final = re.compile(r"\b(?:tu|suot)\b")
_CLOCK_TOLERANCE: Final = timedelta(minutes=45)  # people round clock times
_JUST_NOW: Final = timedelta(hours=2)


def parse_event_span(times: Iterable[str], posted: datetime) -> Span | None:
    """Return the time of the incident by the first folded TIME expression that gives one; None if there is none."""
    now = posted.astimezone(_VIETNAM)
    for words in times:
        span = _parse_span(words, now)
        if span is not None:
            return span
    return None


def hours_between_events(
    first_span: Span | None, posted: datetime, second_span: Span | None, posted_too: datetime
) -> float:
    """Return the hours between two incidents, by the stated time of a report or else its posting time."""
    first, second = first_span or (posted, posted), second_span or (posted_too, posted_too)
    total_hours = (first[1] - first[0] + second[1] - second[0]).total_seconds() / 3600
    return hours_between(first, second) + total_hours / 4


def hours_between(left: Span, right: Span) -> float:
    """Return the hours between two spans, 0 if they overlap."""
    apart = max(left[0], right[0]) - min(left[1], right[1])
    return max(0.0, apart.total_seconds() / 3600)


def _parse_span(words: str, now: datetime) -> Span | None:
    if _NOT_YET.search(words):
        return None
    if _JUST.search(words) and not _CLOCK.search(words):
        return now - _JUST_NOW, now
    days = _parse_days_ago(words, now)
    part = next(((start, end) for name, start, end in _PARTS if re.search(rf"\b{name}\b", words)), None)
    clock = _CLOCK.search(words)
    if days is None and _RECENT_DAYS.search(words):
        return now - timedelta(days=5), now - timedelta(hours=8)
    if days is None and part is None and clock is None:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days or 0)
    if clock is not None:
        span = _span_at_clock(clock, part, midnight)
        if span is None:
            return None
    elif part is not None:
        span = midnight + timedelta(hours=part[0]), midnight + timedelta(hours=part[1])
    else:
        span = midnight, midnight + timedelta(days=1)
    if span[0] > now:
        if days:
            return None
        span = span[0] - timedelta(days=1), span[1] - timedelta(days=1)
    return (span[0], now) if _SINCE.search(words) else (span[0], min(span[1], now))


def _parse_days_ago(words: str, now: datetime) -> int | None:
    if re.search(r"\bhom kia\b", words):
        return 2
    if re.search(r"\bqua\b", words) and not re.search(r"\bqua (?:\d|nua)", words):
        return 1
    weekday = _WEEKDAY.search(words)
    if weekday:
        wanted = 6 if weekday[3] else int(weekday[1] or weekday[2]) - 2
        return (now.weekday() - wanted) % 7
    return 0 if re.search(r"\b(?:nay|ni|hom nay)\b", words) else None


def _span_at_clock(clock: "re.Match[str]", part: tuple[float, float] | None, midnight: datetime) -> Span | None:
    """Return the span around a clock time; in the evening «10h» is 22, at night «2h» is of the next day."""
    hour = float(clock[1] or clock[5])
    if hour > 24:
        return None
    hour += int(clock[2] or clock[3] or 0) / 60 + (0.5 if clock[5] or (clock[4] or "").strip() == "ruoi" else 0)
    if part is not None:
        fitting = [candidate for candidate in (hour, hour + 12, hour + 24) if part[0] - 1 <= candidate <= part[1] + 1]
        hour = fitting[0] if fitting else hour
    moment = midnight + timedelta(hours=hour)
    return moment - _CLOCK_TOLERANCE, moment + _CLOCK_TOLERANCE


# Inverse document frequency of words over the training messages.

TABLE = "rarity.tsv"
MIN_NAME_IDF = 0.35  # idf above which a word may name a place or a person
_COMMON_SHARE = 0.06  # A word in a larger share of all messages does not distinguish one from another.


@lru_cache(maxsize=1)
def _load_counts() -> tuple[int, dict[str, int]]:
    """Return the number of messages counted, and how many of them hold each folded word or pair of words."""
    counts = {row[0]: int(row[1]) for row in read_rows_of(TABLE)}
    return counts.pop("*"), counts


def idf(gram: str) -> float:
    """Return the idf: 0 for a word in every message, about 1 for one in none; `gram` is one folded word or two."""
    messages, counts = _load_counts()
    return math.log((messages + 1) / (counts.get(gram, 0) + 0.5)) / math.log(messages + 1)


def is_common(word: str) -> bool:
    """Return True for a word so frequent that sharing it means nothing."""
    messages, counts = _load_counts()
    return counts.get(word, 0) > messages * _COMMON_SHARE


@lru_cache(maxsize=8192)
def idf_weight(gram: str) -> float:
    """Return the weight of sharing `gram`: its squared idf."""
    return idf(gram) ** 2


# Hours within which reports of a category can be about one incident.
WINDOWS: Final[dict[str, float]] = {
    "violence": 3,
    "theft": 24,
    "traffic": 4,
    "fire": 4,
    "scam": 168,
    "missing_person": 72,
    "found_person": 48,
    "drugs_gambling": 48,
    "public_order": 24,
    "environment_noise": 12,
    "officer_complaint": 48,
    "weapon_handover": 24,
    "welfare": 96,
    "lost_item": 72,
    "found_item": 72,
    "other": 72,
    "admin_question": 6,
    "thanks": 24,
}
# A name often follows these words, even if no PLACE or PERSON was recognised: «quán Bờ Hồ», «ông Lương».
_PLACE_CUES: Final = word_set("""
    quan nga ben nha cho truong thon xom khe ho cau bar deo doc duong ngo hem ru bai bien song kho tiem chua dap cong
    khu khoi lang vung xang tro gach trai xuong hang san vong xuyen ban dinh mieu benh vien tram ga cang lo nghia dia
    to tdp ql
    """)
_PERSON_CUES: Final = word_set("ong ba chi anh chu co bac thang con o me cu bo di mu")
_MAX_PLACE_WORDS = 3  # words after the one that introduces a place
_NUMBER_END: Final = re.compile(r"\b(?:duoi|so cuoi|cuoi la) (?:so |la )?(\d{3,5})\b")  # «số đuôi 337»
_MAX_TOKENS = 400


@dataclass(frozen=True, slots=True)
class ReportFeatures:
    """Comparable features of one report.

    `chances`: probability of each likely category. `window`: hours that such an incident lasts. `area`: communes it may
    concern and their neighbours. `keys`: distinctive numbers and links. `anchors`: words that may name a place or a
    person; `spots`: places more exact than a commune. `named`: the text itself names the commune. `home`: words of the
    communes' own names. `point`: latitude and longitude sent with the report. `parts`: former communes named; `ends`:
    last digits of a number; `span`: time of the event as stated in the text.
    """

    at: datetime
    group: str | None
    chances: Mapping[str, float]
    window: float
    profile: Profile
    keys: frozenset[str]
    communes: frozenset[str]
    named: bool
    home: frozenset[str]
    area: frozenset[str]
    words: frozenset[str]
    pairs: frozenset[str]
    anchors: frozenset[str]
    spots: frozenset[str]
    parts: frozenset[str]
    kinds: frozenset[str]
    refers: bool
    again: bool
    ends: frozenset[str] = frozenset()
    span: Span | None = None
    point: tuple[float, float] | None = None

    def without_identifiers(self, norms: Collection[str]) -> "ReportFeatures":
        """Return a copy in which these numbers and links (lower case) are not distinctive."""
        return replace(self, keys=frozenset(key for key in self.keys if key.partition(":")[2].lower() not in norms))


def extract_report_features(
    text: str,
    posted_at: datetime,
    group: str | None,
    chances: Mapping[str, float],
    entities: Sequence[Entity],
    gazetteer: Gazetteer,
    point: tuple[float, float] | None = None,
) -> ReportFeatures:
    """Extract the features of one report. `group`: commune code, or the group's name if unknown. Bounded work."""
    near = group if group in gazetteer.communes else None
    report_profile = extract_profile(text, gazetteer, near, entities)
    tokens = [token for token in tokenize(text).tokens[:_MAX_TOKENS] if not token.startswith("#")]
    communes = report_profile.communes or ((near,) if near else ())
    neighbours = {
        code
        for commune_code in communes
        if commune_code in gazetteer.communes
        for code in gazetteer.communes[commune_code].neighbours
    }
    follows = _find_follow_up_signs(" ".join(tokens))
    return ReportFeatures(
        at=posted_at,
        group=group,
        chances=chances,
        window=_estimate_window(chances),
        profile=report_profile,
        keys=frozenset(f"{entity.type}:{entity.norm}" for entity in entities if is_distinctive(entity)),
        communes=frozenset(communes),
        named=bool(report_profile.communes),
        home=frozenset(word for code in communes for word in fold_text(gazetteer.commune_name(code)).split()),
        area=frozenset(communes) | neighbours,
        words=frozenset(token for token in tokens if not is_common(token)),
        pairs=frozenset(
            f"{left} {right}" for left, right in pairwise(tokens) if not (is_common(left) and is_common(right))
        ),
        anchors=_find_anchors(tokens) | _find_name_words(entities),
        spots=frozenset(place for place in report_profile.places if len(place) > 2 and not gazetteer.is_unit(place)),
        parts=frozenset(place for place in report_profile.places if _is_former_commune(place, gazetteer)),
        kinds=frozenset(kind for kinds, _, _ in find_word_classes(tokens) for kind in kinds),
        refers="refers" in follows,
        again="lai" in tokens[:3] or "again" in follows,
        ends=frozenset(_NUMBER_END.findall(fold_text(text))),
        span=parse_event_span([str(entity.norm) for entity in entities if entity.type == "TIME"], posted_at),
        point=point,
    )


def _find_follow_up_signs(folded_text: str) -> frozenset[str]:
    """Return the signs of `follow.tsv` that occur in the folded words."""
    return frozenset(sign for sign, phrases in _load_follow_up_patterns().items() if phrases.search(folded_text))


@lru_cache(maxsize=1)
def _load_follow_up_patterns() -> dict[str, re.Pattern[str]]:
    phrases_by_sign: dict[str, list[str]] = {}
    for row in read_table(DATA / "follow.tsv"):
        phrases_by_sign.setdefault(row["sign"], []).append(row["phrase"])
    return {sign: re.compile(rf"\b(?:{'|'.join(phrases)})\b") for sign, phrases in phrases_by_sign.items()}


def _is_former_commune(name: str, gazetteer: Gazetteer) -> bool:
    """Return True for a former commune: now a part of one, as exact as people name it."""
    communes = [place for place in gazetteer.find_by_name(name) if kind_group(place.kind) == "commune"]
    return bool(communes) and all(place.old for place in communes)


def _estimate_window(chances: Mapping[str, float]) -> float:
    """Return hours, a weighted geometric mean: a doubtful category must not stretch a fight to a week."""
    total = sum(chances.values()) or 1.0
    return math.exp(sum(chance * math.log(WINDOWS.get(name, 24)) for name, chance in chances.items()) / total)


def _find_anchors(tokens: Sequence[str]) -> frozenset[str]:
    candidates: set[str] = set()
    for index, token in enumerate(tokens):
        if token in _PLACE_CUES:
            candidates.update(tokens[index + 1 : index + 1 + _MAX_PLACE_WORDS])
        elif token in _PERSON_CUES:
            candidates.update(tokens[index + 1 : index + 2])
    return frozenset(token for token in candidates if idf(token) > MIN_NAME_IDF)


def _find_name_words(entities: Sequence[Entity]) -> frozenset[str]:
    names = (entity.text for entity in entities if entity.type in ("PLACE", "PERSON"))
    return frozenset(word for name in names for word in align(name).words if idf(word) > MIN_NAME_IDF)
