"""Template context of the case page as plain values. Reporters appear only by pseudonym."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.areas import queries as areas
from binhyen.areas.map_drawing import AREA_MAP_URL, PIN_WIDTH, build_area_projection, frame_drawing
from binhyen.areas.models import Unit
from binhyen.cases.choices import (
    CATEGORY_LABELS,
    CREDIBILITY_LABELS,
    GRADE_LABELS,
    LANE_LABELS,
    OUTCOME_LABELS,
    RELIABILITY_LABELS,
    SCAM_CATEGORY,
    STATE_LABELS,
    URGENCY_LABELS,
    WELFARE_CATEGORY,
    Grade,
    Lane,
    Outcome,
    State,
    get_state_label,
)
from binhyen.cases.escalation_settings import get_arrival_target
from binhyen.cases.kinds import get_kind, get_kind_labels
from binhyen.cases.message_texts import list_quick_replies
from binhyen.cases.models import Alarm, Case, Clock, Report
from binhyen.cases.queries import case_page
from binhyen.cases.queries.alarm_recipients import can_silence, find_alarm_cause
from binhyen.cases.queries.lost_found import PERSON_SIDES
from binhyen.cases.queries.overdue import has_overdue, list_clocks
from binhyen.cases.rules import (
    AlarmLevel,
    allowed_actions,
    find_deadline,
    get_extension_permission,
    get_next_extension,
    list_next_states,
    list_outcomes,
    silencing_takes,
)
from binhyen.cases.services import callbacks
from binhyen.cases.services.reply_templates import list_reply_templates
from binhyen.cases.services.unit_of_work import can_read, to_case_status
from binhyen.cases.views.filters import to_options
from binhyen.cases.views.list_rows import CUSTODY_URL, DUE_SOON, STATE_TONES, build_case_url, format_escalation
from binhyen.channels.models import Conversation
from binhyen.channels.presenters import format_channel, format_geo_url, format_map_url, list_proof_files
from binhyen.channels.registry import get_channel_kinds
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.file_storage import ACCEPTED_TYPES
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.text import fold_text
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.ui import formatting
from binhyen.ui.formatting import format_duration
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_title as titled
from binhyen.vault import queries as vault
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope, format_pseudonym

# Messaging window: whether a reply can still reach the reporters, as text for the officer.
#
# Counted from each reporter's messages on cases visible to the officer. The channel counts from their newest message
# of all (the sender process checks that); to show it here would reveal a complaint about this very officer.

_ENDS_SOON = dt.timedelta(hours=6)


def build_reply_window(
    reports: Sequence[Report], last_messages: Mapping[int, dt.datetime], *, now: dt.datetime
) -> dict[str, str] | None:
    """Return `text`, `state` (ok, soon, over) of the worst reachable reporter; None without reporters.

    `last_messages`: by conversation (`get_last_message_times`).
    """
    if not reports:
        return None
    talks = {report.conversation_id: report.conversation for report in reports if report.conversation is not None}
    if not talks:
        text = _("Người báo chỉ viết trong nhóm, chưa nhắn riêng: câu trả lời chưa gửi được cho ai.")
        return {"text": text, "state": "over"}
    windows = [_build_window(talk, last_messages.get(talk.pk), now=now) for talk in talks.values()]
    worst = max(windows, key=lambda window: ("ok", "soon", "over").index(window["state"]))
    if len(windows) > 1:
        reached = sum(window["state"] != "over" for window in windows)
        all_of_them = _("Gửi tới {n}/{all} người báo.").format(n=reached, all=len(windows))
        return worst | {"text": f"{all_of_them} {worst['text']}"}
    return worst


def _build_window(
    conversation: Conversation, last_message_at: dt.datetime | None, *, now: dt.datetime
) -> dict[str, str]:
    adapter = get_channel_kinds()[conversation.channel.kind]
    channel = _(adapter.label)
    free, last = adapter.limits.free_window, adapter.limits.last_window
    if adapter.is_immediate or free is None or last is None:
        return {"text": _("Người báo đọc câu trả lời trên trang tra cứu của họ."), "state": "ok"}
    if last_message_at is None:
        text = _("Người báo chưa nhắn riêng về việc này: {channel} có thể không cho gửi.").format(channel=channel)
        return {"text": text, "state": "over"}
    if now - last_message_at >= last:
        silent = _(
            "Người báo không nhắn về việc này quá {days} ngày: {channel} có thể không cho gửi. Nên chờ họ nhắn lại."
        )
        text = silent.format(days=last.days, channel=channel)
        return {"text": text, "state": "over"}
    age = now - last_message_at
    if age < free:
        left = free - age
        free_for = _("Còn nhắn miễn phí qua {channel} được {span}.")
        text = free_for.format(channel=channel, span=format_duration(left.total_seconds()))
        return {"text": text, "state": "soon" if left < _ENDS_SOON else "ok"}
    paid = format_duration((last - age).total_seconds())
    text = _("Hết hạn nhắn miễn phí; {channel} còn cho gửi (tính phí) trong {span}.").format(channel=channel, span=paid)
    return {"text": text, "state": "soon"}


# the actions panel
# «Đã nhận» is set by taking the case, «Đã chuyển điều tra» with a receipt.
_STATES_WITH_OWN_FORM = (State.RECEIVED, State.PASSED_ON)
_PANEL_ACTIONS = ("take", "set_state", "hand_on", "close", "reopen", "evidence", "grade", "reward", "arrive")
_GRADE_HINTS = {
    Grade.USEFUL: N_("Giúp hiểu thêm sự việc"),
    Grade.VALUABLE: N_("Giúp ngăn chặn hoặc làm rõ; vào bảng kết quả"),
}
_GRADE_TEXTS = {Grade.USEFUL: N_("Tin có ích"), Grade.VALUABLE: N_("Tin có giá trị")}


def build_case_context(
    officer: Officer, case: Case, reports: Sequence[Report], *, corrected: bool, now: dt.datetime
) -> dict[str, Any]:
    """Build `case` of `desk/case.html`.

    `reports`: all of the case; `corrected`: an officer set the place, not the reporter.
    """
    last_messages = case_page.get_last_message_times(
        officer, {report.conversation_id for report in reports if report.conversation_id}
    )
    action_urls = build_action_urls(officer, case, can_reply=any(report.conversation_id for report in reports))
    more_urls = _build_more_urls(officer, case, reports, identity=action_urls["identity"])
    hand_to = _build_assignee_options(officer, case, now=now) if action_urls["hand_on"] else []
    action_urls["hand_on"] = action_urls["hand_on"] if hand_to else ""
    alarm: Alarm | None = getattr(case, "alarm", None)
    rings = alarm if alarm is not None and alarm.acknowledged_at is None else None
    cause = find_alarm_cause(case) if rings else None
    at_once = AlarmLevel.PROVINCE if case.unit.level == Unit.Level.PROVINCE else AlarmLevel.OFFICERS
    status, states, ends = to_case_status(case), translated_labels(STATE_LABELS), translated_labels(OUTCOME_LABELS)
    return {
        "id": case.code,
        "code": format_code(case.code),
        "version": case.version,
        "url": build_case_url(case.code),
        "write_key": f"{case.code}-{case.version}",
        "title": titled(case.title),
        "kind": translated_labels(get_kind_labels())[case.kind],
        "lane": translated_labels(LANE_LABELS)[Lane(case.lane)],
        "urgency": case.urgency,
        "state": {
            "label": _(get_state_label(case.state, is_assigned=case.assignee_id is not None)),
            "tone": STATE_TONES[State(case.state)],
        },
        "sensitive": case.sensitive,
        "alarming": cause or "",
        "takes": cause is not None and silencing_takes(cause),
        "escalation": format_escalation(rings.escalation_level, rings.next_at, at_once=at_once, now=now)
        if rings
        else "",
        "assignee": case.assignee.name if case.assignee else "",
        "unit": case.unit.name,
        "received_at": case.opened_at,
        "place": _build_place(case, now=now) | {"corrected": corrected},
        "reporter": _build_reporter(officer, case, reports, last_messages),
        "loss": _format_loss(reports),
        "clocks": _build_clock_rows(officer, case, now=now),
        "arrival": _build_arrival(alarm, now=now) if alarm is not None and case.is_open else None,
        "reliabilities": to_options(translated_labels(RELIABILITY_LABELS)),
        "credibilities": to_options(translated_labels(CREDIBILITY_LABELS)),
        "reply_window": build_reply_window(reports, last_messages, now=now) if action_urls["reply"] else None,
        "answers": _list_reply_buttons(officer, case) if action_urls["reply"] else [],
        "next_states": to_options(
            {state.value: states[state] for state in list_next_states(status) if state not in _STATES_WITH_OWN_FORM}
        ),
        "can_pass_on": State.PASSED_ON in list_next_states(status),
        "must_take": case.state == State.PASSED_ON
        and case.assignee_id != officer.pk
        and officer_may(officer, Permission.DECIDE),
        "outcomes": to_options(
            {
                outcome.value: ends[outcome]
                for outcome in list_outcomes(
                    status, can_decide=case.assignee_id == officer.pk and officer_may(officer, Permission.DECIDE)
                )
            }
        ),
        "grades": _build_grade_options(case),
        "hand_to": hand_to,
        "accept": ACCEPTED_TYPES,
        "merged_into": _build_merge_target(officer, case),
        "outcome": _build_outcome(case),
        "urls": action_urls | more_urls,
        "links": [
            {"url": more_urls[name], "label": _(label)} for name, label in _LINK_LABELS.items() if more_urls[name]
        ],
        "sealed": _build_sealed_link(officer, case),
        "acts": any(action_urls[name] for name in _PANEL_ACTIONS),
    }


def build_callback_rows(officer: Officer, case: Case, reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Build the reporters with a number to call back; `id` is their pseudonym of this case."""
    entries = callbacks.list_callbacks(officer, case, reports)
    if not entries:
        return []
    reporters = {report.reporter_id: report.reporter for report in reports}
    aliases = case_page.map_report_alias_codes(case, reports)
    return [
        {
            "reporter_id": entry.reporter_id,
            "id": derive_pseudonym(reporters[entry.reporter_id].pseudonym, format_case_scope(case.code)),
            "name": format_pseudonym(reporters[entry.reporter_id], format_case_scope(aliases[entry.reporter_id])),
            "seen": [{"at": moment, "who": name} for moment, name in entry.seen[:5]],
        }
        for entry in entries
    ]


