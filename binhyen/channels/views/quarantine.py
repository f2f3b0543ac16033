"""Views of quarantined messages: rewrite, release by a second person, or drop."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from binhyen.channels.models import ChildGround
from binhyen.channels.presenters import GOING_SAID, GROUPS, HELD_SAID
from binhyen.channels.queries import Missing, held
from binhyen.channels.services.quarantine import Ground, HeldRefused, drop, let_go, rewrite
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.kit.text import nfc
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.ui.label_cache import told

_WRITES = (May.MANAGE_GROUPS, May.WORK_CASES)


@officers(*_WRITES, methods=("POST",))
def write(request: OfficerRequest, message: UUID) -> HttpResponse:
    text = nfc(request.POST.get("text", ""))

    def do() -> str:
        sent = rewrite(public_id=str(message), officer=request.user, text=text, now=clock.now())
        return GOING_SAID if sent else HELD_SAID

    return _done(request, message, do)


@officers(*_WRITES, methods=("POST",))
def release(request: OfficerRequest, message: UUID) -> HttpResponse:
    def do() -> str:
        let_go(
            public_id=str(message), officer=request.user, ours=request.POST.get("ours") == "1",
            ground=_ground(request), now=clock.now(),
        )  # fmt: skip
        return N_("Đã cho gửi. Tên bạn được ghi lại.")

    return _done(request, message, do)


@officers(*_WRITES, methods=("POST",))
def give_up(request: OfficerRequest, message: UUID) -> HttpResponse:
    def do() -> str:
        drop(public_id=str(message), officer=request.user, now=clock.now())
        return N_("Đã bỏ, không gửi.")

    return _done(request, message, do)


def _ground(request: OfficerRequest) -> Ground | None:
    """Return the legal basis for a child's details; None where the form is incomplete."""
    try:
        until = dt.date.fromisoformat(request.POST.get("until", ""))
        kind = ChildGround.Kind(request.POST.get("ground", ""))
    except ValueError:
        return None
    reason, consent = nfc(request.POST.get("reason", "")).strip(), request.POST.get("consent", "")[:20]
    return Ground(kind, reason, until, consent)


def _done(request: OfficerRequest, message: UUID, do: Callable[[], str]) -> HttpResponse:
    """Run the action and redirect to the page of origin with its result or the reason of refusal."""
    row = held(request.user).filter(public_id=message).first()
    if row is None:
        raise Http404
    of_case = f"/vu-viec/{show_code(row.case.code)}" if row.case else "/"
    back = f"{GROUPS}/{row.group.public_id}" if row.group else of_case
    try:
        said = do()
    except Missing:
        raise Http404 from None
    except HeldRefused as refused:
        messages.error(request, told(refused))
    else:
        (messages.warning if said == HELD_SAID else messages.success)(request, _(said))
    return see_other(back)
