"""Outbound DLP at the outbox: checks every text to a group and every private reply of an officer."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Q

from binhyen.channels.dlp.detectors import Context, Kind, Mark, check
from binhyen.channels.dlp.normalize import plain
from binhyen.channels.models import Published
from binhyen.channels.services.outgoing_draft import Draft, Private
from binhyen.kit.text import fold
from binhyen.people.queries import names_of_unit

_IN_PRIVATE = frozenset(
    {Kind.SEALED, Kind.WORDING, Kind.SOURCE, Kind.ID_NUMBER, Kind.BANK_ACCOUNT, Kind.CONTACT, Kind.NAME}
)


def examine(drafts: Sequence[Draft]) -> dict[str, tuple[Mark, ...]]:
    """Return findings by draft key. Automatic messages to one person have fixed texts and are not checked."""
    looked_at = [d for d in drafts if d.group_id is not None or d.guard is not None]
    if not looked_at:
        return {}
    published = _published({d.unit_id for d in looked_at if d.unit_id is not None})
    found: dict[str, tuple[Mark, ...]] = {}
    for draft in looked_at:
        marks = _to_group(draft, published) if draft.group_id else _to_person(draft, published)
        if marks:
            found[draft.key] = marks
    return found


def _published(units: Collection[int]) -> frozenset[str]:
    """Return the published contacts of these units and of the province."""
    rows = Published.objects.filter(Q(unit_id__in=units) | Q(unit__level="PROVINCE"))
    return frozenset(rows.values_list("value", flat=True))


def _to_group(draft: Draft, published: frozenset[str]) -> tuple[Mark, ...]:
    """Check the form of the text; only the asynchronous review compares it with confidential reports."""
    if draft.officer_id is None or draft.unit_id is None:  # our own fixed text
        return check(draft.text, Context(published=published))
    officers = frozenset(fold(name) for name in names_of_unit(draft.unit_id))
    return check(draft.text, Context(published=published, officers=officers))


def persons_in(entities: Any) -> list[str]:
    """Return the person names found in a text, normalized."""
    return [fold(str(e.get("text", ""))) for e in entities or () if e.get("type") == "PERSON"]


def _to_person(draft: Draft, published: frozenset[str]) -> tuple[Mark, ...]:
    """Return findings that would reveal one reporter to another. Statements of the recipient may be repeated."""
    guard = draft.guard
    assert guard is not None
    own = _letters(" ".join(guard.own))
    marks = check(
        draft.text,
        Context(told=guard.told(), secrets=guard.secrets, names=guard.names, published=published),
    )
    return tuple(m for m in marks if m.kind in _IN_PRIVATE and not _known(draft.text, m, own, guard))


def _known(text: str, mark: Mark, own: str, guard: Private) -> bool:
    said = _letters(text[mark.start : mark.end])
    if mark.kind is Kind.NAME:
        return not any(_letters(name) in said for name in guard.names)
    return mark.kind in (Kind.CONTACT, Kind.ID_NUMBER, Kind.BANK_ACCOUNT) and said in own


def _letters(text: str) -> str:
    return "".join(c for c in plain(text).folded if c.isalnum())


def as_json(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    return [{"kind": m.kind.value, "start": m.start, "end": m.end} for m in marks]


def from_json(rows: Sequence[Mapping[str, Any]]) -> list[Mark]:
    return [Mark(Kind(r["kind"]), int(r["start"]), int(r["end"])) for r in rows]
