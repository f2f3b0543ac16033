"""Views of quarantined messages: rewrite, release by a second person, or drop."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from binhyen.channels.models import ChildGround
from binhyen.channels.presenters import GROUPS_URL, QUARANTINED_NOTICE, REVIEW_NOTICE
from binhyen.channels.queries import NotVisible, list_quarantined
from binhyen.channels.services.quarantine import (
    DisclosureBasis,
    QuarantineError,
    drop_quarantined,
    release,
    rewrite_quarantined,
)
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.text import to_nfc
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.label_cache import translate_deferred

_PERMISSIONS = (Permission.MANAGE_GROUPS, Permission.WORK_CASES)


@require_any_permission(*_PERMISSIONS, methods=("POST",))
def handle_rewrite(request: OfficerRequest, message: UUID) -> HttpResponse:
    text = to_nfc(request.POST.get("text", ""))

    def run_action() -> str:
        sent = rewrite_quarantined(public_id=str(message), officer=request.user, text=text, now=clock.now())
        return REVIEW_NOTICE if sent else QUARANTINED_NOTICE

    return _redirect_with_result(request, message, run_action)


@require_any_permission(*_PERMISSIONS, methods=("POST",))
def handle_release(request: OfficerRequest, message: UUID) -> HttpResponse:
    def run_action() -> str:
        release(
            public_id=str(message),
            officer=request.user,
            ours=request.POST.get("ours") == "1",
            ground=_parse_basis(request),
            now=clock.now(),
        )
        return N_("Đã cho gửi. Tên bạn được ghi lại.")

    return _redirect_with_result(request, message, run_action)


@require_any_permission(*_PERMISSIONS, methods=("POST",))
def handle_drop(request: OfficerRequest, message: UUID) -> HttpResponse:
    def run_action() -> str:
        drop_quarantined(public_id=str(message), officer=request.user, now=clock.now())
        return N_("Đã bỏ, không gửi.")

    return _redirect_with_result(request, message, run_action)


def _parse_basis(request: OfficerRequest) -> DisclosureBasis | None:
    """Return the legal basis for a child's details; None where the form is incomplete."""
    try:
        until = dt.date.fromisoformat(request.POST.get("until", ""))
        kind = ChildGround.Kind(request.POST.get("ground", ""))
    except ValueError:
        return None
    reason, consent = to_nfc(request.POST.get("reason", "")).strip(), request.POST.get("consent", "")[:20]
    return DisclosureBasis(kind, reason, until, consent)


def _redirect_with_result(request: OfficerRequest, message: UUID, action: Callable[[], str]) -> HttpResponse:
    """Run the action and redirect to the page of origin with its result or the reason of refusal."""
    row = list_quarantined(request.user).filter(public_id=message).first()
    if row is None:
        raise Http404
    fallback_url = f"/vu-viec/{format_code(row.case.code)}" if row.case else "/"
    return_url = f"{GROUPS_URL}/{row.group.public_id}" if row.group else fallback_url
    try:
        message_text = action()
    except NotVisible:
        raise Http404 from None
    except QuarantineError as error:
        messages.error(request, translate_deferred(error))
    else:
        (messages.warning if message_text == QUARANTINED_NOTICE else messages.success)(request, _(message_text))
    return redirect_after_post(return_url)
