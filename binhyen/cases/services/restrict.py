"""Restrict a case that an officer recognises as a complaint about police: hidden everywhere at once."""

import datetime as dt
from collections.abc import Callable

from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import OPEN_STATES, Verb
from binhyen.cases.kinds import kind, kind_for
from binhyen.cases.models import Case, CaseMessage, Clock, Note
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.alarms import hush
from binhyen.cases.services.create import lift_later
from binhyen.cases.services.unit_of_work import Actor, finish, live_data, set_clocks, topics
from binhyen.kit import rls_scope
from binhyen.kit.live_events import Live, publish
from binhyen.vault import envelopes
from binhyen.vault import services as vault

Names = Callable[[int], list[str]]
_names: list[Names] = []


def also_called(names: Names) -> None:
    """Register a source of further audit subjects; `source` returns those of a case id."""
    _names.append(names)


def names_of(case_id: int) -> list[str]:
    """Return all further audit subjects of a case, as used by requests about it."""
    return [name for each in _names for name in each(case_id)]


def sealed_away(case: Case) -> bool:
    """Return whether messages of it are encrypted with a key that the complaint handlers do not have."""
    return (
        kind(case.kind).sealed
        or CaseMessage.objects.filter(case=case, detached_at=None, message__lock__isnull=False).exists()
    )


def written(note: Note) -> str:
    """Return the text of a note, decrypted with the worker's key if sealed; older notes are plaintext.

    Raises key_files.KeyFileMissing without the worker's key: then the note stays as it is.
    """
    try:
        return vault.open_by_worker(note.text, context=_context(note.case_id))
    except (envelopes.Refused, ValueError):
        return note.text


def _context(case_id: int) -> str:
    return f"cases_note.text:{case_id}"


def lift(case: Case, category: str, urgency: int, *, words: str = "", actor: Actor, now: dt.datetime) -> Case:
    """Restrict the case: out of the unit's lists and counts, to the province, without place and text.

    The job `conduct.seal_case` seals the messages and `words` of the officer. Runs in the caller's transaction with the
    case locked. Desks that showed it are only notified that it changed.
    """
    if case.state not in OPEN_STATES or case.absorbed.exists():
        raise NotAllowed(_("Vụ việc đã xong hoặc đã gộp. Hãy mở lại hoặc tách ra trước."))
    chosen = kind_for(category)
    heard = Live(topics(case), "case", live_data(case, Verb.RECLASSIFIED))
    hush(case, by=actor.officer_id, now=now)
    case.kind, case.category, case.urgency, case.lane = chosen.code, category, urgency, chosen.lane
    case.apart, case.sensitive, case.unit_id, case.assignee_id = True, True, areas.directory().province_unit_id, None
    case.title, case.place, case.snippet, case.folded, case.marked = chosen.label, "", "", "", ""
    case.area_id = case.commune_id = case.latitude = case.longitude = None
    Clock.objects.filter(case=case).delete()
    set_clocks(case, now=now)
    with rls_scope.also(f"case:{case.pk}"):  # it is visible to no officer while its changes are recorded
        if words and actor.officer_id is not None:
            # Sealed before the INSERT: an old row version remains in the database files.
            sealed = vault.seal_for_worker(words, context=_context(case.pk))
            Note.objects.create(case=case, officer_id=actor.officer_id, text=sealed, at=now)
        finish(
            case, Verb.RECLASSIFIED, actor=actor, now=now, data=event_data.out_of_sight(category),
            changed=[
                "kind", "category", "urgency", "lane", "apart", "sensitive", "unit", "assignee", "title", "place",
                "snippet", "folded", "marked", "area", "commune", "latitude", "longitude", "due_at",
            ],
        )  # fmt: skip
    publish([heard], now=now)
    lift_later(case)
    return case
