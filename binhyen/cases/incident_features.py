"""Features that intake compares: open cases of a sender, and one report beside another. Pure."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from binhyen.language.aligned_text import align
from binhyen.language.dedup.report_features import MIN_NAME_IDF, ReportFeatures, extract_report_features, idf
from binhyen.language.entities.place_cues import LANDMARK, TITLES, TYPES
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import DANGER, Entity
from binhyen.language.tokenizer import tokenize

# Place words at least as wide as a hamlet: two separate dangers fit into such a place.
_WIDE_PLACES = word_set("""
    song bien bai nui ru rung de deo doc ho kenh ngoi dong canh khu kcn kkt kdt cum ccn dao hon cang cua doi bau thon
    xom to tdp khoi lang ban ap doi tieu duong pho ql tl quoc tinh huong dai cao km p x h xa phuong thi huyen tp tt
    """)
_SHOP_NAME_WORDS = 2  # words: «quán bà Tình»
# Calls for help and function words: they say nothing about the incident.
_CALL_WORDS = word_set("""
    a ad ai alo an anh ba bac ban ben can cac cap chi chinh cho chu co con cong cua cuu da dan dang day de di dia do
    du em gap giup giu goi gui ho hom kia lam lap len luc ma may minh moi nay ngay nghi nguoi nha nhe nhanh ni o oi qua
    quyen ra rat roi sang sao tai te thay thi thoi tin toi tren trong tuc va voi vua xin xuong
    """)


class Phase(StrEnum):
    """The progress of an open case that matters to a further message of its reporter."""

    UNTOUCHED = "UNTOUCHED"  # new, not assigned, and reported by one person
    IN_PROGRESS = "IN_PROGRESS"
    WAITING = "WAITING"  # an officer asked a question and waits
    CLOSED = "CLOSED"  # recently enough that a new message reopens it
    RATED = "RATED"  # closed, and the reporter has rated the outcome


class Age(IntEnum):
    """The time since a case was last updated."""

    MINUTES = 0  # a quarter of an hour
    HOUR = 1
    DAY = 2
    OLDER = 3


class IntakeQuestion(StrEnum):
    """The question that intake asked shortly ago."""

    NONE = "NONE"
    UNANSWERED = "UNANSWERED"
    PLACE_MISSING = "PLACE_MISSING"  # follow-ups came, but no place in them


class Secrecy(StrEnum):
    """Who may read a case."""

    ORDINARY = "ORDINARY"
    SENSITIVE = "SENSITIVE"
    SEALED = "SEALED"  # its messages are sealed or will be: a group tip, and private follow-ups of it
    RESTRICTED = "RESTRICTED"  # a complaint about police: follow-ups are sealed on arrival


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case of the sender, or one closed so recently that a new message reopens it.

    `group_id`: the group of the report, 0 if private; `asked_at`: time of our last question, seconds of the epoch;
    `first_urgency`: when it was opened.
    """

    case_id: int
    category: str
    urgency: int
    report_id: int
    unit_id: int = 0
    commune_id: int | None = None  # None: place unknown
    group_id: int = 0
    phase: Phase = Phase.IN_PROGRESS
    age: Age = Age.OLDER
    secrecy: Secrecy = Secrecy.ORDINARY
    question: IntakeQuestion = IntakeQuestion.NONE
    asked_at: float = 0.0
    first_urgency: int = DANGER
    officer_asked: bool = False  # an officer asked within a day: the next message is the answer
    is_page_case: bool = True  # for messages of a status page: it is that report's case, not one derived from it

    @property
    def is_private(self) -> bool:
        return not self.group_id

    @property
    def is_waiting(self) -> bool:
        return self.phase is Phase.WAITING

    @property
    def is_closed(self) -> bool:
        return self.phase in (Phase.CLOSED, Phase.RATED)

    @property
    def has_question(self) -> bool:
        return self.question is not IntakeQuestion.NONE

    @property
    def has_place(self) -> bool:
        return self.commune_id is not None

    @property
    def is_restricted(self) -> bool:
        return self.secrecy is Secrecy.RESTRICTED

    @property
    def is_sealed(self) -> bool:
        return self.secrecy is Secrecy.SEALED or (self.is_restricted and not self.is_private)

    @property
    def is_sensitive(self) -> bool:
        return self.secrecy is not Secrecy.ORDINARY

    @property
    def was_raised(self) -> bool:
        """Whether a later message raised it to a danger."""
        return self.urgency >= DANGER > self.first_urgency


