"""What intake needs to know of a case somebody told of before, and of one telling beside another. Pure."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from binhyen.language.entities.placewords import LANDMARK, TITLES, TYPES
from binhyen.language.phrases import bag
from binhyen.language.places import Gazetteer
from binhyen.language.reading import Entity
from binhyen.language.together import Told, told
from binhyen.language.together.rarity import TELLING, rare
from binhyen.language.view import look
from binhyen.language.words import words

# In whole or in part as wide as a hamlet: two dangers find room there.
_WIDE = bag("""
    song bien bai nui ru rung de deo doc ho kenh ngoi dong canh khu kcn kkt kdt cum ccn dao hon cang cua doi bau thon
    xom to tdp khoi lang ban ap doi tieu duong pho ql tl quoc tinh huong dai cao km p x h xa phuong thi huyen tp tt
    """)
_SHOP = 2  # words: «quán bà Tình»
# Calls for somebody, and what makes a sentence: they tell nothing of what happens.
_CALLS = bag("""
    a ad ai alo an anh ba bac ban ben can cac cap chi chinh cho chu co con cong cua cuu da dan dang day de di dia do
    du em gap giup giu goi gui ho hom kia lam lap len luc ma may minh moi nay ngay nghi nguoi nha nhe nhanh ni o oi qua
    quyen ra rat roi sang sao tai te thay thi thoi tin toi tren trong tuc va voi vua xin xuong
    """)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case the sender told of before. `closed`: already closed, lately enough to be reopened by a new word."""

    case_id: int
    category: str
    urgency: int
    waiting: bool  # an officer asked and waits
    closed: bool
    report_id: int
    private: bool  # told in private, not in the group
    recent: bool = False  # something happened on it within the hour
    unit_id: int = 0
    placed: bool = True  # its commune is known
    apart: bool = False  # a complaint about police: what follows is sealed as it comes
    asked: bool = False  # intake asked by itself a short while ago, and nothing came yet, or no place
    heard: bool = False  # something came since it was opened
    rated: bool = False  # they have said whether its end helped
    sensitive: bool = False
    fresh: bool = False  # something happened on it within the quarter of an hour
    today: bool = False  # … within a day
    asked_at: float = 0.0  # when we asked them last; seconds of the epoch
    group_id: int = 0  # the group they told of it in
    hushed: bool = False  # what they told of it lies sealed, or is to: a tip in a group, and what they said of it alone
    talks: bool = False  # an officer asked them within a day: what they say is the answer
    commune_id: int | None = None
    untouched: bool = False  # new, and no officer's yet
    several: bool = False  # others told of it too
    its_page: bool = True  # of what is written on a status page: it is that report's case, not one that grew out of it
    raised: bool = False  # no danger when it was opened: a later word was read as one


@dataclass(frozen=True, slots=True)
class Incident:
    """What tells whether two reports may be of one incident. `case_id` 0: not a case yet.

    `keys`: plates, accounts, papers, phones of a new report in their canonical form, as `folded` holds them;
    `complaint`: in a lane where cases are never joined; `version`: of the case.
    """

    case_id: int
    category: str
    urgency: int
    sensitive: bool
    complaint: bool
    unit_id: int
    commune_id: int | None
    at: dt.datetime
    folded: str
    keys: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class ToldMessage:
    """What one person told of a case, and what the reader made of it. `opening`: the words that opened the case;
    `top`: likely categories and their probabilities; `entities`: as the reader gave them.
    """

    message_id: int
    opening: bool
    text: str
    at: dt.datetime
    category: str
    top: str  # JSON, as it lies in the database: most were read before
    entities: str
    point: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Telling:
    """One telling, ready to be compared. `told`: for the learnt judgement; `said`: all its folded words; `spots`: the
    places in it that are finer than a hamlet, as it calls them («quan hai xom», «ong tinh»); `matter`: the words that
    name no place and call nobody.
    """

    told: Told
    said: str
    spots: frozenset[str]
    matter: frozenset[str]

    def without(self, norms: Collection[str]) -> "Telling":
        """The same where these numbers and links (lower case) tell nothing."""
        return replace(self, told=self.told.without(norms))

    def names(self, spot: str) -> bool:
        return f" {spot} " in f" {self.said} "


def telling(
    text: str,
    at: dt.datetime,
    commune: str | None,
    chances: Mapping[str, float],
    entities: Sequence[Entity],
    gazetteer: Gazetteer,
    point: tuple[float, float] | None = None,
) -> Telling:
    """Read one report, as `language.together.told` does."""
    places = [_folded(e.text) for e in entities if e.type == "PLACE"]
    said = _folded(text)
    matter = f" {said} "
    for place in sorted(places, key=len, reverse=True):
        matter = matter.replace(f" {place} ", " ")
    return Telling(
        told=told(text, at, commune, chances, entities, gazetteer, point),
        said=said,
        spots=frozenset(_finer(entities, gazetteer)) | frozenset(_people(text, entities)),
        matter=frozenset(matter.replace(" cuu hoa ", " ").split()) - _CALLS,
    )


def _folded(text: str) -> str:
    return " ".join(words(text).tokens)


def _finer(entities: Sequence[Entity], gazetteer: Gazetteer) -> Iterator[str]:
    """A shop, a crossroads, a bridge: what is named with the word that says what it is; and its name alone, where no
    hamlet bears it: «quán karaoke Ruby» and «quán Ruby».
    """
    for entity in entities:
        view = look(entity.text)
        typed = TYPES.find(view, 0) if entity.type == "PLACE" and view.words else None
        if typed is not None and typed[0] < len(view.words) and (typed[1] == LANDMARK or view.words[0] not in _WIDE):
            yield _folded(entity.text)
            name = " ".join(view.words[typed[0] :])
            if not gazetteer.named(name) and (" " in name or rare(name) > TELLING):
                yield name


def _people(text: str, entities: Sequence[Entity]) -> Iterator[str]:
    """Whose house, or inn: «ông Tính», «quán cháo Bà Tình»."""
    for entity in entities:
        before = _folded(text[: entity.start]).split()[-1:]
        if entity.type == "PERSON" and before and before[0] in TITLES:
            yield f"{before[0]} {_folded(entity.text)}"
        elif entity.type == "PLACE":
            named = _folded(entity.text).split()
            if len(named) > _SHOP and named[-2] in TITLES and named[-3] != "nga":  # «ngã ba Nghèn»
                yield " ".join(named[-2:])
