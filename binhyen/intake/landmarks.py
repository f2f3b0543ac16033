"""Landmarks confirmed by officers: the place named in a case that was closed as true, or whose place was corrected.

Names of people or homes and sensitive reports teach nothing.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction
from django.utils.crypto import salted_hmac

from binhyen.areas import queries as areas
from binhyen.areas.services import Confirmed, confirm
from binhyen.cases.choices import Outcome, State, Verb
from binhyen.cases.models import Case, CaseEvent, CaseMessage
from binhyen.intake.corrections import AT_ONCE, BEHIND, entities
from binhyen.intake.models import Collected
from binhyen.kit.text import nfc, squeeze
from binhyen.language.aligned_text import look
from binhyen.language.entities.place_cues import CAPITAL_ONLY, LANDMARK, TYPES

_TRUE = frozenset({Outcome.HANDLED_ON_SITE.value, Outcome.RESOLVED.value, Outcome.CASE_OPENED.value})
_OF_PLACES = frozenset(
    ("fire", "traffic", "environment_noise", "public_order", "theft", "lost_item", "found_item", "weapon_handover")
)
_CHANGES = frozenset(
    {
        Verb.CLOSED, Verb.STATE, Verb.REOPENED, Verb.HEARD, Verb.MERGED, Verb.UNMERGED, Verb.RECLASSIFIED,
        Verb.HANDED_ON, Verb.TAKEN_BACK, Verb.PLACED, Verb.RELOCATED,
    }
)  # fmt: skip
_UNITS = frozenset(("p", "ph", "x", "h", "ban", "lang", "khoi"))  # unit type words among those of landmarks
_WORDS, _LONGEST = 4, 60  # words of the name after its type word; characters in all
_MINE = 2  # the row of `Collected`; corrections use the first


@transaction.atomic
def collect() -> int:
    """Read the events since the last run; return how many confirmations are new or changed. Idempotent."""
    done, _ = Collected.objects.select_for_update().get_or_create(pk=_MINE)
    events = list(
        CaseEvent.objects.filter(id__gt=done.event_id - BEHIND)
        .order_by("id").values_list("id", "case_id", "verb")[: AT_ONCE + BEHIND]
    )  # fmt: skip
    if not events:
        return 0
    done.event_id = max(done.event_id, events[-1][0])
    done.save()
    cases = list(Case.objects.filter(pk__in={case for _, case, verb in events if verb in _CHANGES}))
    told, moved = _told(cases), _corrected(cases)
    confirmed = [
        c for case in cases if _teaches(case, moved) for c in _confirmed(case, told.get(case.pk), moved.get(case.pk))
    ]
    sources = {c.source for c in confirmed}
    return confirm(confirmed, withdrawn=[s for case in cases if (s := _source(case)) not in sources])


def _teaches(case: Case, moved: Mapping[int, dt.datetime]) -> bool:
    """Return whether the case was closed as true or placed by hand by the unit of its commune, and is not secret."""
    true = case.state == State.CLOSED and case.outcome in _TRUE
    by_hand = case.pk in moved and case.state != State.MERGED
    if not (true or by_hand) or case.apart or case.sensitive:
        return False
    if case.category not in _OF_PLACES or case.commune_id is None:
        return False
    return areas.directory().seat_of_area(case.commune_id)[0] == case.unit_id


def _told(cases: Sequence[Case]) -> dict[int, CaseMessage]:
    """Return the first report message, by case."""
    links = CaseMessage.objects.filter(case__in=cases, detached_at=None, message__sensitive=False, message__sealed=None)
    first = links.select_related("message").order_by("case_id", "id").distinct("case_id")
    return {link.case_id: link for link in first}


def _corrected(cases: Sequence[Case]) -> dict[int, dt.datetime]:
    """Return when an officer last corrected the place, by case."""
    events = CaseEvent.objects.filter(case__in=cases, verb=Verb.RELOCATED).order_by("id")
    return dict(events.values_list("case_id", "at"))


def _confirmed(case: Case, told: CaseMessage | None, moved: dt.datetime | None) -> Iterator[Confirmed]:
    """Yield the one named place that the gazetteer does not know; of two it is unclear which was meant.

    `relocated_at`: when an officer wrote the place, whose text counts as well.
    """
    at = moved or case.closed_at
    if case.commune_id is None or at is None:
        return
    spoken = [squeeze(nfc(part)) for part in case.place.split(",")] if moved else []
    try:
        spoken += [squeeze(nfc(e.text)) for e in entities(told.message) if e.type == "PLACE"] if told else []
    except (KeyError, TypeError):
        return
    gazetteer = areas.gazetteer()
    new = {
        name for name in spoken if names_landmark(name) and not any(p.trust == 1 for p in gazetteer.named(name))
    }  # fmt: skip
    if len(new) == 1:
        yield Confirmed(new.pop(), case.commune_id, _source(case), at)


def names_landmark(name: str) -> bool:
    """Return whether it is a landmark type word and a name («quán bà Hoa», «cầu Cày»).

    No home, no street, no unit, no long number.
    """
    view = look(name)
    typed = TYPES.find(view, 0, loose=True) if view.words else None
    if typed is None or len(name) > _LONGEST or not name.replace(" ", "").replace("/", "").isalnum():
        return False
    end, kind = typed
    rest = view.words[end:]
    numbers = any(sum(map(str.isdecimal, word)) >= 5 for word in rest)
    return kind in (LANDMARK, CAPITAL_ONLY) and view.words[0] not in _UNITS and 0 < len(rest) <= _WORDS and not numbers


def _source(case: Case) -> str:
    return salted_hmac("intake.landmark", str(case.public_id), algorithm="sha256").hexdigest()[:32]
