"""Status page of a report: its state, more text or photos, and the rating."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases.choices import UNASSIGNED_STATE_LABELS, Lane, State, get_state_text
from binhyen.cases.kinds import get_kind
from binhyen.cases.message_texts import EMERGENCY, strip_code, strip_english
from binhyen.cases.models import Case, Report
from binhyen.cases.rules import NotAllowed, compute_answer_due
from binhyen.cases.services import ratings
from binhyen.cases.services.callbacks import list_callback_times
from binhyen.intake import queries, web_reports
from binhyen.intake.complaint_store import NotStoredYet
from binhyen.intake.forms import WriteForm
from binhyen.intake.idempotency import derive_complaint_key, is_token
from binhyen.intake.queries import PageMessage
from binhyen.intake.views.base import (
    SENT_ALREADY,
    check_rate_limits,
    citizen_page,
    find_unerased_report,
    format_photo_problem,
    get_report_by_link,
    read_photos,
    redirect_see_other,
)
from binhyen.kit import clock, file_storage
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, generate_token, hash_token
from binhyen.kit.security_headers import SANDBOX_CSP
from binhyen.kit.text import to_nfc
from binhyen.language import questions
from binhyen.ui.formatting import format_full_time
from binhyen.ui.language_middleware import SWITCH_BUTTON
from binhyen.ui.stored_text_i18n import translate_stored
from binhyen.vault.queries import list_disclosures

_HEADLINES = {
    State.NEW: N_("Đã gửi tới công an"),
    State.RECEIVED: N_("Công an đã nhận"),
    State.WORKING: N_("Đang xử lý"),
    State.WAITING: N_("Công an đang hỏi bạn"),
    State.PASSED_ON: N_("Đã chuyển nơi có thẩm quyền"),
    State.CLOSED: N_("Đã xong"),
}
_STEPS = (N_("Đã gửi"), N_("Đã nhận"), N_("Đang xử lý"), N_("Xong"))
_STEP_BY_STATE = {State.NEW: 0, State.RECEIVED: 1, State.CLOSED: 3}  # index of the step; any other state is the third
_SENT_PARAMETER = "da-gui"
_NEWEST_ANCHOR = "m-moi-nhat"  # anchor of the newest message
_MAX_WITHOUT_LINK = 2  # messages; a longer conversation has a link to its newest
_DANGER_SHOWN = dt.timedelta(days=1)
_STATE_TONES = {State.WAITING: "warn", State.CLOSED: "good"}
_RATING_TEXTS = {
    True: N_("Bạn đã cho biết: có ích. Cảm ơn bạn."),
    False: N_("Bạn đã cho biết: chưa hài lòng. Có gì cần thêm, bạn viết ở dưới."),
}


@citizen_page("GET", "POST")
def status_page(request: HttpRequest, link: str) -> HttpResponse:
    """Show the page (GET) or add text and photos (POST), through the same pipeline as the first report."""
    report = find_unerased_report(link)
    if report is None:
        return redirect_see_other("own_data", link)  # all was erased: that page says so
    return _add_message(request, report, link) if request.method == "POST" else _render_status(request, report, link)


def _add_message(request: HttpRequest, report: Report, link: str) -> HttpResponse:
    form = WriteForm(request.POST, request.FILES)
    key = request.POST.get("key", "")
    if not is_token(key):
        key = generate_token()
    if SWITCH_BUTTON in request.POST:  # reloaded, or in the other language: the typed text stays
        return _render_status(request, report, link, key=key, again=bool(request.FILES))
    if not form.is_valid():
        problem = next(str(error) for errors in form.errors.values() for error in errors)
        return _render_status(request, report, link, problem=problem, key=key, status=422)
    limit_text = check_rate_limits(request, len(form.cleaned_data["photos"]), form.cleaned_data["text"])
    if limit_text:
        return _render_status(request, report, link, problem=limit_text, key=key, status=429)
    data = form.cleaned_data
    sending = web_reports.Submission(
        key=key, text=data["text"], photos=read_photos(data["photos"]), is_insisting=data["insist"]
    )
    try:
        web_reports.add_page_message(report=report, token=link, sending=sending, now=clock.now())
    except web_reports.BadPhoto as photo_error:
        return _render_status(
            request,
            report,
            link,
            problem=format_photo_problem(photo_error.number, str(photo_error)),
            key=key,
            status=422,
        )
    except web_reports.KeyReused:
        return _render_status(request, report, link, problem=_(SENT_ALREADY), status=409)
    except NotStoredYet as not_stored:
        return _render_status(request, report, link, elsewhere=not_stored.elsewhere.lines, key=key, status=422)
    response = redirect_see_other("status", link)
    response.headers["Location"] += f"?{_SENT_PARAMETER}={'nhanh' if 'pressed' in request.POST else 1}#{_NEWEST_ANCHOR}"
    return response


@citizen_page("POST")
def rate_page(request: HttpRequest, link: str) -> HttpResponse:
    """Store the answer to «Có ích không?», the scores, or the one letter to the level above."""
    report = get_report_by_link(link)
    rating, now = request.POST.get("helped", ""), clock.now()
    try:
        if rating in ("yes", "no"):
            web_reports.rate_report(report=report, helped=rating == "yes", now=now)
        elif "appeal" in request.POST:
            ratings.appeal_handling(report=report, words=to_nfc(request.POST["appeal"]), now=now)
        elif "result" in request.POST or "attitude" in request.POST:
            result, attitude = (_parse_score(request.POST.get(name, "")) for name in ("result", "attitude"))
            ratings.score_handling(report=report, result=result, attitude=attitude, now=now)
    except NotAllowed as refusal:
        return _render_status(request, report, link, problem=str(refusal), status=422)
    return redirect_see_other("status", link)


@citizen_page("GET")
def photo_file(request: HttpRequest, link: str, photo: UUID) -> HttpResponse:
    """Serve the person's own photo: the copy without metadata."""
    data = queries.get_page_picture(get_report_by_link(link), derive_complaint_key(link), str(photo))
    if data is None:
        raise Http404
    return HttpResponse(
        data,
        content_type="image/jpeg",
        headers={
            "Content-Disposition": 'inline; filename="anh.jpg"',
            "Content-Security-Policy": SANDBOX_CSP,
        },
    )


