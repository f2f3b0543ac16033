"""Events of a case as text: actor, action, and a short detail."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas.queries import NotLoaded, directory, labels
from binhyen.cases.choices import (
    CATEGORY_LABELS,
    EVENT_LABELS,
    GRADE_LABELS,
    LANE_LABELS,
    OUTCOME_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
    WHY_LABELS,
    Verb,
)
from binhyen.cases.models import CaseEvent
from binhyen.cases.queries.case_page import codes_seen
from binhyen.cases.rules import LATE_LABELS, STAGE_LABELS
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code
from binhyen.people.models import Officer
from binhyen.people.queries import by_public_ids
from binhyen.ui.label_cache import spoken

_TONES: dict[str, str] = {
    Verb.ALARMED: "bad", Verb.ACKNOWLEDGED: "good", Verb.CLOSED: "good", Verb.REOPENED: "warn",
}  # fmt: skip
_OF_TWO = frozenset(
    {Verb.MERGED, Verb.ABSORBED, Verb.UNMERGED, Verb.RELATED, Verb.UNRELATED, Verb.SPLIT, Verb.MESSAGED}
)
Data = Mapping[str, Any]


def timeline(events: Iterable[CaseEvent], officer: Officer) -> list[dict[str, Any]]:
    """Build the timeline.

    The code of another case appears only where it is visible: the province links across units.
    """
    rows = list(events)
    seen = codes_seen(officer, {code for e in rows if (code := _other(e))})
    people = by_public_ids({name for e in rows if (name := _named(e))})
    titles = spoken(EVENT_LABELS)
    names = _areas(rows)
    return [
        {
            "at": e.at,
            "who": _who(e),
            "title": titles.get(e.verb, e.verb),
            "text": _text(e, people, seen, names),
            "tone": _TONES.get(e.verb, ""),
        }
        for e in rows
    ]


def _areas(events: Iterable[CaseEvent]) -> dict[int, str]:
    """Return the names of areas on the days of corrections; no statement without a correction."""
    named: dict[int, str] = {}
    for event in events:
        if event.verb == Verb.RELOCATED:
            ids = [end for end in (event.data.get("from"), event.data.get("to")) if end]
            named |= labels(ids, vietnam_day(event.at))
    return named


def _who(event: CaseEvent) -> str:
    if event.officer is not None:
        return event.officer.name
    return _("Người dân") if event.actor == "citizen" else _("Hệ thống")


def _named(event: CaseEvent) -> str:
    """Return the public id of the officer that got the case or left it."""
    key = {Verb.ASSIGNED.value: "to", Verb.LEFT.value: "from"}.get(event.verb)
    return str(event.data.get(key, "")) if key else ""


def _other(event: CaseEvent) -> str:
    """Return the code of another case that the event refers to."""
    data: Data = event.data
    return str(data.get("into") or data.get("case") or data.get("from") or "") if event.verb in _OF_TWO else ""


def _text(event: CaseEvent, people: Mapping[str, Officer], seen: Set[str], names: Mapping[int, str]) -> str:
    data: Data = event.data
    match event.verb:
        case Verb.STATE | Verb.GRADED:
            return _change(STATE_LABELS if event.verb == Verb.STATE else GRADE_LABELS, data)
        case Verb.ASSIGNED | Verb.LEFT:
            officer = people.get(_named(event))
            return officer.name if officer else ""
        case Verb.CLOSED:
            return _label(OUTCOME_LABELS, data.get("outcome"))
        case Verb.ALARMED | Verb.LATE | Verb.PROLONGED:
            return _time(event.verb, data)
        case Verb.HANDED_ON | Verb.TAKEN_BACK:
            return f"{_unit(data.get('from'))} → {_unit(data.get('to'))}"
        case Verb.RECLASSIFIED:
            return _reclassified(data.get("from", {}), data.get("to", {}))
        case Verb.RATED:
            return _("Có giúp được") if data.get("helped") else _("Chưa giúp được")
        case Verb.WITNESSED:
            return spoken(WHY_LABELS).get(data.get("why", ""), "")
        case Verb.PLACED:
            moved = data.get("from") != data.get("to")
            return f"{_unit(data.get('from'))} → {_unit(data.get('to'))}" if moved else ""
        case Verb.RELOCATED:
            before, after = (names.get(data.get(end) or 0, "") for end in ("from", "to"))
            return f"{before} → {after}" if before and after and before != after else after
        case Verb.OPENED:
            return _("Đã tự hỏi lại nơi hoặc lúc xảy ra") if data.get("asked") else ""
    code = _other(event)
    return "" if not code else show_code(code) if code in seen else _("vụ của đơn vị khác")


def _time(verb: str, data: Data) -> str:
    """Describe the level of an alarm or overdue notice, or the number of an extension."""
    if verb == Verb.PROLONGED:
        return _("lần {n}").format(n=data.get("times", 1))
    if verb == Verb.LATE:
        return spoken(LATE_LABELS).get(data.get("stage", 0), "")
    return _("Báo {stage}").format(stage=spoken(STAGE_LABELS).get(data.get("stage", 0), ""))


def _reclassified(before: Data, after: Data) -> str:
    """Describe the changed fields only."""
    lists: tuple[tuple[str, Mapping[Any, str]], ...] = (
        ("category", CATEGORY_LABELS), ("urgency", URGENCY_LABELS), ("lane", LANE_LABELS),
    )  # fmt: skip
    changes = [
        f"{_label(labels, before.get(name))} → {_label(labels, after.get(name))}"
        for name, labels in lists
        if before.get(name) != after.get(name)
    ]
    return "; ".join(changes)


def _change(labels: Mapping[Any, str], data: Data) -> str:
    return f"{_label(labels, data.get('from'))} → {_label(labels, data.get('to'))}"


def _label(labels: Mapping[Any, str], value: Any) -> str:
    """Return the label of a code. `labels`: one of `cases/choices.py`."""
    return spoken(labels).get(value, str(value or ""))


def _unit(unit_id: Any) -> str:
    try:
        return directory().unit_name(unit_id)
    except NotLoaded:
        return ""
