"""Features of one report, ready to be compared with those of many other reports."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import align
from binhyen.language.concepts import find_word_classes
from binhyen.language.dedup.event_time import Span, parse_event_span
from binhyen.language.dedup.idf import MIN_NAME_IDF, idf, is_common
from binhyen.language.distinctive_ids import is_distinctive
from binhyen.language.phrase_trie import word_set
from binhyen.language.places import Gazetteer
from binhyen.language.places.types import kind_group
from binhyen.language.reading import Entity
from binhyen.language.report_profile import Profile, extract_profile
from binhyen.language.tokenizer import DATA, read_table, tokenize

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
