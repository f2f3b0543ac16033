"""Landmarks confirmed by officers: the place named in a case that was closed as true, or whose place was corrected.

Names of people or homes and sensitive reports teach nothing.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction
from django.utils.crypto import salted_hmac

from binhyen.areas import queries as areas
from binhyen.areas.services import LandmarkConfirmation, store_landmarks
from binhyen.cases.choices import Outcome, State, Verb
from binhyen.cases.event_data import PIN
from binhyen.cases.models import Case, CaseEvent, CaseMessage
from binhyen.intake.corrections import MAX_EVENTS, OVERLAP_EVENTS, get_stored_entities
from binhyen.intake.models import EventCursor
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.language.aligned_text import align
from binhyen.language.entities.place_cues import CAPITAL_ONLY, LANDMARK, TYPES

_TRUE_OUTCOMES = frozenset({Outcome.HANDLED_ON_SITE.value, Outcome.RESOLVED.value, Outcome.CASE_OPENED.value})
_PLACE_CATEGORIES = frozenset(
    ("fire", "traffic", "environment_noise", "public_order", "theft", "lost_item", "found_item", "weapon_handover")
)
_RELEVANT_VERBS = frozenset(
    {
        Verb.CLOSED,
        Verb.STATE,
        Verb.REOPENED,
        Verb.HEARD,
        Verb.MERGED,
        Verb.UNMERGED,
        Verb.RECLASSIFIED,
        Verb.HANDED_ON,
        Verb.TAKEN_BACK,
        Verb.PLACED,
        Verb.RELOCATED,
    }
)
_UNIT_TYPE_WORDS = frozenset(("p", "ph", "x", "h", "ban", "lang", "khoi"))  # unit type words among those of landmarks
_MAX_NAME_WORD_COUNT, _MAX_NAME_CHARS = 4, 60  # words of the name after its type word; characters in all
_PROGRESS_ROW = 2  # the row of `Collected`; corrections use the first


@transaction.atomic
def collect_landmarks() -> int:
    """Read the events since the last run; return how many confirmations are new or changed. Idempotent."""
    progress, _ = EventCursor.objects.select_for_update().get_or_create(pk=_PROGRESS_ROW)
    events = list(
        CaseEvent.objects.filter(id__gt=progress.event_id - OVERLAP_EVENTS)
        .order_by("id")
        .values_list("id", "case_id", "verb")[: MAX_EVENTS + OVERLAP_EVENTS]
    )
    if not events:
        return 0
    progress.event_id = max(progress.event_id, events[-1][0])
    progress.save()
    cases = list(Case.objects.filter(pk__in={case for _, case, verb in events if verb in _RELEVANT_VERBS}))
    first_links, relocated_at = _get_first_messages(cases), _get_relocation_times(cases)
    confirmed = [
        confirmation
        for case in cases
        if _is_confirmed(case, relocated_at)
        for confirmation in _find_confirmations(case, first_links.get(case.pk), relocated_at.get(case.pk))
    ]
    sources = {confirmation.source for confirmation in confirmed}
    return store_landmarks(
        confirmed, withdrawn=[source for case in cases if (source := _hash_case(case)) not in sources]
    )


def _is_confirmed(case: Case, relocated_at: Mapping[int, dt.datetime]) -> bool:
    """Return whether the case was closed as true or placed by hand by the unit of its commune, and is not secret."""
    is_true = case.state == State.CLOSED and case.outcome in _TRUE_OUTCOMES
    is_relocated = case.pk in relocated_at and case.state != State.MERGED
    if not (is_true or is_relocated) or case.is_restricted or case.sensitive:
        return False
    if case.category not in _PLACE_CATEGORIES or case.commune_id is None:
        return False
    return areas.get_directory().get_responsible_unit(case.commune_id)[0] == case.unit_id


def _get_first_messages(cases: Sequence[Case]) -> dict[int, CaseMessage]:
    """Return the first report message, by case."""
    links = CaseMessage.objects.filter(
        case__in=cases, detached_at=None, message__sensitive=False, message__ciphertext=None
    )
    first_links = links.select_related("message").order_by("case_id", "id").distinct("case_id")
    return {link.case_id: link for link in first_links}


def _get_relocation_times(cases: Sequence[Case]) -> dict[int, dt.datetime]:
    """Return when an officer last wrote the place, by case; a pin confirms no name."""
    events = CaseEvent.objects.filter(case__in=cases, verb=Verb.RELOCATED).exclude(data__has_key=PIN).order_by("id")
    return dict(events.values_list("case_id", "at"))


def _find_confirmations(
    case: Case, first_link: CaseMessage | None, relocated_at: dt.datetime | None
) -> Iterator[LandmarkConfirmation]:
    """Yield the one named place that the gazetteer does not know; of two it is unclear which was meant.

    `relocated_at`: when an officer wrote the place, whose text counts as well.
    """
    confirmed_at = relocated_at or case.closed_at
    if case.commune_id is None or confirmed_at is None:
        return
    names = [collapse_spaces(to_nfc(part)) for part in case.place.split(",")] if relocated_at else []
    try:
        names += (
            [
                collapse_spaces(to_nfc(entity.text))
                for entity in get_stored_entities(first_link.message)
                if entity.type == "PLACE"
            ]
            if first_link
            else []
        )
    except (KeyError, TypeError):
        return
    gazetteer = areas.get_gazetteer()
    unknown_names = {
        name
        for name in names
        if is_landmark_name(name) and not any(place.trust == 1 for place in gazetteer.find_by_name(name))
    }
    if len(unknown_names) == 1:
        yield LandmarkConfirmation(unknown_names.pop(), case.commune_id, _hash_case(case), confirmed_at)


def is_landmark_name(name: str) -> bool:
    """Return whether it is a landmark type word and a name («quán bà Hoa», «cầu Cày»).

    No home, no street, no unit, no long number.
    """
    view = align(name)
    type_match = TYPES.find_all(view, 0, loose=True) if view.words else None
    if type_match is None or len(name) > _MAX_NAME_CHARS or not name.replace(" ", "").replace("/", "").isalnum():
        return False
    end, place_types = type_match
    name_words = view.words[end:]
    has_long_number = any(sum(map(str.isdecimal, word)) >= 5 for word in name_words)
    return (
        (LANDMARK in place_types or CAPITAL_ONLY in place_types)  # «quan» is «quán» too
        and view.words[0] not in _UNIT_TYPE_WORDS
        and view.marks[0] != "quận"
        and 0 < len(name_words) <= _MAX_NAME_WORD_COUNT
        and not has_long_number
    )


def _hash_case(case: Case) -> str:
    return salted_hmac("intake.landmark", str(case.public_id), algorithm="sha256").hexdigest()[:32]