def _list_reply_buttons(officer: Officer, case: Case) -> list[dict[str, str]]:
    """List the ready replies: those of the unit first."""
    templates = [{"label": row.label, "text": row.text} for row in list_reply_templates(officer)]
    return templates + [
        {"label": _(label), "text": text} for label, text in list_quick_replies(case.kind, case.category)
    ]


def _list_permissions(officer: Officer) -> frozenset[Permission]:
    return frozenset(ability for ability in Permission if officer_may(officer, ability))


# URL path of each action of `rules.allowed_actions`.
_PATHS = {
    "acknowledge": "da-nhan",
    "take": "nhan-viec",
    "set_state": "trang-thai",
    "hand_on": "giao",
    "close": "ket-thuc",
    "reopen": "mo-lai",
    "reply": "tra-loi",
    "ask": "hoi-lai",
    "note": "ghi-chu",
    "merge": "gop",
    "relate": "lien-ket",
    "grade": "danh-gia",
    "reward": "cam-on",
    "set_out": "xuat-phat",
    "arrive": "den-noi",
    "evidence": "chung-cu",
    "correct": "phan-loai",
    "set_place": "sua-noi",
    "set_pin": "ghim",
    "identity": "danh-tinh",
    "heard_late": "da-biet-han",
}


def build_action_urls(officer: Officer, case: Case, *, can_reply: bool) -> dict[str, str]:
    """Return the URL of each action; empty where the officer may not do it now, which hides its form."""
    is_own, can_acknowledge = (
        case.assignee_id == officer.pk,
        case.acknowledged_at is None and can_silence(officer, case),
    )
    has_overdue_clock = has_overdue(officer, case)
    alarm: Alarm | None = getattr(case, "alarm", None)
    may_do = allowed_actions(
        to_case_status(case),
        _list_permissions(officer),
        is_own=is_own,
        can_acknowledge=can_acknowledge,
        can_reply=can_reply,
        has_overdue=has_overdue_clock,
        can_read=can_read(officer, case),
        is_on_the_way=alarm is not None and alarm.acknowledged_at is not None and alarm.arrived_at is None,
    )
    url = build_case_url(case.code)
    return {name: f"{url}/{path}" if name in may_do else "" for name, path in _PATHS.items()}


