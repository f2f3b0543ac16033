"""Views that settle a moderation flag: send the warning, edited or not, or dismiss it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from binhyen.channels.presenters import GOING_SAID, GROUPS, HELD_SAID
from binhyen.channels.queries import Missing
from binhyen.channels.services import moderation_flags
from binhyen.channels.services.moderation_flags import FlagRefused
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import nfc
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.ui.label_cache import told


@officers(May.MANAGE_GROUPS, methods=("POST",))
def send(request: OfficerRequest, group: UUID, flag: UUID) -> HttpResponse:
    text = nfc(request.POST.get("text", ""))

    def do() -> str:
        sent = moderation_flags.answer(
            group_id=str(group), flag_id=str(flag), officer=request.user, text=text, now=clock.now()
        )
        return GOING_SAID if sent else HELD_SAID

    return _done(request, group, do)


@officers(May.MANAGE_GROUPS, methods=("POST",))
def dismiss(request: OfficerRequest, group: UUID, flag: UUID) -> HttpResponse:
    def do() -> str:
        moderation_flags.dismiss(group_id=str(group), flag_id=str(flag), officer=request.user, now=clock.now())
        return N_("Đã bỏ qua.")

    return _done(request, group, do)


def _done(request: OfficerRequest, group: UUID, do: Callable[[], str]) -> HttpResponse:
    """Run the action and redirect to the group's page with its result or the reason of refusal."""
    try:
        said = do()
    except Missing:
        raise Http404 from None
    except FlagRefused as refused:
        messages.error(request, told(refused))
    else:
        (messages.warning if said == HELD_SAID else messages.success)(request, _(said))
    return see_other(f"{GROUPS}/{group}")
