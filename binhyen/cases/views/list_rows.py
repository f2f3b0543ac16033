"""Rows of the case list as plain values for the template. The most requested page has fifty of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas.rules.names import POLICE
from binhyen.cases.choices import CATEGORY_LABELS, NEWS_LABELS, OPEN_STATES, STATE_LABELS, Lane, News, State
from binhyen.cases.kinds import kind, kind_labels
from binhyen.cases.kinds.base import Kind
from binhyen.cases.queries.case_list import Row
from binhyen.cases.queries.possible_duplicates import Told, heaps
from binhyen.cases.rules import STAGE_LABELS, Stage, alarm_starts, rings_from
from binhyen.kit.ids import show_code
from binhyen.people.access import may, sight
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import beginnings, titles

_CASE = "/vu-viec/"
SOON = dt.timedelta(hours=4)
_MANY = 2  # beside the oldest: two dangers of one hamlet are both shown in full
CUSTODY = "/giu-kin"  # URLs of another process: they cannot be reversed here
TONES = {
    State.NEW: "info", State.RECEIVED: "info", State.WORKING: "warn", State.WAITING: "plain",
    State.PASSED_ON: "plain", State.CLOSED: "good", State.MERGED: "quiet",
}  # fmt: skip
_UNKNOWN = frozenset({"", "other", "thanks"})  # categories without information about the incident


def case_url(code: str) -> str:
    return _CASE + show_code(code)


class Rows:
    """Builds rows for one officer at one time; values common to all rows are computed once."""

    def __init__(self, officer: Officer, *, now: dt.datetime) -> None:
        self._now = now
        self._kinds, self._states = spoken(kind_labels()), spoken(STATE_LABELS)
        team, news = sight(officer).own_tasks_of is not None, spoken(NEWS_LABELS)
        self._news = {News.GIVEN: news[News.GIVEN]} if team else news  # to others, the team's own note is unread
        self._close, self._say = _("nhạy cảm"), formatting.phrases()
        self._title, self._begins = titles(), beginnings()
        self._takes = may(officer, May.WORK_CASES)
        self._step = rings_from(officer.role) or Stage.OFFICERS
        self._far = sight(officer).province  # with many visible units the unit's name is needed
        # labels of deadlines, cached: few kinds and few lengths
        self._ends: dict[tuple[str, str, dt.timedelta], str] = {}

    def row(self, case: Row, *, boxed: bool, likely: bool) -> dict[str, Any]:
        code, opened, due = show_code(case["code"]), case["opened_at"], case["due_at"]
        url = _CASE + code
        open_, free = case["state"] in OPEN_STATES, case["assignee_id"] is None
        return {
            "id": case["code"], "code": code, "url": url, "title": self._title(case["title"]),
            "boxed": boxed, "likely": likely, "snippet": self._begins(case["snippet"]),
            "place": self._place(case), "urgency": case["urgency"], "kind": self._kind(case),
            "state": self._states[case["state"]], "state_tone": TONES[case["state"]],
            "assignee": case["assignee__name"] or "",
            "matched": case["matched"] and not case["sensitive"], "unhelped": case["unhelped"],
            "news": self._news.get(case["news"], "") if open_ else "",
            "alarming": alarm_starts(case["urgency"]) and case["acknowledged_at"] is None and open_,
            "due": self._due(case) if due else None,
            "received_iso": opened.isoformat(), "received_text": formatting.when(opened, self._now, self._say),
            "take_url": f"{url}/nhan-viec?version={case['version']}" if self._takes and open_ and free else "",
        }  # fmt: skip

    def _due(self, case: Row) -> formatting.Due:
        of = (case["kind"], case["lane"], case["due_at"] - case["opened_at"])
        if of not in self._ends:
            label = _ending_then(kind(of[0]), of[1], of[2])
            self._ends[of] = _(label) if label else ""
        return formatting.due(case["due_at"], self._now, soon=SOON, label=self._ends[of], say=self._say)

    def alarms(self, ringing: Sequence[Row]) -> list[dict[str, Any]]:
        """Build the rows of alarms; where many may be one incident, only the oldest with the others as `more` lines.

        `heap_url`: the page to compare and merge them.
        """
        known = {case["code"]: case for case in ringing}
        listed = {code: self.alarm(case) for code, case in known.items()}
        for first, *others in heaps([_told(case) for case in ringing]):
            if len(others) >= _MANY:
                more = [listed.pop(code) for code in others]
                listed[first] |= {"more": more, "heap_url": case_url(_root(first, known)) + "#gop"}
        return list(listed.values())

    def alarm(self, case: Row) -> dict[str, Any]:
        url, opened, near, latest = case_url(case["code"]), case["opened_at"], case["near"], case["latest"]
        return {
            "id": case["code"], "code": show_code(case["code"]), "url": url, "title": self._rings(case),
            "version": case["version"], "again": case["words"] not in (None, case["snippet"]),
            "near": show_code(near) if near else "", "near_url": case_url(near) if near else "",
            "near_words": self._begins(case["near_words"]) if near else "",
            "merge_url": f"{url}/gop" if near and self._takes else "",
            "latest": self._begins(latest) if latest not in (None, case["words"], case["snippet"]) else "",
            "snippet": self._begins(case["words"] or case["snippet"]), "place": self._place(case),
            "urgency": case["urgency"], "received_iso": opened.isoformat(),
            "received_text": formatting.when(opened, self._now, self._say),
            "escalation": escalation(case["stage"], case["next_at"], at_once=self._step, now=self._now),
            "assignee": case["assignee__name"] or "", "acknowledge_url": f"{url}/da-nhan" if self._takes else "",
        }  # fmt: skip

    def _rings(self, case: Row) -> str:
        """Return the title of an alarm: the case's title, unless another message than the first started it."""
        if case["words"] in (None, case["snippet"]) or case["told"] == case["category"]:
            return str(self._title(case["title"]))
        return _("Tin khẩn") if case["told"] in _UNKNOWN else spoken(CATEGORY_LABELS)[case["told"]]

    def _place(self, case: Row) -> str:
        place = str(case["place"])
        if not self._far:
            return place
        seat = str(case["unit__name"]).removeprefix(POLICE)
        if not place or seat.casefold() in place.casefold():
            return place or seat
        return f"{place} ({seat})"

    def _kind(self, case: Row) -> str:
        label = self._kinds[case["kind"]]
        return f"{label} · {self._close}" if case["sensitive"] else label


