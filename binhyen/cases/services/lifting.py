"""An officer sees that a case is a complaint about police: at once it is out of everybody's sight."""

import datetime as dt
from collections.abc import Callable

from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases import kept
from binhyen.cases.kinds import kind, kind_for
from binhyen.cases.models import Case, CaseMessage, Clock, Note
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.alarms import hush
from binhyen.cases.services.opening import lift_later
from binhyen.cases.services.steps import Actor, finish, live_data, set_clocks, topics
from binhyen.cases.words import OPEN_STATES, Verb
from binhyen.kit import scope
from binhyen.kit.live import Live, publish
from binhyen.vault import boxes
from binhyen.vault import services as vault

Names = Callable[[int], list[str]]
_names: list[Names] = []


def also_called(names: Names) -> None:
    """A feature keeps what was told of a case under names of its own; `names` gives these for a case's key."""
    _names.append(names)


def names_of(case_id: int) -> list[str]:
    """What else the matter of a case is called, as requests for it bear it."""
    return [name for each in _names for name in each(case_id)]


def sealed_away(case: Case) -> bool:
    """Do words of it lie under a key that whoever handles complaints does not have?"""
    return (
        kind(case.kind).sealed
        or CaseMessage.objects.filter(case=case, detached_at=None, message__lock__isnull=False).exists()
    )


def written(note: Note) -> str:
    """What an officer wrote, by the worker: the note of a lift lies sealed to it, those of before lie open. Raises
    keyfiles.NotHere without the worker's key: then it stays where it is.
    """
    try:
        return vault.open_by_worker(note.text, context=_context(note.case_id))
    except (boxes.Refused, ValueError):
        return note.text


def _context(case_id: int) -> str:
    return f"cases_note.text:{case_id}"


def lift(case: Case, category: str, urgency: int, *, words: str = "", actor: Actor, now: dt.datetime) -> Case:
    """Out of the unit's lists and numbers, up to the province, bare of place and words; `conduct.lift` seals what was
    told, and `words` of an officer besides. Inside the caller's transaction, the case locked. The desks that showed it
    hear that it changed, no more.
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
    with scope.also(f"case:{case.pk}"):  # nobody sees it any more while its traces are written
        if words and actor.officer_id is not None:
            # Sealed before it is written: what a row once held stays in the database's files.
            sealed = vault.seal_for_worker(words, context=_context(case.pk))
            Note.objects.create(case=case, officer_id=actor.officer_id, text=sealed, at=now)
        finish(
            case, Verb.RECLASSIFIED, actor=actor, now=now, data=kept.out_of_sight(category),
            changed=[
                "kind", "category", "urgency", "lane", "apart", "sensitive", "unit", "assignee", "title", "place",
                "snippet", "folded", "marked", "area", "commune", "latitude", "longitude", "due_at",
            ],
        )  # fmt: skip
    publish([heard], now=now)
    lift_later(case)
    return case
