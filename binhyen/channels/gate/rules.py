"""What must not leave for a group or a public page, and who may let it go all the same. Pure.

The gate recognises kinds of things (any phone, any name), because what is sealed cannot be compared with: nobody here
can open it. What the police published themselves is excused by `Context`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from binhyen.channels.gate.children import children
from binhyen.channels.gate.homes import addresses
from binhyen.channels.gate.nicknames import nicknames
from binhyen.channels.gate.numbers import numbers
from binhyen.channels.gate.persons import persons
from binhyen.channels.gate.plain import Plain, plain, words
from binhyen.channels.gate.tails import phone_tails, plate_tails
from binhyen.channels.gate.tellers import sources
from binhyen.channels.gate.victims import victims
from binhyen.channels.gate.wording import Told, quoted
from binhyen.kit.wording import N_


class Kind(StrEnum):
    SEALED = "SEALED"  # pseudonyms, receipt codes, facts known to be sealed
    WORDING = "WORDING"
    ORIGIN = "ORIGIN"  # by the second reader: services/second_look.py
    SOURCE = "SOURCE"
    CHILD = "CHILD"
    HARMED = "HARMED"
    ID_NUMBER = "ID_NUMBER"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    CONTACT = "CONTACT"
    PLATE = "PLATE"
    NAME = "NAME"
    ADDRESS = "ADDRESS"


LABELS: Mapping[Kind, str] = {
    Kind.SEALED: N_("điều đang được giữ kín"),
    Kind.WORDING: N_("lời của người báo tin"),
    Kind.ORIGIN: N_("điều có thể chỉ người báo tin mới biết"),
    Kind.SOURCE: N_("nói về người báo tin"),
    Kind.CHILD: N_("thông tin riêng của trẻ em"),
    Kind.HARMED: N_("nói về người bị hại"),
    Kind.ID_NUMBER: N_("số giấy tờ"),
    Kind.BANK_ACCOUNT: N_("số tài khoản"),
    Kind.CONTACT: N_("số điện thoại, hộp thư"),
    Kind.PLATE: N_("biển số xe"),
    Kind.NAME: N_("tên người"),
    Kind.ADDRESS: N_("địa chỉ nhà"),
}
# A second person may let these go: names of those who are praised, a plate that is looked for, a new duty number, a
# thing that everybody on the spot saw too.
RELEASABLE = frozenset({Kind.CONTACT, Kind.PLATE, Kind.NAME, Kind.ADDRESS, Kind.ORIGIN})
SECOND_READER = frozenset({Kind.ORIGIN})  # whoever lets these go answers for what it found
_ORDER = list(Kind)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is wrong at `start:end` of the text as written."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Context:
    """What is known around a text.

    `told`: tellings that must not be said again; `secrets`: strings that must not appear in any writing; `names`: of
    the case, folded; `published`: digits and addresses that are public; `officers`: folded names of those who serve.
    """

    told: Sequence[Told] = ()
    secrets: Sequence[str] = ()
    names: Sequence[str] = ()
    published: frozenset[str] = frozenset()
    officers: frozenset[str] = frozenset()


Detector = Callable[[Plain, Plain, Context], Iterator[Mark]]


def _numbers(text: Plain, said: Plain, context: Context) -> Iterator[Mark]:
    for found in numbers(text, context.published):
        yield Mark(Kind(found.kind), found.start, found.end)
    yield from (Mark(Kind.PLATE, start, end) for start, end in plate_tails(said))
    yield from (Mark(Kind.CONTACT, start, end) for start, end in phone_tails(said))


def _persons(text: Plain, said: Plain, context: Context) -> Iterator[Mark]:
    names = list(persons(said, known=context.names, open_names=context.officers))
    yield from (Mark(Kind.NAME, start, end) for start, end in nicknames(text, said))
    yield from (Mark(Kind.NAME, start, end) for start, end in names)
    yield from (Mark(Kind.CHILD, start, end) for start, end in children(said, names))


def _victims(text: Plain, said: Plain, context: Context) -> Iterator[Mark]:
    yield from (Mark(Kind.HARMED, start, end) for start, end in victims(said))


def _homes(text: Plain, said: Plain, context: Context) -> Iterator[Mark]:
    yield from (Mark(Kind.ADDRESS, start, end) for start, end in addresses(said))


def _sources(text: Plain, said: Plain, context: Context) -> Iterator[Mark]:
    yield from (Mark(Kind.SOURCE, start, end) for start, end in sources(said))


def _wording(text: Plain, said: Plain, context: Context) -> Iterator[Mark]:
    for start, end in quoted(said, context.told):
        yield Mark(Kind.WORDING, start, end)


def _secrets(text: Plain, said: Plain, context: Context) -> Iterator[Mark]:
    secrets = ["".join(c for c in plain(secret).folded if c.isalnum()) for secret in context.secrets]
    for view in (text, said):
        bare = [i for i, c in enumerate(view.folded) if c.isalnum()]
        letters = "".join(view.folded[i] for i in bare)
        for wanted in secrets:
            place = letters.find(wanted) if len(wanted) >= 4 else -1
            if place >= 0:
                yield Mark(Kind.SEALED, *view.span(bare[place], bare[place + len(wanted) - 1] + 1))


DETECTORS: list[Detector] = [_secrets, _wording, _sources, _persons, _victims, _numbers, _homes]


def check(text: str, context: Context = Context()) -> tuple[Mark, ...]:
    """What is wrong with a text on its way out, in the order of the text; empty where it may go. Never raises."""
    written = plain(text)
    said = words(written)
    found = {mark for detector in DETECTORS for mark in detector(written, said, context)}
    return tuple(sorted(found, key=lambda m: (m.start, _ORDER.index(m.kind))))


def may_release(marks: Sequence[Mark]) -> bool:
    """Whether a second person may let it go as it stands."""
    return all(mark.kind in RELEASABLE for mark in marks)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text as it is shown: plain, or marked with why."""

    text: str
    why: str = ""


def pieces(text: str, marks: Sequence[Mark]) -> list[Piece]:
    """The text cut at its marks; where two overlap the graver one speaks."""
    cut: list[Piece] = []
    place = 0
    for mark in sorted(marks, key=lambda m: (m.start, _ORDER.index(m.kind))):
        start, end = max(mark.start, place), min(mark.end, len(text))
        if start >= end:
            continue
        cut += [Piece(text[place:start])] if start > place else []
        cut.append(Piece(text[start:end], LABELS[mark.kind]))
        place = end
    return [*cut, Piece(text[place:])] if place < len(text) else cut