_LINK_LABELS = {
    "found": N_("Sổ đồ nhặt được"),
    "missing": N_("Hồ sơ tìm người"),
    "weapons": N_("Sổ vũ khí"),
    "stopped_fraud": N_("Đã ngăn chặn lừa đảo"),
    "scam_details": N_("Ghi tiền mất, số trong ảnh"),
    "hardship": N_("Sổ hoàn cảnh khó khăn"),
    "deeds": N_("Biểu dương"),
    "consents": N_("Đồng ý công bố"),
    "slip": N_("Phiếu chuyển điều tra (PDF)"),
    "originals": N_("Xin bản gốc ảnh, tệp"),
}


def _build_more_urls(officer: Officer, case: Case, reports: Sequence[Report], *, identity: str) -> dict[str, str]:
    """Return links that lead to something. The disclosure page tells the same officers when nothing is stored."""
    keeps = bool(identity) and bool(vault.find_reporters_with_data(report.reporter_id for report in reports))
    originals = bool(identity) and case_page.has_originals(officer, case)
    return {
        "consents": f"/dong-y/{format_code(case.code)}" if officer_may(officer, Permission.WORK_CASES) else "",
        "found": f"/nhat-duoc/ghi?vu-viec={case.code}"
        if case.category == "found_item" and officer_may(officer, Permission.WORK_CASES)
        else "",
        "missing": f"/nguoi-lac/ghi?vu-viec={case.code}"
        if case.category in PERSON_SIDES and officer_may(officer, Permission.WORK_CASES)
        else "",
        "stopped_fraud": f"/lua-dao/ngan-chan?vu-viec={case.code}"
        if case.category == SCAM_CATEGORY and case.is_open and officer_may(officer, Permission.WORK_CASES)
        else "",
        "scam_details": f"/lua-dao/ghi-them?vu-viec={case.code}"
        if case.category == SCAM_CATEGORY and reports and officer_may(officer, Permission.WORK_CASES)
        else "",
        "deeds": f"/viec-tot/soan?vu-viec={case.code}"
        if not case.is_open
        and case.lane != Lane.CRIME_REPORT
        and not case.sensitive
        and officer_may(officer, Permission.WORK_CASES)
        else "",
        "weapons": f"/vu-khi/ghi?vu-viec={case.code}"
        if case.category == "weapon_handover" and officer_may(officer, Permission.WORK_CASES)
        else "",
        "hardship": f"/hoan-canh/ghi?vu-viec={case.code}"
        if case.category == WELFARE_CATEGORY
        and not case.sensitive
        and (officer_may(officer, Permission.WORK_CASES) or officer_may(officer, Permission.REPORT_BACK))
        else "",
        "slip": f"{build_case_url(case.code)}/phieu-chuyen"
        if case.lane == Lane.CRIME_REPORT and officer_may(officer, Permission.WORK_CASES)
        else "",
        "identity": identity if keeps else "",
        "originals": f"{identity}#ban-goc" if originals else "",
    }


