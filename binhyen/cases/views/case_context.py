"""Template context of the case page as plain values. Reporters appear only by pseudonym."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.areas import queries as areas
from binhyen.areas.models import Unit
from binhyen.cases.choices import (
    CATEGORY_LABELS,
    GRADE_LABELS,
    LANE_LABELS,
    OUTCOME_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
    Grade,
    Lane,
    Outcome,
    State,
)
from binhyen.cases.kinds import kind, kind_labels
from binhyen.cases.message_texts import ready
from binhyen.cases.models import Alarm, Case, Clock, Report
from binhyen.cases.queries import case_page
from binhyen.cases.queries.alarm_recipients import stops
from binhyen.cases.queries.overdue import clocks, late_of
from binhyen.cases.rules import Stage, deadline, deeds, next_states, next_term, outcomes, who_prolongs
from binhyen.cases.services.unit_of_work import facts, reads
from binhyen.cases.views.filters import options
from binhyen.cases.views.list_rows import CUSTODY, SOON, TONES, case_url, escalation
from binhyen.cases.views.reply_window import reply_window
from binhyen.channels.presenters import channel_label, map_url, proof
from binhyen.kit.clock import vietnam_day
from binhyen.kit.file_types import ACCEPT
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.kit.text import fold
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import title as titled
from binhyen.vault import queries as vault
from binhyen.vault.pseudonyms import in_case, known_as

_ACTS = ("take", "set_state", "hand_on", "close", "reopen", "evidence", "grade")  # the actions panel
_GRADE_HINTS = {
    Grade.USEFUL: N_("Giúp hiểu thêm sự việc"),
    Grade.VALUABLE: N_("Giúp ngăn chặn hoặc làm rõ; vào bảng kết quả"),
}
_WORTH = {Grade.USEFUL: N_("Tin có ích"), Grade.VALUABLE: N_("Tin có giá trị")}


def show(officer: Officer, case: Case, *, corrected: bool, now: dt.datetime) -> dict[str, Any]:
    """Build `case` of `desk/case.html`. `corrected`: an officer set the place, not the reporter."""
    reports = case_page.hearers(case)
    spoke = case_page.last_words(officer, {r.conversation_id for r in reports if r.conversation_id})
    doing = urls(officer, case, heard=any(r.conversation_id for r in reports))
    hand_to = _hand_to(officer, case, now=now) if doing["hand_on"] else []
    doing["hand_on"] = doing["hand_on"] if hand_to else ""
    alarm: Alarm | None = getattr(case, "alarm", None)
    rings = alarm if alarm is not None and alarm.acknowledged_at is None else None
    at_once = Stage.PROVINCE if case.unit.level == Unit.Level.PROVINCE else Stage.OFFICERS
    known, states, ends = facts(case), spoken(STATE_LABELS), spoken(OUTCOME_LABELS)
    return {
        "id": case.code, "code": show_code(case.code), "version": case.version, "url": case_url(case.code),
        "write_key": f"{case.code}-{case.version}", "title": titled(case.title),
        "kind": spoken(kind_labels())[case.kind], "lane": spoken(LANE_LABELS)[Lane(case.lane)], "urgency": case.urgency,
        "state": {"label": states[State(case.state)], "tone": TONES[State(case.state)]},
        "sensitive": case.sensitive, "alarming": rings is not None,
        "escalation": escalation(rings.stage, rings.next_at, at_once=at_once, now=now) if rings else "",
        "assignee": case.assignee.name if case.assignee else "", "unit": case.unit.name,
        "received_at": case.opened_at, "place": _place(case, now=now) | {"corrected": corrected},
        "reporter": _reporter(officer, case, reports, spoke),
        "clocks": _clocks(officer, case, now=now),
        "reply_window": reply_window(reports, spoke, now=now) if doing["reply"] else None,
        "answers": _answers(case) if doing["reply"] else [],
        # «Đã nhận» is set by taking the case.
        "next_states": options({s.value: states[s] for s in next_states(known) if s is not State.RECEIVED}),
        "outcomes": options({o.value: ends[o] for o in outcomes(known, decides=may(officer, May.DECIDE))}),
        "grades": _grades(case), "hand_to": hand_to, "accept": ACCEPT,
        "merged_into": _merged_into(officer, case), "outcome": _outcome(case),
        "urls": doing | _more_urls(officer, case, reports, identity=doing["identity"]),
        "sealed": _sealed(officer, case),
        "acts": any(doing[name] for name in _ACTS),
    }  # fmt: skip


def _answers(case: Case) -> list[dict[str, str]]:
    return [{"label": _(label), "text": text} for label, text in ready(case.kind, case.category)]


def _able(officer: Officer) -> frozenset[May]:
    return frozenset(ability for ability in May if may(officer, ability))


# URL path of each action of `rules.allowed_actions`.
_PATHS = {
    "acknowledge": "da-nhan", "take": "nhan-viec", "set_state": "trang-thai", "hand_on": "giao", "close": "ket-thuc",
    "reopen": "mo-lai", "reply": "tra-loi", "ask": "hoi-lai", "note": "ghi-chu", "merge": "gop", "relate": "lien-ket",
    "grade": "danh-gia", "evidence": "chung-cu", "correct": "phan-loai", "set_place": "sua-noi",
    "identity": "danh-tinh", "heard_late": "da-biet-han",
}  # fmt: skip


def urls(officer: Officer, case: Case, *, heard: bool) -> dict[str, str]:
    """Return the URL of each action; empty where the officer may not do it now, which hides its form."""
    own, reported = case.assignee_id == officer.pk, case.acknowledged_at is None and stops(officer, case)
    late = late_of(officer, case)
    may_do = deeds(
        facts(case), _able(officer), own=own, reported=reported, heard=heard, late=late, reads=reads(officer, case)
    )
    url = case_url(case.code)
    return {name: f"{url}/{path}" if name in may_do else "" for name, path in _PATHS.items()}


def _more_urls(officer: Officer, case: Case, reports: Sequence[Report], *, identity: str) -> dict[str, str]:
    """Return links that lead to something. The disclosure page tells the same officers when nothing is stored."""
    keeps = bool(identity) and bool(vault.keeps_something(r.reporter_id for r in reports))
    originals = bool(identity) and case_page.has_originals(officer, case)
    return {
        "consents": f"/dong-y/{show_code(case.code)}" if may(officer, May.WORK_CASES) else "",
        "identity": identity if keeps else "", "originals": f"{identity}#ban-goc" if originals else "",
    }  # fmt: skip


def _sealed(officer: Officer, case: Case) -> dict[str, str] | None:
    """Return where a sealed case is read; the URL only for officers who may hold the key."""
    if not kind(case.kind).sealed:
        return None
    return {"url": f"{CUSTODY}/tin" if reads(officer, case) else ""}


def _place(case: Case, *, now: dt.datetime) -> dict[str, Any]:
    """Return the place: village by its current name and the text as written.

    Without a village: the text and the current commune, unless the text names it.
    """
    known = case.area_id or case.commune_id
    text = areas.labels([known], vietnam_day(now)).get(known, "") if known else ""
    place = "" if fold(case.place) in fold(text) else case.place
    village = case.area_id is not None and case.area_id != case.commune_id
    if not village or not text:
        named = fold(text) in fold(place)
        text, place = place if named else _once([*place.split(", "), text]), ""
    return {"text": text, "written": place, "map_url": map_url(case.latitude, case.longitude)}


def _once(parts: Sequence[str]) -> str:
    """Drop duplicates and parts that are contained in another part."""
    said = list(dict.fromkeys(filter(None, parts)))
    return ", ".join(p for p in said if not any(fold(p) in fold(o) and o != p for o in said))


def _reporter(
    officer: Officer, case: Case, reports: Sequence[Report], spoke: Mapping[int, dt.datetime]
) -> dict[str, str]:  # fmt: skip
    """Return pseudonym, channels and rating of the reporters."""
    if not reports:
        return {"name": _("Người báo tin kín") if kind(case.kind).sealed else _("Không rõ"), "text": ""}
    first, rest = reports[0], len({r.reporter_id for r in reports}) - 1
    parts = []
    talks = [r.conversation for r in reports if r.conversation_id in spoke and r.conversation]
    channels = dict.fromkeys(channel_label(talk.channel) for talk in talks)
    private = _("Nhắn riêng qua {channels}").format(channels=", ".join(channels))
    parts.append(private if channels else _("Chỉ viết trong nhóm, chưa nhắn riêng"))
    if rest:
        parts.append(ngettext("và {n} người khác cùng báo", "và {n} người khác cùng báo", rest).format(n=rest))
    before = case_page.told_before(officer, case, {r.reporter_id for r in reports})
    if before:
        parts.append(ngettext("{n} vụ khác từng báo", "{n} vụ khác từng báo", before).format(n=before))
    helped = [r.helped for r in reports if r.helped is not None]
    if helped:
        parts.append(_("{n}/{all} người nói việc này có giúp").format(n=sum(helped), all=len(helped)))
    return {"name": known_as(first.reporter, in_case(case.code)), "text": " · ".join(parts)}


def _clocks(officer: Officer, case: Case, *, now: dt.datetime) -> list[dict[str, Any]]:
    """List clocks, with the URL to extend them where allowed."""
    return [
        {
            "due": formatting.due(c.due_at, now, soon=SOON, met=c.stopped_at is not None, label=_(c.label)),
            "name": c.name,
            "prolong_url": f"{case_url(case.code)}/gia-han" if _prolongs(officer, case, c) else "",
        }
        for c in clocks(case)
    ]


def _prolongs(officer: Officer, case: Case, clock: Clock) -> bool:
    owner = clock.lent_by or case
    known = deadline(kind(owner.kind), Lane(owner.lane), clock.name)
    runs = case.is_open and clock.stopped_at is None
    return runs and next_term(known, clock.prolonged) is not None and may(officer, who_prolongs(Lane(owner.lane)))


def _grades(case: Case) -> list[dict[str, Any]]:
    if not kind(case.kind).graded:
        return []
    return [
        {"value": g.value, "label": label, "chosen": g == case.grade, "hint": _(_GRADE_HINTS.get(g, ""))}
        for g, label in spoken(GRADE_LABELS).items()
    ]


def _hand_to(officer: Officer, case: Case, *, now: dt.datetime) -> list[dict[str, Any]]:
    hands = case_page.hands(officer, case, now=now)
    people = {f"can-bo:{o.public_id}": _hand(o, case, on_duty=o.pk in hands.on_duty) for o in hands.people}
    units = {f"don-vi:{u.code}": u.name for u in hands.units}
    groups = ((case.unit.name, people), (_("Đơn vị khác"), units))
    return [{"label": label, "options": options(choices)} for label, choices in groups if choices]


def _hand(person: Officer, case: Case, *, on_duty: bool) -> str:
    seat = person.role_label if person.unit_id == case.unit_id else person.unit.name
    return f"{person.name} ({', '.join([seat, *([_('đang trực')] if on_duty else [])])})"


def _merged_into(officer: Officer, case: Case) -> dict[str, str] | None:
    """Return the case that this one was merged into; only its code where that is not visible."""
    target = case.merged_into
    if target is None:
        return None
    seen = case_page.sees(officer, target.pk)
    title = titled(target.title) if seen else _("đơn vị khác đang giữ")
    return {"url": case_url((target if seen else case).code), "code": show_code(target.code), "title": title}


def _outcome(case: Case) -> dict[str, Any] | None:
    """Return outcome, result text and evidence."""
    if case.state != State.CLOSED:
        return None
    proofs = case_page.evidence(case)
    grounds = [_("Căn cứ: {text}").format(text=e.text) for e in proofs if e.text]
    return {
        "label": spoken(OUTCOME_LABELS)[Outcome(case.outcome)],
        "text": "\n".join([case.result, *grounds]),
        "valuable": _(_WORTH.get(Grade(case.grade), "")),
        "evidence": [file for e in proofs for file in proof(e.attachment)],
    }


def corrections(case: Case) -> dict[str, Any]:
    """Return the choices of the correction form."""
    return {
        "categories": options(spoken(CATEGORY_LABELS), case.category),
        "urgencies": options({str(u): label for u, label in spoken(URGENCY_LABELS).items()}, str(case.urgency)),
        "lanes": options({lane.value: label for lane, label in spoken(LANE_LABELS).items()}, case.lane),
    }
