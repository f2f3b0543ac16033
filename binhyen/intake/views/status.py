"""Status page of a report: its state, more text or photos, and the rating."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases.choices import STATE_FOR_CITIZEN, State
from binhyen.cases.message_texts import EMERGENCY, without_english
from binhyen.cases.models import Case, Report
from binhyen.intake import queries, web_reports
from binhyen.intake.complaint_store import Referred
from binhyen.intake.forms import WriteForm
from binhyen.intake.idempotency import complaint_key, is_token
from binhyen.intake.queries import Said
from binhyen.intake.views.base import (
    SENT_ALREADY,
    access_report,
    braked,
    page,
    photo_problem,
    photos_of,
    report_or_none,
    see_other,
)
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code, token, token_hash
from binhyen.kit.security_headers import SANDBOX
from binhyen.language import questions
from binhyen.ui.language_middleware import SWITCH
from binhyen.ui.stored_text_i18n import retold
from binhyen.vault.queries import opened_to_others

_HEADLINES = {
    State.NEW: N_("Đã gửi tới công an"),
    State.RECEIVED: N_("Công an đã nhận"),
    State.WORKING: N_("Đang xử lý"),
    State.WAITING: N_("Công an đang hỏi bạn"),
    State.PASSED_ON: N_("Đã chuyển nơi có thẩm quyền"),
    State.CLOSED: N_("Đã xong"),
}
_ROAD = (N_("Đã gửi"), N_("Đã nhận"), N_("Đang xử lý"), N_("Xong"))
_REACHED = {State.NEW: 0, State.RECEIVED: 1, State.CLOSED: 3}  # index of the step; any other state is the third
_SENT = "da-gui"
_NEWEST = "m-moi-nhat"  # anchor of the newest message
_AT_A_GLANCE = 2  # messages; a longer conversation has a link to its newest
_DANGER_SHOWN = dt.timedelta(days=1)
_TONES = {State.WAITING: "warn", State.CLOSED: "good"}
_THANKS = {
    True: N_("Bạn đã cho biết: có ích. Cảm ơn bạn."),
    False: N_("Bạn đã cho biết: chưa ổn. Có gì cần thêm, bạn viết ở dưới."),
}


@page("GET", "POST")
def status(request: HttpRequest, link: str) -> HttpResponse:
    """Show the page (GET) or add text and photos (POST), through the same pipeline as the first report."""
    report = report_or_none(link)
    if report is None:
        return see_other("own_data", link)  # all was erased: that page says so
    return _write(request, report, link) if request.method == "POST" else _page(request, report, link)


def _write(request: HttpRequest, report: Report, link: str) -> HttpResponse:
    form = WriteForm(request.POST, request.FILES)
    key = request.POST.get("key", "")
    if not is_token(key):
        key = token()
    if SWITCH in request.POST:  # reloaded, or in the other language: the typed text stays
        return _page(request, report, link, key=key, again=bool(request.FILES))
    if not form.is_valid():
        problem = next(str(error) for errors in form.errors.values() for error in errors)
        return _page(request, report, link, problem=problem, key=key, status=422)
    wait = braked(request, len(form.cleaned_data["photos"]), form.cleaned_data["text"])
    if wait:
        return _page(request, report, link, problem=wait, key=key, status=429)
    told = form.cleaned_data
    sending = web_reports.Sending(key=key, text=told["text"], photos=photos_of(told["photos"]), insists=told["insist"])
    try:
        web_reports.write_more(report=report, token=link, sending=sending, now=clock.now())
    except web_reports.BadPhoto as bad:
        return _page(request, report, link, problem=photo_problem(bad.number, str(bad)), key=key, status=422)
    except web_reports.KeyReused:
        return _page(request, report, link, problem=_(SENT_ALREADY), status=409)
    except Referred as other:
        return _page(request, report, link, elsewhere=other.elsewhere.lines, key=key, status=422)
    answer = see_other("status", link)
    answer.headers["Location"] += f"?{_SENT}={'nhanh' if 'pressed' in request.POST else 1}#{_NEWEST}"
    return answer


@page("POST")
def helped(request: HttpRequest, link: str) -> HttpResponse:
    """Store the answer to «Có ích không?»."""
    report = access_report(link)
    said = request.POST.get("helped", "")
    if said in ("yes", "no"):
        web_reports.rate_report(report=report, helped=said == "yes", now=clock.now())
    return see_other("status", link)


@page("GET")
def photo(request: HttpRequest, link: str, photo: UUID) -> HttpResponse:
    """Serve the person's own photo: the copy without metadata."""
    data = queries.picture(access_report(link), complaint_key(link), str(photo))
    if data is None:
        raise Http404
    return HttpResponse(
        data,
        content_type="image/jpeg",
        headers={
            "Content-Disposition": 'inline; filename="anh.jpg"',
            "Content-Security-Policy": SANDBOX,
        },
    )