def _build_sealed_link(officer: Officer, case: Case) -> dict[str, str] | None:
    """Return where a sealed case is read; the URL only for officers who may hold the key."""
    if not get_kind(case.kind).sealed:
        return None
    return {"url": f"{CUSTODY_URL}/tin" if can_read(officer, case) else ""}


def _build_place(case: Case, *, now: dt.datetime) -> dict[str, Any]:
    """Return the place: village by its current name and the text as written.

    Without a village: the text and the current commune, unless the text names it.
    """
    area_id = case.area_id or case.commune_id
    text = areas.build_labels([area_id], to_vietnam_day(now)).get(area_id, "") if area_id else ""
    place = "" if fold_text(case.place) in fold_text(text) else case.place
    village = case.area_id is not None and case.area_id != case.commune_id
    if not village or not text:
        named = fold_text(text) in fold_text(place)
        text, place = place if named else _drop_contained([*place.split(", "), text]), ""
    return {
        "text": text,
        "written": place,
        "map_url": format_map_url(case.latitude, case.longitude),
        "geo_url": format_geo_url(case.latitude, case.longitude),
        "pin": _build_pin(case),
    }


def _build_pin(case: Case) -> dict[str, Any]:
    """Return the drawing on which a pin is set: around the commune of the case, or its unit."""
    directory = areas.get_directory()
    code = directory.get_commune_code(case.commune_id or case.unit.area_id) or ""
    projection = build_area_projection(code)
    has_point = case.latitude is not None and case.longitude is not None
    return {
        "point": f"{case.latitude:.5f}, {case.longitude:.5f}" if has_point else "",
        "image_url": f"{AREA_MAP_URL}?xa={code}",
        "commune": code,
        "width": PIN_WIDTH,
        "height": projection.height,
        "box": " ".join(f"{degrees:.6f}" for degrees in frame_drawing(projection, PIN_WIDTH)),
    }


