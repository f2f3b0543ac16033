"""«Báo tin kín»: one address, no account, no cookie, no script. Each step is a form that is sent to the same page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from binhyen.cases.words import State
from binhyen.intake.keys import is_token
from binhyen.intake.views.page import SENT_ALREADY, braked, page, photo_problem
from binhyen.kit import clock, files
from binhyen.kit.brakes import peer_of
from binhyen.kit.ids import token
from binhyen.people.services import Refusal
from binhyen.tips import queries, receipts, services, visits
from binhyen.tips.forms import MoreForm, TipForm
from binhyen.tips.models import Tip
from binhyen.tips.rules import read, show
from binhyen.tips.visits import Visit

WRONG = "Mã này không mở được tin nào. Bạn xem lại từng số; mã sai, mã đã rút và mã hết hạn đều báo như nhau."
NOT_TWENTY = "Mã có 20 chữ số. Bạn viết đủ cả 20 số, cách nhau hay liền nhau đều được."
BUSY = "Máy đang kiểm tra mã cho người khác. Bạn chờ vài giây rồi bấm lại."
OVER = "Trang mở đã quá lâu nên tự đóng. Bạn nhập lại mã để xem tiếp."
WORK = "Có nhiều lần nhập mã sai nên máy cần chờ {seconds} giây trước lần thử này. Mã đúng vẫn mở được như thường."
_STEPS = ("send", "open", "more", "withdraw")


# No cookie and no session stand behind these forms, so there is nothing a foreign page could borrow; and a cookie for
# the check would be a trace on the person's device.
@csrf_exempt
@page("GET", "POST")
def tips(request: HttpRequest) -> HttpResponse:
    step = request.POST.get("step", "") if request.method == "POST" else ""
    try:
        if step == "send":
            return _send(request)
        if step == "open":
            return _open(request)
        if step in _STEPS:
            return _inside(request, step)
    except receipts.Busy:
        return _start(request, error=BUSY, status=503)
    return _start(request)


def _start(
    request: HttpRequest, *, form: TipForm | None = None, error: str = "", again: bool = False, status: int = 200
) -> HttpResponse:
    """The first page; with a form that was refused, or an error beside the receipt's field. `again`: as another tip."""
    key = request.POST.get("key", "")
    keep = form is not None and is_token(key) and not again
    context = {
        "form": form or TipForm(), "key": key if keep else token(), "error": error,
        "typed": request.POST.get("code", "")[:60] if error and error != OVER else "", "task": None,
    }  # fmt: skip
    if error:
        wanted = visits.demanded(_peer(request))
        if wanted is not None:
            context["task"] = visits.give(wanted, now=clock.now())
    answer = render(request, "tips/start.html", context, status=status)
    if status in (429, 503):
        answer.headers["Retry-After"] = "5"
    return answer


def _send(request: HttpRequest) -> HttpResponse:
    form = TipForm(request.POST, request.FILES)
    key = request.POST.get("key", "")
    if not form.is_valid():
        return _start(request, form=form, status=422)
    told = form.cleaned_data
    wait = braked(request, len(told["photos"]), told["text"])
    if wait:
        form.add_error(None, wait)
        return _start(request, form=form, status=429)
    try:
        receipt = services.send(
            key=key if is_token(key) else token(), text=told["text"], place=told["place"],
            photos=[photo.read() for photo in told["photos"]], now=clock.now(),
        )  # fmt: skip
    except files.NotAPicture as problem:
        form.add_error("photos", photo_problem(1, str(problem)))
        return _start(request, form=form, status=422)
    except services.SentBefore:
        form.add_error(None, SENT_ALREADY)
        return _start(request, form=form, again=True, status=409)
    except receipts.Busy:
        form.add_error(None, BUSY)
        return _start(request, form=form, status=503)
    return render(request, "tips/receipt.html", {"code": show(receipt.code), "danger": receipt.danger})


def _open(request: HttpRequest) -> HttpResponse:
    """A receipt. Unknown, withdrawn and over give one and the same answer, after the same work."""
    code = read(request.POST.get("code", ""))
    if code is None:
        return _start(request, error=NOT_TWENTY, status=422)
    now, peer = clock.now(), _peer(request)
    wanted = visits.demanded(peer)
    if wanted is not None:
        token_, answer = request.POST.get("task", ""), request.POST.get("answer", "")
        if not visits.done(token_, answer, wanted=wanted, now=now):
            return _start(request, error=WORK.format(seconds=wanted.seconds), status=429)
    found = services.opened(code)
    if found is None:
        visits.count_wrong(peer)
        return _start(request, error=WRONG, status=404)
    tip, pair = found
    return _talk(request, tip, Visit(bytes(tip.lookup), pair, now))


def _inside(request: HttpRequest, step: str) -> HttpResponse:
    """What is done on an opened tip."""
    visit = visits.visit_of(request.POST.get("visit", ""), now=clock.now())
    tip = services.found(visit.lookup) if visit else None
    if visit is None or tip is None:
        return _start(request, error=OVER, status=403)
    return _more(request, tip, visit) if step == "more" else _withdraw(request, tip, visit)


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
            tip=tip, text=told["text"], photos=[photo.read() for photo in told["photos"]], now=clock.now()
        )
    except (Refusal, files.NotAPicture) as problem:
        return _talk(request, tip, visit, error=str(problem), status=422)
    return _talk(request, services.found(visit.lookup) or tip, visit, sent=True)


def _withdraw(request: HttpRequest, tip: Tip, visit: Visit) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        return _talk(request, tip, visit, error="Bạn đánh dấu «Tôi chắc chắn» rồi bấm lại.", status=422)
    services.withdraw(tip=tip, now=clock.now())
    return render(request, "tips/withdrawn.html")


def _talk(
    request: HttpRequest, tip: Tip, visit: Visit, *, error: str = "", sent: bool = False, status: int = 200
) -> HttpResponse:
    now = clock.now()
    talk = queries.talk(tip, visit.pair)
    context: dict[str, Any] = {
        "talk": talk, "now": now, "error": error, "sent": sent, "visit": visits.token_of(visit, now=now),
        "draft": request.POST.get("text", "") if error else "", "over": tip.case.state == State.CLOSED,
    }  # fmt: skip
    return render(request, "tips/talk.html", context, status=status)


def _peer(request: HttpRequest) -> str:
    return peer_of(request.headers.get("X-Forwarded-For", ""))