def _told(case: Row) -> Told:
    return Told(case["code"], case["near"], case["told"] or case["category"], case["commune_id"], case["raised_at"])


def _root(code: str, ringing: Mapping[str, Row]) -> str:
    """Follow the offered merges to the last case: the target of the others."""
    passed = {code}
    while code in ringing and (near := ringing[code]["near"]) and near not in passed:
        passed.add(code := near)
    return code


def escalation(stage: int, next_at: dt.datetime | None, *, at_once: int, now: dt.datetime) -> str:
    """Describe the current and next escalation: «Báo trưởng công an xã sau 2 phút».

    `at_once`: the level that is alarmed without delay.
    """
    stages = spoken(STAGE_LABELS)
    if at_once > stage:
        stage, next_at = at_once, None
    told = _("Đã báo {stage}.").format(stage=stages[stage]) if stage else ""
    if next_at is None or stage + 1 not in stages:
        return told
    after = formatting.span(max(0.0, (next_at - now).total_seconds()))
    then = _("Báo {stage} sau {after}.").format(stage=stages[stage + 1], after=after)
    return f"{told} {then}".strip()


def _ending_then(kind: Kind, lane: Lane, after: dt.timedelta) -> str:
    """Return the label of the clock with this deadline; "" where it was extended or inherited by a merge."""
    hours = after / dt.timedelta(hours=1)
    return next((d.label for d in kind.deadlines if d.hours == hours and lane in d.lanes), "")
