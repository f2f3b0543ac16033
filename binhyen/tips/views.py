"""Views of «Báo tin kín»: one address, no account, no cookie, no script. Each step posts a form to the same page."""

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from binhyen.cases.choices import State
from binhyen.intake.channel_guarantees import EARLY
from binhyen.intake.complaint_store import Referred
from binhyen.intake.views.base import SENT_ALREADY, braked, page, photo_problem
from binhyen.kit import clock
from binhyen.kit.file_storage import NoRoom
from binhyen.kit.file_types import ACCEPT
from binhyen.kit.i18n_markers import N_
from binhyen.kit.rate_limits import peer_of
from binhyen.kit.security_headers import POLICY
from binhyen.people.services import Refusal
from binhyen.tips import queries, receipt_sessions, receipts, services, tasks
from binhyen.tips.forms import MoreForm, TipForm
from binhyen.tips.models import Tip
from binhyen.tips.receipt_sessions import Visit
from binhyen.tips.rules import TEXT_LIMIT, numbers_like_a_code, read, show
from binhyen.ui.language_middleware import SWITCH
from binhyen.ui.middleware import foreign
from binhyen.vault.queries import waiting_for_people

WRONG = N_("Mã này không mở được tin nào. Bạn xem lại từng số; mã sai, mã đã rút và mã hết hạn đều báo như nhau.")
NOT_TWENTY = N_("Mã có 20 chữ số. Bạn viết đủ cả 20 số, cách nhau hay liền nhau đều được.")
BUSY = N_("Máy đang kiểm tra mã cho người khác. Bạn chờ vài giây rồi bấm lại.")
OVER = N_("Trang mở đã quá lâu nên tự đóng. Bạn nhập lại mã để xem tiếp.")
WORK = N_("Có nhiều lần nhập mã sai nên máy cần chờ {seconds} giây trước lần thử này. Mã đúng vẫn mở được như thường.")
_WITH_PICTURE = POLICY.replace("img-src 'self'", "img-src 'self' data:")  # a data URL: the picture has no address


