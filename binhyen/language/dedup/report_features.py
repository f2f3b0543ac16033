"""Features of one report, ready to be compared with those of many other reports."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from binhyen.kit.text import fold
from binhyen.language.aligned_text import look
from binhyen.language.concepts import kinds_of
from binhyen.language.dedup.event_time import Span, happened
from binhyen.language.dedup.idf import TELLING, common, rare
from binhyen.language.distinctive_ids import tells_one
from binhyen.language.phrase_trie import bag
from binhyen.language.places import Gazetteer
from binhyen.language.places.types import group_of
from binhyen.language.reading import Entity
from binhyen.language.report_profile import Profile, profile
from binhyen.language.tokenizer import DATA, read_table, words

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
_BEFORE_PLACES: Final = bag("""
    quan nga ben nha cho truong thon xom khe ho cau bar deo doc duong ngo hem ru bai bien song kho tiem chua dap cong
    khu khoi lang vung xang tro gach trai xuong hang san vong xuyen ban dinh mieu benh vien tram ga cang lo nghia dia
    to tdp ql
    """)
_BEFORE_PEOPLE: Final = bag("ong ba chi anh chu co bac thang con o me cu bo di mu")
_PLACE_WORDS = 3  # words after the one that introduces a place
_ENDS: Final = re.compile(r"\b(?:duoi|so cuoi|cuoi la) (?:so |la )?(\d{3,5})\b")  # «số đuôi 337»
_MOST_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Told:
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

    def without(self, norms: Collection[str]) -> "Told":
        """Return a copy in which these numbers and links (lower case) are not distinctive."""
        return replace(self, keys=frozenset(key for key in self.keys if key.partition(":")[2].lower() not in norms))


def told(
    text: str,
    at: datetime,
    group: str | None,
    chances: Mapping[str, float],
    entities: Sequence[Entity],
    gazetteer: Gazetteer,
    point: tuple[float, float] | None = None,
) -> Told:
    """Extract the features of one report. `group`: commune code, or the group's name if unknown. Bounded work."""
    near = group if group in gazetteer.communes else None
    seen = profile(text, gazetteer, near, entities)
    tokens = [token for token in words(text).tokens[:_MOST_TOKENS] if not token.startswith("#")]
    communes = seen.communes or ((near,) if near else ())
    beside = {code for c in communes if c in gazetteer.communes for code in gazetteer.communes[c].neighbours}
    follows = _follows(" ".join(tokens))
    return Told(
        at=at,
        group=group,
        chances=chances,
        window=_window(chances),
        profile=seen,
        keys=frozenset(f"{e.type}:{e.norm}" for e in entities if tells_one(e)),
        communes=frozenset(communes),
        named=bool(seen.communes),
        home=frozenset(word for code in communes for word in fold(gazetteer.commune_name(code)).split()),
        area=frozenset(communes) | beside,
        words=frozenset(token for token in tokens if not common(token)),
        pairs=frozenset(f"{a} {b}" for a, b in pairwise(tokens) if not (common(a) and common(b))),
        anchors=_anchors(tokens) | _named(entities),
        spots=frozenset(s for s in seen.places if len(s) > 2 and not gazetteer.is_unit(s)),
        parts=frozenset(s for s in seen.places if _former(s, gazetteer)),
        kinds=frozenset(kind for kinds, _, _ in kinds_of(tokens) for kind in kinds),
        refers="refers" in follows,
        again="lai" in tokens[:3] or "again" in follows,
        ends=frozenset(_ENDS.findall(fold(text))),
        span=happened([str(e.norm) for e in entities if e.type == "TIME"], at),
        point=point,
    )


def _follows(said: str) -> frozenset[str]:
    """Return the signs of `follow.tsv` that occur in the folded words."""
    return frozenset(sign for sign, phrases in _following().items() if phrases.search(said))


@lru_cache(maxsize=1)
def _following() -> dict[str, re.Pattern[str]]:
    by: dict[str, list[str]] = {}
    for row in read_table(DATA / "follow.tsv"):
        by.setdefault(row["sign"], []).append(row["phrase"])
    return {sign: re.compile(rf"\b(?:{'|'.join(phrases)})\b") for sign, phrases in by.items()}


def _former(name: str, gazetteer: Gazetteer) -> bool:
    """Return True for a former commune: now a part of one, as exact as people name it."""
    communes = [place for place in gazetteer.named(name) if group_of(place.kind) == "commune"]
    return bool(communes) and all(place.old for place in communes)


def _window(chances: Mapping[str, float]) -> float:
    """Return hours, a weighted geometric mean: a doubtful category must not stretch a fight to a week."""
    total = sum(chances.values()) or 1.0
    return math.exp(sum(p * math.log(WINDOWS.get(name, 24)) for name, p in chances.items()) / total)


def _anchors(tokens: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for index, token in enumerate(tokens):
        if token in _BEFORE_PLACES:
            found.update(tokens[index + 1 : index + 1 + _PLACE_WORDS])
        elif token in _BEFORE_PEOPLE:
            found.update(tokens[index + 1 : index + 2])
    return frozenset(token for token in found if rare(token) > TELLING)


def _named(entities: Sequence[Entity]) -> frozenset[str]:
    names = (e.text for e in entities if e.type in ("PLACE", "PERSON"))
    return frozenset(word for name in names for word in look(name).words if rare(word) > TELLING)
