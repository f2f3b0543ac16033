"""Detector registry of outbound DLP and the rule for release by a second person. Pure.

Detectors recognise kinds (any phone, any name), because sealed values cannot be compared: no process here can decrypt
them. Values that the police published themselves are allowed by `Context`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from binhyen.channels.dlp.identifiers import find_home_addresses, find_identifiers, find_phone_tails, find_plate_tails
from binhyen.channels.dlp.normalize import NormalizedText, join_separated_letters, normalize_characters
from binhyen.channels.dlp.person_names import find_nicknames, find_person_names
from binhyen.channels.dlp.reporter_references import find_reporter_references
from binhyen.channels.dlp.verbatim_overlap import ProtectedText, find_quotations
from binhyen.channels.dlp.vulnerable_people import find_children, find_victims
from binhyen.kit.i18n_markers import N_


class FindingKind(StrEnum):
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


LABELS: Mapping[FindingKind, str] = {
    FindingKind.SEALED: N_("điều đang được giữ kín"),
    FindingKind.WORDING: N_("lời của người báo tin"),
    FindingKind.ORIGIN: N_("điều có thể chỉ người báo tin mới biết"),
    FindingKind.SOURCE: N_("nói về người báo tin"),
    FindingKind.CHILD: N_("thông tin riêng của trẻ em"),
    FindingKind.HARMED: N_("nói về người bị hại"),
    FindingKind.ID_NUMBER: N_("số giấy tờ"),
    FindingKind.BANK_ACCOUNT: N_("số tài khoản"),
    FindingKind.CONTACT: N_("số điện thoại, hộp thư"),
    FindingKind.PLATE: N_("biển số xe"),
    FindingKind.NAME: N_("tên người"),
    FindingKind.ADDRESS: N_("địa chỉ nhà"),
}
# A second person may release these: names of praised people, a wanted plate, a new duty number, facts that everyone on
# the spot saw.
RELEASABLE = frozenset(
    {FindingKind.CONTACT, FindingKind.PLATE, FindingKind.NAME, FindingKind.ADDRESS, FindingKind.ORIGIN}
)
REVIEW_KINDS = frozenset({FindingKind.ORIGIN})  # the releasing person is responsible for the review's finding
_ORDER = list(FindingKind)


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding at `start:end` of the original text."""

    kind: FindingKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DlpContext:
    """Known facts around a text.

    `protected_texts`: reports that must not be repeated; `secrets`: strings that must not appear in any spelling;
    `case_names`: names of the case, folded; `published`: public digits and addresses; `officers`: folded names of
    officers on duty.
    """

    protected_texts: Sequence[ProtectedText] = ()
    secrets: Sequence[str] = ()
    case_names: Sequence[str] = ()
    published: frozenset[str] = frozenset()
    officers: frozenset[str] = frozenset()


Detector = Callable[[NormalizedText, NormalizedText, DlpContext], Iterator[Finding]]


def _detect_identifiers(text: NormalizedText, joined: NormalizedText, context: DlpContext) -> Iterator[Finding]:
    for identifier in find_identifiers(text, context.published):
        yield Finding(FindingKind(identifier.kind), identifier.start, identifier.end)
    yield from (Finding(FindingKind.PLATE, start, end) for start, end in find_plate_tails(joined))
    yield from (Finding(FindingKind.CONTACT, start, end) for start, end in find_phone_tails(joined))


def _detect_persons(text: NormalizedText, joined: NormalizedText, context: DlpContext) -> Iterator[Finding]:
    names = list(find_person_names(joined, case_names=context.case_names, officer_names=context.officers))
    yield from (Finding(FindingKind.NAME, start, end) for start, end in find_nicknames(text, joined))
    yield from (Finding(FindingKind.NAME, start, end) for start, end in names)
    yield from (Finding(FindingKind.CHILD, start, end) for start, end in find_children(joined, names))


def _detect_victims(text: NormalizedText, joined: NormalizedText, context: DlpContext) -> Iterator[Finding]:
    yield from (Finding(FindingKind.HARMED, start, end) for start, end in find_victims(joined))


def _detect_homes(text: NormalizedText, joined: NormalizedText, context: DlpContext) -> Iterator[Finding]:
    yield from (Finding(FindingKind.ADDRESS, start, end) for start, end in find_home_addresses(joined))


def _detect_reporters(text: NormalizedText, joined: NormalizedText, context: DlpContext) -> Iterator[Finding]:
    yield from (Finding(FindingKind.SOURCE, start, end) for start, end in find_reporter_references(joined))


def _detect_quotations(text: NormalizedText, joined: NormalizedText, context: DlpContext) -> Iterator[Finding]:
    for start, end in find_quotations(joined, context.protected_texts):
        yield Finding(FindingKind.WORDING, start, end)


def _detect_secrets(text: NormalizedText, joined: NormalizedText, context: DlpContext) -> Iterator[Finding]:
    secrets = [
        "".join(char for char in normalize_characters(secret).folded if char.isalnum()) for secret in context.secrets
    ]
    for view in (text, joined):
        letter_indexes = [index for index, char in enumerate(view.folded) if char.isalnum()]
        letters = "".join(view.folded[index] for index in letter_indexes)
        for secret_letters in secrets:
            position = letters.find(secret_letters) if len(secret_letters) >= 4 else -1
            if position >= 0:
                yield Finding(
                    FindingKind.SEALED,
                    *view.to_original_span(
                        letter_indexes[position], letter_indexes[position + len(secret_letters) - 1] + 1
                    ),
                )


DETECTORS: list[Detector] = [
    _detect_secrets,
    _detect_quotations,
    _detect_reporters,
    _detect_persons,
    _detect_victims,
    _detect_identifiers,
    _detect_homes,
]


def check_text(text: str, context: DlpContext = DlpContext()) -> tuple[Finding, ...]:
    """Return the findings in an outgoing text, in text order; empty where it may be sent. Never raises."""
    normalized = normalize_characters(text)
    joined = join_separated_letters(normalized)
    findings = {mark for detector in DETECTORS for mark in detector(normalized, joined, context)}
    return tuple(sorted(findings, key=lambda finding: (finding.start, _ORDER.index(finding.kind))))


def can_release(findings: Sequence[Finding]) -> bool:
    """Return whether a second person may release it unchanged."""
    return all(finding.kind in RELEASABLE for finding in findings)


@dataclass(frozen=True, slots=True)
class TextSegment:
    """A part of a text for display: unmarked, or marked with the reason."""

    text: str
    why: str = ""


def split_at_findings(text: str, findings: Sequence[Finding]) -> list[TextSegment]:
    """Split the text at its findings; where two overlap the more serious one is shown."""
    segments: list[TextSegment] = []
    position = 0
    for finding in sorted(findings, key=lambda item: (item.start, _ORDER.index(item.kind))):
        start, end = max(finding.start, position), min(finding.end, len(text))
        if start >= end:
            continue
        segments += [TextSegment(text[position:start])] if start > position else []
        segments.append(TextSegment(text[start:end], LABELS[finding.kind]))
        position = end
    return [*segments, TextSegment(text[position:])] if position < len(text) else segments