def own_forms(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Accept only forms of this page, by the browser's origin headers and by the form's ticket.

    Django's CSRF check needs a cookie, which would be a trace on the person's device. Without a cookie a foreign page
    has no session to abuse; it could only make a visitor send a tip, or try codes, unknowingly.
    """

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return view(request)
        if foreign(request) or not receipt_sessions.is_ticket(request.POST.get("key", "")):
            return render(request, "tips/foreign.html", status=403)
        return view(request)

    return answer


# nosemgrep: csrf-switched-off  no cookie is used here: require_own_form checks origin and a ticket instead
@csrf_exempt
@own_forms
@page("GET", "POST")
def tips(request: HttpRequest) -> HttpResponse:
    step = STEPS.get(request.POST.get("step", "")) if request.method == "POST" else None
    try:
        return step(request) if step else _start(request)
    except receipts.Busy:
        return _start(request, error=_(BUSY), status=503)


def _start(
    request: HttpRequest, *, form: TipForm | None = None, error: str = "", again: bool = False,
    elsewhere: tuple[str, ...] = (), lost: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Render the first page, with a rejected form, or an error beside the receipt's field.

    `again`: resubmit as another tip; `lost`: chosen files, which a response cannot restore.
    """
    keep = form is not None and not again
    context = {
        "form": form or TipForm(), "key": request.POST["key"] if keep else receipt_sessions.ticket(), "error": error,
        "typed": request.POST.get("code", "")[:60] if error and error != _(OVER) else "", "task": None,
        "draft": "" if form else request.POST.get("text", "")[:TEXT_LIMIT], "elsewhere": elsewhere,
        "accept": ACCEPT, "again": lost, "keep_form": "viet-moi", "early": _(EARLY) if waiting_for_people() else "",
    }  # fmt: skip
    if error:
        wanted = tasks.demanded(_peer(request))
        if wanted is not None:
            given = tasks.give(wanted, peer=_peer(request), unripe=request.POST.get("task", ""), now=clock.now())
            context |= {"task": given, "error": error.format(seconds=given.task.seconds)}
    answer = render(request, "tips/start.html", context, status=status)
    if status in (429, 503):
        answer.headers["Retry-After"] = "5"
    return answer


def _send(request: HttpRequest) -> HttpResponse:
    if SWITCH in request.POST:
        return _start(request, form=TipForm(initial=request.POST.dict()), lost=bool(request.FILES))
    form = TipForm(request.POST, request.FILES)
    if not form.is_valid():
        return _start(request, form=form, status=422)
    told = form.cleaned_data
    wait = braked(request, len(told["photos"]), told["text"])
    if wait:
        form.add_error(None, wait)
        return _start(request, form=form, status=429)
    try:
        receipt = services.send(
            key=request.POST["key"], text=told["text"], place=told["place"], originals=not told["plain"],
            photos=_files(told["photos"]), insists=told["insist"], now=clock.now(),
            tries=_may_try(request, told["text"], told["place"]),
        )  # fmt: skip
    except Referred as other:
        return _start(request, form=form, elsewhere=other.elsewhere.lines, status=422)
    except services.BadFile as problem:
        form.add_error("photos", _problem(problem))
        return _start(request, form=form, status=422)
    except services.HasCode as problem:
        form.add_error("text", str(problem))
        return _start(request, form=form, status=422)
    except services.SentBefore:
        form.add_error(None, _(SENT_ALREADY))
        return _start(request, form=form, again=True, status=409)
    except receipts.Busy:
        form.add_error(None, _(BUSY))
        return _start(request, form=form, status=503)
    return render(request, "tips/receipt.html", {"code": show(receipt.code), "danger": receipt.danger})


@receipts.in_step()
def _open(request: HttpRequest) -> HttpResponse:
    """Open a receipt. Unknown, withdrawn and expired codes give the same response after the same work."""
    code = read(request.POST.get("code", ""))
    if code is None:
        return _start(request, error=_(NOT_TWENTY), status=422)
    now, peer = clock.now(), _peer(request)
    wanted = tasks.demanded(peer)
    if wanted is not None:
        token_, answer = request.POST.get("task", ""), request.POST.get("answer", "")
        if not tasks.done(token_, answer, wanted=wanted, peer=peer, now=now):
            return _start(request, error=_(WORK), status=429)
    found = services.opened(code)
    if found is None:
        tasks.count_wrong(peer)
        return _start(request, error=_(WRONG), status=404)
    tip, pair = found
    return _talk(request, tip, Visit(bytes(tip.lookup), pair, receipt_sessions.mark_of(code), now))


def _may_try(request: HttpRequest, *words: str) -> bool:
    """Return whether twenty digits in the text may be tried as a receipt.

    It counts as a failed attempt of this client; no try is made while a task is required.
    """
    if not any(map(numbers_like_a_code, words)):
        return False
    peer = _peer(request)
    free = tasks.demanded(peer) is None
    tasks.count_wrong(peer)
    return free


def _inside(act: Callable[[HttpRequest, Tip, Visit], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Decorate a step on an opened tip."""

    @wraps(act)
    def answer(request: HttpRequest) -> HttpResponse:
        visit = receipt_sessions.visit_of(request.POST.get("visit", ""), now=clock.now())
        tip = services.found(visit.lookup) if visit else None
        if visit is None or tip is None:
            return _start(request, error=_(OVER), status=403)
        if SWITCH in request.POST:
            return _talk(request, tip, visit, lost=bool(request.FILES))
        if "photo" in request.POST:  # a button of the same form, so that unsent text is not lost
            return _talk(request, tip, visit, look=request.POST["photo"])
        return act(request, tip, visit)

    return answer


@_inside
def _more(request: HttpRequest, tip: Tip, visit: Visit) -> HttpResponse:
    form = MoreForm(request.POST, request.FILES)
    if not form.is_valid():
        problem = next(str(error) for errors in form.errors.values() for error in errors)
        return _talk(request, tip, visit, error=problem, status=422)
    told = form.cleaned_data
    wait = braked(request, len(told["photos"]), told["text"])
    if wait:
        return _talk(request, tip, visit, error=wait, status=429)
    try:
        services.write_more(
            tip=tip, visit=visit, key=request.POST["key"], text=told["text"], originals=not told["plain"],
            photos=_files(told["photos"]), tries=_may_try(request, told["text"]), now=clock.now(),
        )  # fmt: skip
    except receipts.Busy:
        return _talk(request, tip, visit, error=_(BUSY), status=503)
    except services.BadFile as problem:
        return _talk(request, tip, visit, error=_problem(problem), status=422)
    except Refusal as problem:
        return _talk(request, tip, visit, error=str(problem), status=422)
    return _talk(request, services.found(visit.lookup) or tip, visit, sent=True)


@_inside
def _withdraw(request: HttpRequest, tip: Tip, visit: Visit) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        return _talk(request, tip, visit, error=_("Bạn đánh dấu «Tôi chắc chắn» rồi bấm lại."), status=422)
    services.withdraw(tip=tip, now=clock.now())
    return render(request, "tips/withdrawn.html")


def _talk(
    request: HttpRequest, tip: Tip, visit: Visit, *, error: str = "", sent: bool = False, look: str = "",
    lost: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Render the conversation, with at most one picture inlined, which has no address of its own."""
    now = clock.now()
    picture = queries.photo(tip, look, visit.pair) if look else None
    context: dict[str, Any] = {
        "talk": queries.talk(tip, visit.pair), "now": now, "error": error, "sent": sent, "key": receipt_sessions.ticket(),
        "visit": receipt_sessions.token_of(visit, now=now), "draft": "" if sent else request.POST.get("text", "")[:TEXT_LIMIT],
        "over": tip.case.state == State.CLOSED, "look": look, "accept": ACCEPT,
        "again": lost, "keep_form": "viet-tiep",
        "picture": f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}" if picture else "",
    }  # fmt: skip
    answer = render(request, "tips/talk.html", context, status=status)
    if picture:
        answer.headers["Content-Security-Policy"] = _WITH_PICTURE
    return answer


def _files(uploads: "list[UploadedFile[Any]]") -> list[services.Sent]:
    return [services.Sent(upload.name or "", upload.read()) for upload in uploads]


def _problem(bad: services.BadFile) -> str:
    if str(bad) == str(NoRoom()):
        return photo_problem(bad.number, str(bad))
    return _("Tệp thứ {number}: {problem} Bạn chọn lại rồi gửi; chữ đã viết vẫn còn đây.").format(
        number=bad.number, problem=_(str(bad))
    )


def _peer(request: HttpRequest) -> str:
    return peer_of(request.headers.get("X-Forwarded-For", ""))


# Steps by the name in their form. The page has one address: tests run through these.
STEPS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "send": _send, "open": _open, "more": _more, "withdraw": _withdraw,
}  # fmt: skip