def _drop_contained(parts: Sequence[str]) -> str:
    """Drop duplicates and parts that are contained in another part."""
    texts = list(dict.fromkeys(filter(None, parts)))
    return ", ".join(
        part
        for part in texts
        if not any(fold_text(part) in fold_text(other_part) and other_part != part for other_part in texts)
    )


def _build_reporter(
    officer: Officer, case: Case, reports: Sequence[Report], last_messages: Mapping[int, dt.datetime]
) -> dict[str, str]:
    """Return pseudonym, channels and rating of the reporters."""
    if not reports:
        return {"name": _("Người báo tin kín") if get_kind(case.kind).sealed else _("Không rõ"), "text": ""}
    alias_code = case_page.map_report_alias_codes(case, reports)[reports[0].reporter_id]
    first, other_reporter_count = reports[0], len({report.reporter_id for report in reports}) - 1
    parts = []
    talks = [
        report.conversation for report in reports if report.conversation_id in last_messages and report.conversation
    ]
    channels = dict.fromkeys(format_channel(talk.channel) for talk in talks)
    private = _("Nhắn riêng qua {channels}").format(channels=", ".join(channels))
    parts.append(private if channels else _("Chỉ viết trong nhóm, chưa nhắn riêng"))
    if other_reporter_count:
        parts.append(
            ngettext("và {n} người khác cùng báo", "và {n} người khác cùng báo", other_reporter_count).format(
                n=other_reporter_count
            )
        )
    other_case_count = case_page.count_other_cases(officer, case, {report.reporter_id for report in reports})
    if other_case_count:
        parts.append(
            ngettext("{n} vụ khác từng báo", "{n} vụ khác từng báo", other_case_count).format(n=other_case_count)
        )
    helped = [report.was_helpful for report in reports if report.was_helpful is not None]
    if helped:
        parts.append(_("{n}/{all} người nói việc này có giúp").format(n=sum(helped), all=len(helped)))
    return {"name": format_pseudonym(first.reporter, format_case_scope(alias_code)), "text": " · ".join(parts)}


def _format_loss(reports: Sequence[Report]) -> str:
    """Return the money that the reporters say was lost; "" where none of them answered that."""
    amounts = [report.loss_amount for report in reports if report.loss_amount is not None]
    if not amounts:
        return ""
    if not any(amounts):
        return _("Chưa chuyển tiền")
    people = ngettext("{n} người báo", "{n} người báo", len(amounts)).format(n=len(amounts))
    return formatting.format_dong(sum(amounts)) + (f" ({people})" if len(amounts) > 1 else "")


def _build_clock_rows(officer: Officer, case: Case, *, now: dt.datetime) -> list[dict[str, Any]]:
    """List clocks, with the URL to extend them where allowed."""
    return [
        {
            "due": formatting.build_due(
                clock.due_at,
                now,
                soon=DUE_SOON,
                is_met=clock.stopped_at is not None,
                label=_("{term} (tạm dừng)").format(term=_(clock.label)) if clock.paused_at else _(clock.label),
            ),
            "name": clock.name,
            "prolong_url": f"{build_case_url(case.code)}/gia-han" if _can_extend(officer, case, clock) else "",
        }
        for clock in list_clocks(case)
    ]


