"""Offline transfer with the isolated machine: public keys come in, encrypted bundles go out, signed answers come in."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.people.access import officer_may
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import redirect_after_post, require_step_up
from binhyen.vault.envelopes import get_fingerprint
from binhyen.vault.key_session import key_sessions
from binhyen.vault.offline import bundles
from binhyen.vault.queries import list_holder_groups
from binhyen.vault.sealed_desks import SealedConversation, SealedDesk
from binhyen.vault.services import offline_transfer
from binhyen.vault.views.decorators import KeyRequest, require_handler_key, require_key_owner
from binhyen.vault.views.sealed_conversations import conversation_view

_MAX_UPLOAD = 16 * 1024 * 1024  # bytes: keys and answers are small


@require_key_owner("POST")
@require_step_up()  # type: ignore[arg-type]
def upload_public_key(request: KeyRequest) -> HttpResponse:
    """Register the public half of a key made there as the officer's key; a former one ends."""
    try:
        key = bundles.parse_public_key(_read_upload(request))
        offline_transfer.import_public_key(
            officer=request.user, key=key, alone="alone" in request.POST, now=clock.now()
        )
    except (bundles.UnreadableBundle, RuleViolation) as problem:
        messages.error(request, str(problem))
        return redirect_after_post(reverse("custody"))
    key_sessions.lock(request.sign_in.pk)
    messages.success(
        request,
        _("Đã nhận. Mã kiểm tra khóa {public}: đối chiếu với tờ giấy của bạn.").format(
            public=get_fingerprint(key.public)
        ),
    )
    return redirect_after_post(reverse("custody"))


@require_key_owner("POST")
@require_step_up()  # type: ignore[arg-type]
def download_request(request: KeyRequest, public_id: UUID) -> HttpResponse:
    """Export a request with its encrypted rows as a file. A refusal and a missing request look the same."""
    _require_custodian(request)
    try:
        bundle = offline_transfer.export_request(opening_id=str(public_id), officer=request.user, now=clock.now())
    except RuleViolation:
        raise Http404 from None
    return _build_download(bundle)


@conversation_view("POST", gate=require_handler_key)
@require_step_up()  # type: ignore[arg-type]
def download_conversation(request: KeyRequest, desk: SealedDesk, talk: SealedConversation) -> HttpResponse:
    """Export a sealed conversation as a file, for holders of a share of its desk's key."""
    if request.holder is None or desk.group not in list_holder_groups(request.holder):
        raise Http404
    return _build_download(
        offline_transfer.export_conversation(desk=desk, talk=talk, officer=request.user, now=clock.now())
    )


def _build_download(bundle: bundles.Bundle) -> HttpResponse:
    return HttpResponse(
        bundles.format_bundle(bundle),
        content_type="application/json",
        # nosemgrep: file-name-from-outside  an id of ours, a UUID
        headers={"Content-Disposition": f'attachment; filename="goi-{bundle.id}.json"'},
    )


@require_key_owner("POST")
@require_step_up()  # type: ignore[arg-type]
def upload_answer(request: KeyRequest) -> HttpResponse:
    """Import signed approvals of a request."""
    _require_custodian(request)
    try:
        request_row = offline_transfer.import_answer(
            answer=bundles.parse_answer(_read_upload(request)), officer=request.user, now=clock.now()
        )
    except (bundles.UnreadableBundle, RuleViolation) as problem:
        messages.error(request, str(problem))
        return redirect_after_post(reverse("custody_openings"))
    messages.success(
        request,
        _("Đã mở cho người xin.") if request_row.opened_at else _("Đã ghi. Cần thêm một người giữ phần khóa khác."),
    )
    return redirect_after_post(reverse("custody_opening", args=[request_row.public_id]))


def _read_upload(request: HttpRequest) -> str:
    """Return the uploaded text. Raises bundles.UnreadableBundle."""
    upload = request.FILES.get("file")
    if upload is None or (upload.size or 0) > _MAX_UPLOAD:
        raise bundles.UnreadableBundle(_("Chọn tệp, tối đa 16 MB."))
    try:
        return bytes(upload.read()).decode()
    except UnicodeDecodeError:
        raise bundles.UnreadableBundle(_("Đây không phải tệp của Bình Yên.")) from None


def _require_custodian(request: KeyRequest) -> None:
    if not officer_may(request.user, Permission.OPEN_IDENTITY):
        raise Http404
