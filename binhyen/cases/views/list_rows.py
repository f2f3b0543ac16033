"""Rows of the case list as plain values for the template. The most requested page has fifty of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas.rules.names import POLICE
from binhyen.cases.choices import (
    CATEGORY_LABELS,
    OPEN_STATES,
    STATE_LABELS,
    UNASSIGNED_STATE_LABELS,
    UNREAD_UPDATE_LABELS,
    Lane,
    State,
    UnreadUpdate,
)
from binhyen.cases.kinds import CaseKind, get_kind, get_kind_labels
from binhyen.cases.queries.case_list import CaseListRow
from binhyen.cases.queries.duplicates import ClusterCase, cluster_cases
from binhyen.cases.rules import STAGE_LABELS, AlarmCause, AlarmLevel, get_alarm_level, should_alarm, silencing_takes
from binhyen.kit.ids import format_code
from binhyen.people.access import officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.queries import list_duty_contacts
from binhyen.people.roles import Permission
from binhyen.ui import formatting
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import beginning_translator, title_translator

_CASE_URL = "/vu-viec/"
DUE_SOON = dt.timedelta(hours=4)
_MIN_GROUPED = 2  # beside the oldest: two dangers of one hamlet are both shown in full
CUSTODY_URL = "/giu-kin"  # URLs of another process: they cannot be reversed here
STATE_TONES = {
    State.NEW: "info",
    State.RECEIVED: "info",
    State.WORKING: "warn",
    State.WAITING: "plain",
    State.PASSED_ON: "plain",
    State.CLOSED: "good",
    State.MERGED: "quiet",
}
_MAX_CALLEES = 4
_UNINFORMATIVE_CATEGORIES = frozenset({"", "other", "thanks"})  # categories without information about the incident


def build_case_url(code: str) -> str:
    return _CASE_URL + format_code(code)


class RowBuilder:
    """Builds rows for one officer at one time; values common to all rows are computed once."""

    def __init__(self, officer: Officer, *, now: dt.datetime) -> None:
        self._now = now
        self._kinds, self._states = translated_labels(get_kind_labels()), translated_labels(STATE_LABELS)
        self._unassigned_states = {**self._states, **translated_labels(UNASSIGNED_STATE_LABELS)}
        team, news = visibility(officer).assignee_id is not None, translated_labels(UNREAD_UPDATE_LABELS)
        self._news = (
            {UnreadUpdate.ASSIGNED: news[UnreadUpdate.ASSIGNED]} if team else news
        )  # to others, the team's own note is unread
        self._close, self._say = _("nhạy cảm"), formatting.get_phrases()
        self._title, self._begins = title_translator(), beginning_translator()
        self._takes = officer_may(officer, Permission.WORK_CASES)
        self._step = get_alarm_level(officer.role) or AlarmLevel.OFFICERS
        self._far = visibility(officer).province  # with many visible units the unit's name is needed
        # labels of deadlines, cached: few kinds and few lengths
        self._ends: dict[tuple[str, str, dt.timedelta], str] = {}
        self._callees: dict[int, list[dict[str, str]]] = {}  # by unit: whom to call about an escalated alarm

    def row(self, case: CaseListRow, *, boxed: bool, likely: bool) -> dict[str, Any]:
        code, opened, due = format_code(case["code"]), case["opened_at"], case["due_at"]
        url = _CASE_URL + code
        open_, free = case["state"] in OPEN_STATES, case["assignee_id"] is None
        return {
            "id": case["code"],
            "code": code,
            "url": url,
            "title": self._title(case["title"]),
            "boxed": boxed,
            "likely": likely,
            "snippet": self._begins(case["snippet"]),
            "place": self._format_place(case),
            "urgency": case["urgency"],
            "kind": self._format_kind(case),
            "state": (self._unassigned_states if free else self._states)[case["state"]],
            "state_tone": STATE_TONES[case["state"]],
            "assignee": case["assignee__name"] or "",
            "matched": case["matched"] and not case["sensitive"],
            "unhelped": case["reporter_unsatisfied"],
            "news": self._news.get(case["unread_reason"], "") if open_ else "",
            "alarming": should_alarm(case["urgency"]) and case["acknowledged_at"] is None and open_,
            "due": self._build_due(case) if due else None,
            "received_iso": opened.isoformat(),
            "received_text": formatting.format_short_time(opened, self._now, self._say),
            "take_url": f"{url}/nhan-viec?version={case['version']}" if self._takes and open_ and free else "",
        }

    def _build_due(self, case: CaseListRow) -> formatting.DueText:
        of = (case["kind"], case["lane"], case["due_at"] - case["opened_at"])
        if of not in self._ends:
            label = _find_deadline_label(get_kind(of[0]), of[1], of[2])
            self._ends[of] = _(label) if label else ""
        return formatting.build_due(case["due_at"], self._now, soon=DUE_SOON, label=self._ends[of], texts=self._say)

    def alarms(self, ringing: Sequence[CaseListRow]) -> list[dict[str, Any]]:
        """Build the rows of alarms; where many may be one incident, only the oldest with the others as `more` lines.

        `heap_url`: the page to compare and merge them.
        """
        escalated_units = {case["unit_id"] for case in ringing if case["escalation_level"]}
        if escalated_units:
            contacts = list_duty_contacts(escalated_units, self._now)
            self._callees = {unit_id: _build_callees(people) for unit_id, people in contacts.items()}
        cases_by_code = {case["code"]: case for case in ringing}
        listed = {code: self.build_alarm(case) for code, case in cases_by_code.items()}
        for first, *others in cluster_cases([_to_cluster_case(case) for case in ringing]):
            if len(others) >= _MIN_GROUPED:
                more = [listed.pop(code) for code in others]
                listed[first] |= {
                    "more": more,
                    "heap_url": build_case_url(_find_merge_root(first, cases_by_code)) + "#gop",
                }
        return list(listed.values())

    def build_alarm(self, case: CaseListRow) -> dict[str, Any]:
        url, opened, near, latest = build_case_url(case["code"]), case["opened_at"], case["near"], case["latest"]
        return {
            "id": case["code"],
            "code": format_code(case["code"]),
            "url": url,
            "title": self._rings(case),
            "version": case["version"],
            "again": _is_repeated(case),
            "near": format_code(near) if near else "",
            "near_url": build_case_url(near) if near else "",
            "near_words": self._begins(case["near_words"]) if near else "",
            "merge_url": f"{url}/gop" if near and self._takes else "",
            "latest": self._begins(latest) if latest not in (None, case["words"], case["snippet"]) else "",
            "snippet": self._begins(case["words"] or case["snippet"]),
            "place": self._format_place(case),
            "urgency": case["urgency"],
            "received_iso": opened.isoformat(),
            "received_text": formatting.format_short_time(opened, self._now, self._say),
            "escalation": format_escalation(
                case["escalation_level"], case["next_at"], at_once=self._step, now=self._now
            ),
            "callees": self._callees.get(case["unit_id"], ()) if case["escalation_level"] else (),
            "assignee": case["assignee__name"] or "",
            "is_unconfirmed": case["cause"] == AlarmCause.UNCONFIRMED,
            "takes": silencing_takes(case["cause"]),
            "acknowledge_url": f"{url}/da-nhan" if self._takes else "",
        }

    def _rings(self, case: CaseListRow) -> str:
        """Return the title of an alarm: the case's title, unless another message than the first started it."""
        if case["words"] in (None, case["snippet"]) or case["told"] == case["category"]:
            return str(self._title(case["title"]))
        return (
            _("Tin khẩn")
            if case["told"] in _UNINFORMATIVE_CATEGORIES
            else translated_labels(CATEGORY_LABELS)[case["told"]]
        )

    def _format_place(self, case: CaseListRow) -> str:
        place = str(case["place"])
        if not self._far:
            return place
        seat = str(case["unit__name"]).removeprefix(POLICE)
        if not place or seat.casefold() in place.casefold():
            return place or seat
        return f"{place} ({seat})"

    def _format_kind(self, case: CaseListRow) -> str:
        label = self._kinds[case["kind"]]
        return f"{label} · {self._close}" if case["sensitive"] else label


