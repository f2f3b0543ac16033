"""Events of a case as text: actor, action, and a short detail."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas.queries import AreasNotLoadedError, build_labels, get_directory
from binhyen.cases.choices import (
    CATEGORY_LABELS,
    EVENT_LABELS,
    GRADE_LABELS,
    JOIN_REASON_LABELS,
    LANE_LABELS,
    OUTCOME_LABELS,
    REWARD_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
    Verb,
)
from binhyen.cases.models import CaseEvent
from binhyen.cases.queries.case_page import filter_visible_codes
from binhyen.cases.rules import LATE_LABELS, STAGE_LABELS
from binhyen.cases.services.arrival import ARRIVAL_CLOCK
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.people.models import Officer
from binhyen.people.queries import get_officers_by_public_ids
from binhyen.ui.formatting import format_number
from binhyen.ui.label_cache import translated_labels

_TONES: dict[str, str] = {
    Verb.ALARMED: "bad",
    Verb.ACKNOWLEDGED: "good",
    Verb.CLOSED: "good",
    Verb.REOPENED: "warn",
}
_TWO_CASE_VERBS = frozenset(
    {Verb.MERGED, Verb.ABSORBED, Verb.UNMERGED, Verb.RELATED, Verb.UNRELATED, Verb.SPLIT, Verb.MESSAGED}
)
Data = Mapping[str, Any]


def build_timeline(events: Iterable[CaseEvent], officer: Officer) -> list[dict[str, Any]]:
    """Build the timeline.

    The code of another case appears only where it is visible: the province links across units.
    """
    rows = list(events)
    visible_codes = filter_visible_codes(officer, {code for event in rows if (code := _get_other_code(event))})
    people = get_officers_by_public_ids({name for event in rows if (name := _get_officer_id(event))})
    titles = translated_labels(EVENT_LABELS)
    names = _get_area_names(rows)
    return [
        {
            "at": event.at,
            "who": _format_actor(event),
            "title": titles.get(event.verb, event.verb),
            "text": _format_text(event, people, visible_codes, names),
            "tone": _TONES.get(event.verb, ""),
        }
        for event in rows
    ]


def _get_area_names(events: Iterable[CaseEvent]) -> dict[int, str]:
    """Return the names of areas on the days of corrections; no statement without a correction."""
    named: dict[int, str] = {}
    for event in events:
        if event.verb == Verb.RELOCATED:
            ids = [end for end in (event.data.get("from"), event.data.get("to")) if end]
            named |= build_labels(ids, to_vietnam_day(event.at))
    return named


def _format_actor(event: CaseEvent) -> str:
    if event.officer is not None:
        return event.officer.name
    return _("Người dân") if event.actor == "citizen" else _("Hệ thống")


def _get_officer_id(event: CaseEvent) -> str:
    """Return the public id of the officer that got the case or left it."""
    key = {Verb.ASSIGNED.value: "to", Verb.LEFT.value: "from"}.get(event.verb)
    return str(event.data.get(key, "")) if key else ""


def _get_other_code(event: CaseEvent) -> str:
    """Return the code of another case that the event refers to."""
    data: Data = event.data
    return str(data.get("into") or data.get("case") or data.get("from") or "") if event.verb in _TWO_CASE_VERBS else ""


def _format_text(
    event: CaseEvent, people: Mapping[str, Officer], visible_codes: Set[str], names: Mapping[int, str]
) -> str:
    data: Data = event.data
    match event.verb:
        case Verb.STATE | Verb.GRADED | Verb.REWARDED:
            return _format_judgement(event.verb, data)
        case Verb.ASSIGNED | Verb.LEFT:
            officer = people.get(_get_officer_id(event))
            return officer.name if officer else ""
        case Verb.CLOSED:
            return _get_label(OUTCOME_LABELS, data.get("outcome"))
        case Verb.ALARMED | Verb.LATE | Verb.PROLONGED | Verb.ARRIVED:
            return _format_level(event.verb, data)
        case Verb.HANDED_ON | Verb.TAKEN_BACK:
            return f"{_get_unit_name(data.get('from'))} → {_get_unit_name(data.get('to'))}"
        case Verb.RECLASSIFIED:
            return _format_reclassified(data.get("from", {}), data.get("to", {}))
        case Verb.RATED:
            return _("Có giúp được") if data.get("helped") else _("Chưa giúp được")
        case Verb.WITNESSED:
            return translated_labels(JOIN_REASON_LABELS).get(data.get("why", ""), "")
        case Verb.PLACED:
            moved = data.get("from") != data.get("to")
            return f"{_get_unit_name(data.get('from'))} → {_get_unit_name(data.get('to'))}" if moved else ""
        case Verb.RELOCATED:
            old_name, new_name = (names.get(data.get(end) or 0, "") for end in ("from", "to"))
            return f"{old_name} → {new_name}" if old_name and new_name and old_name != new_name else new_name
        case Verb.OPENED:
            return _("Đã tự hỏi lại nơi hoặc lúc xảy ra") if data.get("asked") else ""
    code = _get_other_code(event)
    return "" if not code else format_code(code) if code in visible_codes else _("vụ của đơn vị khác")


def _format_judgement(verb: str, data: Data) -> str:
    """Describe a change of state, the grade of a tip, or a reward for it."""
    if verb == Verb.STATE:
        receipt = _("{receiver}, biên nhận {receipt}").format(**data) if data.get("receipt") else ""
        return ", ".join(filter(None, (_format_change(STATE_LABELS, data), receipt)))
    if verb == Verb.REWARDED:
        return _format_reward(data)
    judged = "".join(str(data.get(name, "")) for name in ("reliability", "credibility"))
    return ", ".join(filter(None, (_format_change(GRADE_LABELS, data), judged)))


def _format_reward(data: Data) -> str:
    """Describe thanks, or a reward with sum and receipt."""
    label = _get_label(REWARD_LABELS, data.get("kind"))
    if not data.get("amount"):
        return label
    amount = format_number(int(data["amount"]))
    return _("{label} {amount} đ, biên nhận {receipt}").format(
        label=label, amount=amount, receipt=data.get("receipt", "")
    )


def _format_level(verb: str, data: Data) -> str:
    """Describe the level of an alarm or overdue notice, or the number of an extension."""
    if verb == Verb.ARRIVED:
        return _("sau {n} phút").format(n=data.get("minutes", 0))
    if verb == Verb.PROLONGED:
        return _("lần {n}").format(n=data.get("times", 1))
    if verb == Verb.LATE and data.get("clock") == ARRIVAL_CLOCK:
        return _("Chưa đến nơi: báo trưởng công an xã")
    if verb == Verb.LATE:
        return translated_labels(LATE_LABELS).get(data.get("stage", 0), "")
    return _("Báo {stage}").format(stage=translated_labels(STAGE_LABELS).get(data.get("stage", 0), ""))


def _format_reclassified(previous: Data, current: Data) -> str:
    """Describe the changed fields only."""
    lists: tuple[tuple[str, Mapping[Any, str]], ...] = (
        ("category", CATEGORY_LABELS),
        ("urgency", URGENCY_LABELS),
        ("lane", LANE_LABELS),
    )
    changes = [
        f"{_get_label(labels, previous.get(name))} → {_get_label(labels, current.get(name))}"
        for name, labels in lists
        if previous.get(name) != current.get(name)
    ]
    return "; ".join(changes)


def _format_change(labels: Mapping[Any, str], data: Data) -> str:
    return f"{_get_label(labels, data.get('from'))} → {_get_label(labels, data.get('to'))}"


def _get_label(labels: Mapping[Any, str], value: Any) -> str:
    """Return the label of a code. `labels`: one of `cases/choices.py`."""
    return translated_labels(labels).get(value, str(value or ""))


def _get_unit_name(unit_id: Any) -> str:
    try:
        return get_directory().unit_name(unit_id)
    except AreasNotLoadedError:
        return ""