@dataclass(frozen=True, slots=True)
class Incident:
    """Features that decide whether two reports may be of one incident. `case_id` 0: no case yet.

    `keys`: plates, accounts, papers, phones of a new report, normalized as in `search_text`; `is_complaint`: in a lane
    whose cases are never merged; `version`: of the case.
    """

    case_id: int
    category: str
    urgency: int
    sensitive: bool
    is_complaint: bool
    unit_id: int
    commune_id: int | None
    at: dt.datetime
    folded: str
    keys: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class ReportMessage:
    """A message of one reporter on a case, with the result of the reader.

    `is_first`: the message that opened the case; `top`: likely categories and their probabilities; `entities`: as the
    reader returned them.
    """

    message_id: int
    opening: bool
    text: str
    at: dt.datetime
    category: str
    top: str  # JSON as stored: most of it was parsed before
    entities: str
    point: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class IncidentFeatures:
    """Features of one report text, ready to be compared.

    `learned_features`: for the learned model; `text`: the normalized text; `spots`: its places finer than a hamlet, as
    written («quan hai xom», «ong tinh»); `content_words`: the words other than places and calls for help.
    """

    learned_features: ReportFeatures
    text: str
    spots: frozenset[str]
    matter: frozenset[str]

    def ignore_identifiers(self, norms: Collection[str]) -> "IncidentFeatures":
        """Return a copy that ignores these numbers and links (lower case)."""
        return replace(self, learned_features=self.learned_features.without_identifiers(norms))

    def mentions_spot(self, spot: str) -> bool:
        return f" {spot} " in f" {self.text} "


def extract_features(
    text: str,
    sent_at: dt.datetime,
    commune: str | None,
    chances: Mapping[str, float],
    entities: Sequence[Entity],
    gazetteer: Gazetteer,
    point: tuple[float, float] | None = None,
) -> IncidentFeatures:
    """Extract the features of one report, as the learned model needs them."""
    places = [_normalize(entity.text) for entity in entities if entity.type == "PLACE"]
    normalized = _normalize(text)
    content = f" {normalized} "
    for place in sorted(places, key=len, reverse=True):
        content = content.replace(f" {place} ", " ")
    return IncidentFeatures(
        learned_features=extract_report_features(text, sent_at, commune, chances, entities, gazetteer, point),
        text=normalized,
        spots=frozenset(_find_named_places(entities, gazetteer)) | frozenset(_find_house_owners(text, entities)),
        matter=frozenset(content.replace(" cuu hoa ", " ").split()) - _CALL_WORDS,
    )


def _normalize(text: str) -> str:
    return " ".join(tokenize(text).tokens)


def _find_named_places(entities: Sequence[Entity], gazetteer: Gazetteer) -> Iterator[str]:
    """Find named places (shop, crossroads, bridge), and their bare name where no hamlet has it.

    «quán karaoke Ruby» yields «quán Ruby» as well.
    """
    for entity in entities:
        view = align(entity.text)
        typed = TYPES.find(view, 0) if entity.type == "PLACE" and view.words else None
        if (
            typed is not None
            and typed[0] < len(view.words)
            and (typed[1] == LANDMARK or view.words[0] not in _WIDE_PLACES)
        ):
            yield _normalize(entity.text)
            name = " ".join(view.words[typed[0] :])
            if not gazetteer.find_by_name(name) and (" " in name or idf(name) > MIN_NAME_IDF):
                yield name


def _find_house_owners(text: str, entities: Sequence[Entity]) -> Iterator[str]:
    """Find the owners of a house or inn: «ông Tính», «quán cháo Bà Tình»."""
    for entity in entities:
        preceding = _normalize(text[: entity.start]).split()[-1:]
        if entity.type == "PERSON" and preceding and preceding[0] in TITLES:
            yield f"{preceding[0]} {_normalize(entity.text)}"
        elif entity.type == "PLACE":
            place_words = _normalize(entity.text).split()
            if (
                len(place_words) > _SHOP_NAME_WORDS and place_words[-2] in TITLES and place_words[-3] != "nga"
            ):  # «ngã ba Nghèn»
                yield " ".join(place_words[-2:])
