"""Detector registry of outbound DLP and the rule for release by a second person. Pure.

Detectors recognise kinds (any phone, any name), because sealed values cannot be compared: no process here can decrypt
them. Values that the police published themselves are allowed by `Context`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from binhyen.channels.dlp.addresses import addresses
from binhyen.channels.dlp.children import children
from binhyen.channels.dlp.identifiers import numbers, phone_tails, plate_tails
from binhyen.channels.dlp.nicknames import nicknames
from binhyen.channels.dlp.normalize import Plain, plain, words
from binhyen.channels.dlp.person_names import persons
from binhyen.channels.dlp.reporter_references import sources
from binhyen.channels.dlp.verbatim_overlap import Told, quoted
from binhyen.channels.dlp.victims import victims
from binhyen.kit.i18n_markers import N_


class Kind(StrEnum):
    SEALED = "SEALED"  # pseudonyms, receipt codes, facts known to be sealed
    WORDING = "WORDING"
    ORIGIN = "ORIGIN"  # by the asynchronous review: services/async_dlp.py
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
# A second person may release these: names of praised people, a wanted plate, a new duty number, facts that everyone on
# the spot saw.
RELEASABLE = frozenset({Kind.CONTACT, Kind.PLATE, Kind.NAME, Kind.ADDRESS, Kind.ORIGIN})
SECOND_READER = frozenset({Kind.ORIGIN})  # the releasing person is responsible for the review's finding
_ORDER = list(Kind)


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding at `start:end` of the original text."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Context:
    """Known facts around a text.

    `protected_texts`: reports that must not be repeated; `secrets`: strings that must not appear in any spelling;
    `case_names`: names of the case, folded; `published`: public digits and addresses; `officers`: folded names of
    officers on duty.
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
    """Return the findings in an outgoing text, in text order; empty where it may be sent. Never raises."""
    written = plain(text)
    said = words(written)
    found = {mark for detector in DETECTORS for mark in detector(written, said, context)}
    return tuple(sorted(found, key=lambda m: (m.start, _ORDER.index(m.kind))))


def may_release(marks: Sequence[Mark]) -> bool:
    """Return whether a second person may release it unchanged."""
    return all(mark.kind in RELEASABLE for mark in marks)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text for display: unmarked, or marked with the reason."""

    text: str
    why: str = ""


def pieces(text: str, marks: Sequence[Mark]) -> list[Piece]:
    """Split the text at its findings; where two overlap the more serious one is shown."""
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