def _page(
    request: HttpRequest, report: Report, link: str, *, problem: str = "", elsewhere: tuple[str, ...] = (),
    key: str = "", again: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Render the page. `again`: files were chosen, which no response can give back."""
    now = clock.now()
    web_reports.know_page(report, link)
    others = queries.other_reports(report)
    said = queries.said(report, others, complaint_key(link))
    known = opened_to_others(report.reporter_id)
    context = {
        "report": _state(report, others),
        "put_away": report.case.apart and all(line.ours for line in said),
        "feedback": _feedback(report, link),
        "thread": _thread(said, link),
        "answers": _offers(said),
        "opened": [one for one in known if one.until and not one.file],
        "opened_files": [one for one in known if one.until and one.file],
        "carried": [one for one in known if one.until is None],
        "write_url": reverse("status", args=[link]) if report.conversation_id else "",
        "data_url": reverse("own_data", args=[link]),
        "key": key or token(),
        "error": problem,
        "elsewhere": elsewhere,
        "draft": {
            "text": request.POST.get("text", "") if problem or elsewhere or SWITCH in request.POST else "",
            "kept": f"tin-{token_hash(f'draft:{link}')[:16]}",  # one per report, and it does not reveal the page
        },
        "again": again,
        "sent": request.GET.get(_SENT, "") if request.method == "GET" else "",
        "newest_url": f"#{_NEWEST}" if said else "",
        "long": len(said) > _AT_A_GLANCE,
        "answered": _answered(report, said),
        "danger": _told_whom_to_call(report, said, now=now),
        "keep_form": "viet-them-o" if report.conversation_id else "",
        "now": now,
    }
    answer = render(request, "public/status.html", context, status=status)
    if status == 429:
        answer.headers["Retry-After"] = "60"
    return answer


def _answered(report: Report, said: Sequence[Said]) -> str:
    """Return an officer's text if it is the newest message and no result follows; the card shows the code."""
    last = said[-1] if said and _deciding(report).state != State.CLOSED else None
    if last is None or not last.ours or last.auto:
        return ""
    return _text(last).removeprefix(f"[{show_code(_deciding(report).code)}] ")


def _told_whom_to_call(report: Report, said: Sequence[Said], *, now: dt.datetime) -> bool:
    """Return whether this person got the emergency numbers: others may have made the case urgent."""
    lately = (one for one in said if one.ours and now - one.at < _DANGER_SHOWN)
    return _deciding(report).state != State.CLOSED and any(one.text.startswith(EMERGENCY) for one in lately)


def _deciding(report: Report) -> Case:
    """Return the case whose state counts for the reporter: the one it was merged into, if any."""
    return report.case.merged_into or report.case


def _state(report: Report, others: Sequence[Report]) -> dict[str, Any]:
    case = _deciding(report)
    state = State(case.state)
    meaning = (
        _("Kết quả: {result}").format(result=retold(case.result))
        if state is State.CLOSED and case.result and queries.may_read_result(report)
        else _(STATE_FOR_CITIZEN[state])
    )
    return {
        "code": show_code(report.case.code),
        "state": _(_HEADLINES[state]),
        "tone": _TONES.get(state, ""),
        "road": _road(_REACHED.get(state, 2)),
        "meaning": meaning,
        "question": state is State.WAITING,
        "next": _others(others),
    }


def _road(reached: int) -> list[dict[str, str]]:
    return [
        {"label": _(label), "stage": "done" if number < reached else "now" if number == reached else ""}
        for number, label in enumerate(_ROAD)
    ]


def _others(more: Sequence[Report]) -> str:
    """Return a text about further cases from this page, so that every message has a visible state."""
    others = [(show_code(r.case.code), _(_HEADLINES[State(_deciding(r).state)])) for r in more]
    return " ".join(
        _("Tin {code} bạn viết thêm ở đây: {state}.").format(code=code, state=headline.lower())
        for code, headline in others
    )


def _feedback(report: Report, link: str) -> dict[str, str]:
    if _deciding(report).state != State.CLOSED:
        return {}
    if report.helped is None:
        return {"url": reverse("rate", args=[link])}
    return {"given": _(_THANKS[report.helped])}


def _offers(said: Sequence[Said]) -> list[dict[str, str]]:
    """Return quick replies while the newest message is a question with such answers.

    The text sent is Vietnamese: officers read it.
    """
    offered = questions.offers(said[-1].text, areas.gazetteer()) if said and said[-1].ours else ()
    return [{"label": retold(answer), "text": answer} for answer in offered]


def _text(said: Said) -> str:
    """Return typed text unchanged; our own text and quick replies in the page's language."""
    if not (said.ours or said.text in questions.DAYS):
        return said.text
    told = retold(said.text)
    return told if told is said.text else without_english(told)


def _thread(conversation: Sequence[Said], link: str) -> list[dict[str, Any]]:
    return [
        {
            "id": said.id if number < len(conversation) else _NEWEST.removeprefix("m-"),
            "side": "ours" if said.ours else "citizen",
            "who": _("Trả lời tự động") if said.auto else _("Công an") if said.ours else _("Bạn"),
            "channel": "",
            "at": said.at,
            "text": _text(said),
            "photos": [{"url": reverse("own_photo", args=[link, p]), "alt": _("Ảnh bạn gửi")} for p in said.photos],
        }
        for number, said in enumerate(conversation, 1)
    ]
