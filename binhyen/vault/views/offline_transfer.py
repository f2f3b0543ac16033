"""Offline transfer with the isolated machine: public keys come in, encrypted bundles go out, signed answers come in."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.people.access import may
from binhyen.people.roles import May
from binhyen.people.services import Refusal
from binhyen.people.view_auth import see_other, step_up
from binhyen.vault.envelopes import fingerprint
from binhyen.vault.key_session import keys
from binhyen.vault.offline import bundles
from binhyen.vault.queries import groups_of
from binhyen.vault.sealed_desks import SealedDesk, Talk
from binhyen.vault.services import offline_transfer
from binhyen.vault.views.decorators import KeyRequest, custody, handling
from binhyen.vault.views.sealed_conversations import talk_view

_MOST = 16 * 1024 * 1024  # bytes: keys and answers are small


@custody("POST")
@step_up()  # type: ignore[arg-type]
def take_key(request: KeyRequest) -> HttpResponse:
    """Register the public half of a key made there as the officer's key; a former one ends."""
    try:
        key = bundles.read_new_key(_sent(request))
        offline_transfer.take_key(officer=request.user, key=key, alone="alone" in request.POST, now=clock.now())
    except (bundles.Unreadable, Refusal) as problem:
        messages.error(request, str(problem))
        return see_other(reverse("custody"))
    keys.lock(request.sign_in.pk)
    messages.success(
        request, _("Đã nhận. Dấu khóa {public}: đối chiếu với tờ giấy của bạn.").format(public=fingerprint(key.public))
    )
    return see_other(reverse("custody"))


@custody("POST")
@step_up()  # type: ignore[arg-type]
def carry(request: KeyRequest, public_id: UUID) -> HttpResponse:
    """Export a request with its encrypted rows as a file. A refusal and a missing request look the same."""
    _only_custodians(request)
    try:
        bundle = offline_transfer.carry_opening(opening_id=str(public_id), officer=request.user, now=clock.now())
    except Refusal:
        raise Http404 from None
    return _attached(bundle)


@talk_view("POST", gate=handling)
@step_up()  # type: ignore[arg-type]
def carry_talk(request: KeyRequest, desk: SealedDesk, talk: Talk) -> HttpResponse:
    """Export a sealed conversation as a file, for holders of a share of its desk's key."""
    if request.holder is None or desk.group not in groups_of(request.holder):
        raise Http404
    return _attached(offline_transfer.carry_words(desk=desk, talk=talk, officer=request.user, now=clock.now()))


def _attached(bundle: bundles.Bundle) -> HttpResponse:
    return HttpResponse(
        bundles.bundle_text(bundle),
        content_type="application/json",
        # nosemgrep: file-name-from-outside  an id of ours, a UUID
        headers={"Content-Disposition": f'attachment; filename="goi-{bundle.id}.json"'},
    )


@custody("POST")
@step_up()  # type: ignore[arg-type]
def take_answer(request: KeyRequest) -> HttpResponse:
    """Import signed approvals of a request."""
    _only_custodians(request)
    try:
        done = offline_transfer.take_answer(
            answer=bundles.read_answer(_sent(request)), officer=request.user, now=clock.now()
        )  # fmt: skip
    except (bundles.Unreadable, Refusal) as problem:
        messages.error(request, str(problem))
        return see_other(reverse("custody_openings"))
    messages.success(
        request, _("Đã mở cho người xin.") if done.opened_at else _("Đã ghi. Cần thêm một người ở ghế khác.")
    )
    return see_other(reverse("custody_opening", args=[done.public_id]))


def _sent(request: HttpRequest) -> str:
    """Return the uploaded text. Raises bundles.UnreadableBundle."""
    sent = request.FILES.get("file")
    if sent is None or (sent.size or 0) > _MOST:
        raise bundles.Unreadable(_("Chọn tệp, tối đa 16 MB."))
    try:
        return bytes(sent.read()).decode()
    except UnicodeDecodeError:
        raise bundles.Unreadable(_("Đây không phải tệp của Bình Yên.")) from None


def _only_custodians(request: KeyRequest) -> None:
    if not may(request.user, May.OPEN_IDENTITY):
        raise Http404