def _build_callees(people: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Build the first officers with a number, or the names of the first without."""
    reachable = [person for person in people if person[1]] or list(people)
    return [
        {"name": name, "phone": formatting.format_phone(phone), "call_url": f"tel:{phone}" if phone else ""}
        for name, phone in reachable[:_MAX_CALLEES]
    ]


def _is_repeated(alarm: CaseListRow) -> bool:
    """Return whether another message than the first started the alarm."""
    return alarm["words"] not in (None, alarm["snippet"])


def _to_cluster_case(case: CaseListRow) -> ClusterCase:
    return ClusterCase(
        case["code"], case["near"], case["told"] or case["category"], case["commune_id"], case["raised_at"]
    )


def _find_merge_root(code: str, ringing: Mapping[str, CaseListRow]) -> str:
    """Follow the offered merges to the last case: the target of the others."""
    passed = {code}
    while code in ringing and (near := ringing[code]["near"]) and near not in passed:
        passed.add(code := near)
    return code


def format_escalation(stage: int, next_at: dt.datetime | None, *, at_once: int, now: dt.datetime) -> str:
    """Describe the current and next escalation: «Báo trưởng công an xã sau 2 phút».

    `at_once`: the level that is alarmed without delay.
    """
    stages = translated_labels(STAGE_LABELS)
    if at_once > stage:
        stage, next_at = at_once, None
    current_text = _("Đã báo {stage}.").format(stage=stages[stage]) if stage else ""
    if next_at is None or stage + 1 not in stages:
        return current_text
    delay = formatting.format_duration(max(0.0, (next_at - now).total_seconds()))
    next_text = _("Báo {stage} sau {after}.").format(stage=stages[stage + 1], after=delay)
    return f"{current_text} {next_text}".strip()


def _find_deadline_label(kind: CaseKind, lane: Lane, duration: dt.timedelta) -> str:
    """Return the label of the clock with this deadline; "" where it was extended or inherited by a merge."""
    hours = duration / dt.timedelta(hours=1)
    return next((rule.label for rule in kind.deadlines if rule.hours == hours and lane in rule.lanes), "")