def _render_status(
    request: HttpRequest,
    report: Report,
    link: str,
    *,
    problem: str = "",
    elsewhere: tuple[str, ...] = (),
    key: str = "",
    again: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render the page. `again`: files were chosen, which no response can give back."""
    now = clock.now()
    web_reports.store_page_key(report, link)
    other_reports = queries.list_other_reports(report)
    messages = queries.list_page_messages(report, other_reports, derive_complaint_key(link))
    disclosures = list_disclosures(report.reporter_id)
    is_danger = _has_recent_emergency_numbers(report, messages, now=now)
    context = {
        # In danger the legal date of the answer, weeks away, would read as the time until help comes.
        "report": _build_state(report, other_reports, now=now) | ({"due": ""} if is_danger else {}),
        "put_away": report.case.is_restricted and all(line.ours for line in messages),
        "feedback": _build_feedback(report, link, request),
        "thread": _build_thread(messages, link, code="" if other_reports else _get_deciding_case(report).code),
        "answers": _list_quick_replies(messages),
        "opened": [disclosure for disclosure in disclosures if disclosure.until and not disclosure.file],
        "opened_files": [disclosure for disclosure in disclosures if disclosure.until and disclosure.file],
        "called": list_callback_times(report.reporter_id) if getattr(report, "was_called", True) else [],
        "carried": [disclosure for disclosure in disclosures if disclosure.until is None],
        "write_url": reverse("status", args=[link]) if report.conversation_id else "",
        "data_url": reverse("own_data", args=[link]),
        "key": key or generate_token(),
        "error": problem,
        "elsewhere": elsewhere,
        "draft": {
            "text": request.POST.get("text", "") if problem or elsewhere or SWITCH_BUTTON in request.POST else "",
            "kept": f"tin-{hash_token(f'draft:{link}')[:16]}",  # one per report, and it does not reveal the page
        },
        "again": again,
        "sent": request.GET.get(_SENT_PARAMETER, "") if request.method == "GET" else "",
        "newest_url": f"#{_NEWEST_ANCHOR}" if messages else "",
        "long": len(messages) > _MAX_WITHOUT_LINK,
        "answered": _get_last_answer(report, messages),
        "danger": is_danger,
        "keep_form": "viet-them-o" if report.conversation_id else "",
        "now": now,
    }
    response = render(request, "public/status.html", context, status=status)
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


def _get_last_answer(report: Report, messages: Sequence[PageMessage]) -> str:
    """Return an officer's text if it is the newest message and no result follows; the card shows the code."""
    newest = messages[-1] if messages and _get_deciding_case(report).state != State.CLOSED else None
    if newest is None or not newest.ours or newest.is_automatic:
        return ""
    return strip_code(_get_page_text(newest), _get_deciding_case(report).code)


def _has_recent_emergency_numbers(report: Report, messages: Sequence[PageMessage], *, now: dt.datetime) -> bool:
    """Return whether this person got the emergency numbers: others may have made the case urgent."""
    recent = (message for message in messages if message.ours and now - message.at < _DANGER_SHOWN)
    return _get_deciding_case(report).state != State.CLOSED and any(
        message.text.startswith(EMERGENCY) for message in recent
    )


def _get_deciding_case(report: Report) -> Case:
    """Return the case whose state counts for the reporter: the one it was merged into, if any."""
    return report.case.merged_into or report.case


def _build_state(report: Report, others: Sequence[Report], *, now: dt.datetime) -> dict[str, Any]:
    case = _get_deciding_case(report)
    state = State(case.state)
    meaning = (
        _("Kết quả: {result}").format(result=translate_stored(case.result))
        if state is State.CLOSED and case.result and queries.can_read_result(report)
        else _(get_state_text(state, is_assigned=case.assignee_id is not None))
    )
    return {
        "code": format_code(report.case.code),
        "state": _(_HEADLINES[_get_shown_state(case)]),
        "tone": _STATE_TONES.get(state, ""),
        "road": _build_steps(_STEP_BY_STATE.get(_get_shown_state(case), 2)),
        "unit": "" if case.is_restricted else case.unit.name,
        "due": format_answer_due(case, now=now),
        "is_open": state is not State.CLOSED,
        "meaning": meaning,
        "question": state is State.WAITING,
        "next": _format_other_cases(others),
    }


def format_answer_due(case: Case, *, now: dt.datetime) -> str:
    """Return when an answer may be expected; "" where that moment has passed: the deadline may have been extended."""
    if case.is_restricted or case.state == State.WAITING:
        return ""
    due_at = compute_answer_due(get_kind(case.kind), Lane(case.lane), State(case.state), opened_at=case.opened_at)
    if due_at is None or due_at <= now:
        return ""
    return _("Công an hẹn trả lời chậm nhất {day}.").format(day=format_full_time(due_at))


def _get_shown_state(case: Case) -> State:
    """Return the state for headline and steps: without an officer a case is received, not being worked on."""
    is_waiting = case.assignee_id is None and State(case.state) in UNASSIGNED_STATE_LABELS
    return State.RECEIVED if is_waiting else State(case.state)


def _build_steps(reached: int) -> list[dict[str, str]]:
    return [
        {"label": _(label), "stage": "done" if number < reached else "now" if number == reached else ""}
        for number, label in enumerate(_STEPS)
    ]


def _format_other_cases(reports: Sequence[Report]) -> str:
    """Return a text about further cases from this page, so that every message has a visible state."""
    codes_and_states = [
        (format_code(report.case.code), _(_HEADLINES[_get_shown_state(_get_deciding_case(report))]))
        for report in reports
    ]
    return " ".join(
        _("Tin {code} bạn viết thêm ở đây: {state}.").format(code=code, state=headline.lower())
        for code, headline in codes_and_states
    )


def _parse_score(text: str) -> int:
    return int(text) if text in {"1", "2", "3", "4", "5"} else 0


def _build_feedback(report: Report, link: str, request: HttpRequest) -> dict[str, Any]:
    if _get_deciding_case(report).state != State.CLOSED:
        return {}
    url = reverse("rate", args=[link])
    if report.was_helpful is None:
        return {"url": url}
    return {
        "given": _(_RATING_TEXTS[report.was_helpful]),
        "score_url": url if report.result_score is None else "",
        "appeal_url": url if ratings.can_appeal(report) else "",
        "is_appealed": report.appealed_at is not None,
        "draft": request.POST.get("appeal", ""),
    }


def _list_quick_replies(messages: Sequence[PageMessage]) -> list[dict[str, str]]:
    """Return quick replies while the newest message is a question with such answers.

    The text sent is Vietnamese: officers read it.
    """
    answers = (
        questions.list_suggested_answers(messages[-1].text, areas.get_gazetteer())
        if messages and messages[-1].ours
        else ()
    )
    return [{"label": translate_stored(answer), "text": answer} for answer in answers]


def _get_page_text(message: PageMessage) -> str:
    """Return typed text unchanged; our own text and quick replies in the page's language."""
    if not (message.ours or message.text in questions.DAYS):
        return message.text
    translated = translate_stored(message.text)
    return translated if translated is message.text else strip_english(translated)


def _build_thread(conversation: Sequence[PageMessage], link: str, *, code: str) -> list[dict[str, Any]]:
    """Build the thread. `code`: of the only case of this page, which its messages need not repeat."""
    return [
        {
            "id": message.id if number < len(conversation) else _NEWEST_ANCHOR.removeprefix("m-"),
            "side": "ours" if message.ours else "citizen",
            "who": _("Trả lời tự động") if message.is_automatic else _("Công an") if message.ours else _("Bạn"),
            "channel": "",
            "translated": message.ours and translate_stored(message.text) != message.text,
            "place": message.place,
            "has_point": message.has_point,
            "at": message.at,
            "text": strip_code(_get_page_text(message), code) if message.ours else _get_page_text(message),
            "photos": [
                {"url": reverse("own_photo", args=[link, photo]), "alt": _("Ảnh bạn gửi")} for photo in message.photos
            ]
            + [{"sealed": capfirst(_(file_storage.LABELS.get(kind, N_("Tệp"))))} for kind in message.sealed_kinds],
        }
        for number, message in enumerate(conversation, 1)
    ]