def _can_extend(officer: Officer, case: Case, clock: Clock) -> bool:
    owner = clock.inherited_from or case
    rule = find_deadline(get_kind(owner.kind), Lane(owner.lane), clock.name)
    runs = case.is_open and clock.stopped_at is None
    return (
        runs
        and get_next_extension(rule, clock.prolonged) is not None
        and officer_may(officer, get_extension_permission(Lane(owner.lane)))
    )


def _build_arrival(alarm: Alarm, *, now: dt.datetime) -> dict[str, Any] | None:
    """Return the arrival of an acknowledged urgent case: target, set out, arrived."""
    target = get_arrival_target()
    if alarm.acknowledged_at is None or not target:
        return None
    due = formatting.build_due(
        alarm.raised_at + target,
        now,
        soon=target / 3,
        is_met=alarm.arrived_at is not None,
        label=_("Đến nơi"),
    )
    return {"due": due, "left_at": alarm.left_at, "arrived_at": alarm.arrived_at}


def _build_grade_options(case: Case) -> list[dict[str, Any]]:
    if not get_kind(case.kind).is_graded:
        return []
    return [
        {
            "value": grade.value,
            "label": label,
            "chosen": grade == case.tip_value,
            "hint": _(_GRADE_HINTS.get(grade, "")),
        }
        for grade, label in translated_labels(GRADE_LABELS).items()
    ]


def _build_assignee_options(officer: Officer, case: Case, *, now: dt.datetime) -> list[dict[str, Any]]:
    hands = case_page.assignment_options(officer, case, now=now)
    people = {
        f"can-bo:{colleague.public_id}": _format_assignee(colleague, case, on_duty=colleague.pk in hands.on_duty)
        for colleague in hands.people
    }
    units = {f"don-vi:{unit.code}": unit.name for unit in hands.units}
    groups = ((case.unit.name, people), (_("Đơn vị khác"), units))
    return [{"label": label, "options": to_options(choices)} for label, choices in groups if choices]


def _format_assignee(person: Officer, case: Case, *, on_duty: bool) -> str:
    seat = person.role_label if person.unit_id == case.unit_id else person.unit.name
    return f"{person.name} ({', '.join([seat, *([_('đang trực')] if on_duty else [])])})"


def _build_merge_target(officer: Officer, case: Case) -> dict[str, str] | None:
    """Return the case that this one was merged into; only its code where that is not visible."""
    target = case.merged_into
    if target is None:
        return None
    is_accessible = case_page.is_visible(officer, target.pk)
    title = titled(target.title) if is_accessible else _("đơn vị khác đang giữ")
    return {
        "url": build_case_url((target if is_accessible else case).code),
        "code": format_code(target.code),
        "title": title,
    }


def _build_outcome(case: Case) -> dict[str, Any] | None:
    """Return outcome, result text and evidence."""
    if case.state != State.CLOSED:
        return None
    proofs = case_page.list_evidence(case)
    grounds = [_("Căn cứ: {text}").format(text=item.text) for item in proofs if item.text]
    return {
        "label": translated_labels(OUTCOME_LABELS)[Outcome(case.outcome)],
        "text": "\n".join([case.result, *grounds]),
        "valuable": _(_GRADE_TEXTS.get(Grade(case.tip_value), "")),
        "evidence": [file for item in proofs for file in list_proof_files(item.attachment)],
    }


def build_correction_choices(case: Case) -> dict[str, Any]:
    """Return the choices of the correction form."""
    return {
        "categories": to_options(translated_labels(CATEGORY_LABELS), case.category),
        "urgencies": to_options(
            {str(level): label for level, label in translated_labels(URGENCY_LABELS).items()}, str(case.urgency)
        ),
        "lanes": to_options({lane.value: label for lane, label in translated_labels(LANE_LABELS).items()}, case.lane),
    }
