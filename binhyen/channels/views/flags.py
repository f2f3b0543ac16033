"""Views that settle a moderation flag: send the warning, edited or not, or dismiss it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from binhyen.channels.presenters import GROUPS_URL, QUARANTINED_NOTICE, REVIEW_NOTICE
from binhyen.channels.queries import NotVisible
from binhyen.channels.services import moderation_flags
from binhyen.channels.services.moderation_flags import FlagActionError
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import to_nfc
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.label_cache import translate_deferred


@require_any_permission(Permission.MANAGE_GROUPS, methods=("POST",))
def handle_flag_reply(request: OfficerRequest, group: UUID, flag: UUID) -> HttpResponse:
    text = to_nfc(request.POST.get("text", ""))

    def run_action() -> str:
        sent = moderation_flags.send_flag_reply(
            group_id=str(group), flag_id=str(flag), officer=request.user, text=text, now=clock.now()
        )
        return REVIEW_NOTICE if sent else QUARANTINED_NOTICE

    return _redirect_with_result(request, group, run_action)


@require_any_permission(Permission.MANAGE_GROUPS, methods=("POST",))
def handle_flag_dismissal(request: OfficerRequest, group: UUID, flag: UUID) -> HttpResponse:
    def run_action() -> str:
        moderation_flags.dismiss_flag(group_id=str(group), flag_id=str(flag), officer=request.user, now=clock.now())
        return N_("Đã bỏ qua.")

    return _redirect_with_result(request, group, run_action)


def _redirect_with_result(request: OfficerRequest, group: UUID, action: Callable[[], str]) -> HttpResponse:
    """Run the action and redirect to the group's page with its result or the reason of refusal."""
    try:
        message = action()
    except NotVisible:
        raise Http404 from None
    except FlagActionError as error:
        messages.error(request, translate_deferred(error))
    else:
        (messages.warning if message == QUARANTINED_NOTICE else messages.success)(request, _(message))
    return redirect_after_post(f"{GROUPS_URL}/{group}")
