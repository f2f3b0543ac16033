"""The officer's own key: create, unlock for a work session, lock; and requests that wait for its holder."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.people.access import officer_may
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.people.view_auth import build_confirm_url, is_recently_confirmed, redirect_after_post, require_step_up
from binhyen.vault import key_wrapping
from binhyen.vault.envelopes import get_fingerprint, get_fingerprint_prefix, is_fingerprint_match
from binhyen.vault.key_distribution import (
    find_placed_keys,
    list_holders,
    list_holders_without_shares,
    list_new_recovery_keys,
)
from binhyen.vault.key_session import key_sessions
from binhyen.vault.key_wrapping import DEMO_PASSPHRASE, WrongPassphrase
from binhyen.vault.models import Holder, KeyGroup
from binhyen.vault.queries import (
    count_waiting_requests,
    has_wrapped_keys,
    is_group_ready,
    list_founding_groups,
    list_holder_groups,
    list_old_keys,
    list_public_keys,
    list_stale_groups,
)
from binhyen.vault.rules import IDLE_TIMEOUT, PEOPLE_GROUPS
from binhyen.vault.services import key_holders, key_rotation
from binhyen.vault.views.decorators import (
    KeyRequest,
    OpenRequest,
    build_unlock_url,
    read_key_file,
    read_new_key_file,
    require_key_owner,
    require_unlocked_key,
    to_local_url,
)

_URL_NAMES = ("make", "change", "unlock", "lock", "rewrap", "grant", "renew", "take_key", "openings", "talks")
_WRONG_PASSPHRASE = N_("Cụm mật khẩu hoặc tệp khóa không đúng.")
_FINGERPRINT_MISMATCH = N_("Nhóm cuối không khớp, chưa trao gì. Gọi lại hỏi {name}; vẫn khác thì báo ngay thanh tra.")


@require_key_owner()
def show_my_key(request: KeyRequest) -> HttpResponse:
    return _render_page(request)


def _render_page(request: KeyRequest | OpenRequest, error: str = "", status: int = 200) -> HttpResponse:
    holder, return_url = request.holder, _get_return_url(request)
    context: dict[str, Any] = {
        "error": error,
        "next": return_url,
        "confirm_url": "" if is_recently_confirmed(request) else build_confirm_url(build_unlock_url(return_url)),
        "holder": holder,
        "needs_file": bool(holder and key_wrapping.needs_key_file(holder.wrapped_key)),
        "minutes": int(IDLE_TIMEOUT.total_seconds() // 60),
        "waiting": [KeyGroup(group).label for group in list_founding_groups()],
        "urls": {name: reverse(f"custody_{name}") for name in _URL_NAMES},
        "demo_passphrase": DEMO_PASSPHRASE if settings.DEMO else "",
        "placed": [
            {"mine": entry.officer == request.user, "name": entry.officer.name, "at": entry.placed_at}
            for entry in find_placed_keys(request.user).select_related("officer").order_by("placed_at")
            if entry.officer
        ],
        "now": clock.now(),
        "marks": [
            {"label": str(KeyGroup(group).label) + (_(", phần {part}").format(part=part) if part else ""), "mark": mark}
            for group, part, mark in list_public_keys()
        ],
    }
    if officer_may(request.user, Permission.OPEN_IDENTITY):
        context["asked"] = count_waiting_requests(request.user, holder.seat if holder else None, now=clock.now())
    if holder:
        # fingerprint of the unlocked key: the database row could name another key
        context["mark"] = get_fingerprint(request.pair.public.raw) if request.pair else ""
        context["elsewhere"] = not holder.wrapped_key
        context["renewable"] = [
            {
                "value": group_name,
                "label": KeyGroup(group_name).label,
                "holders": [_format_holder(entry) for entry in list_holders(group_name)],
            }
            for group_name in sorted(list_holder_groups(holder))
            if is_group_ready(group_name)
        ]
        context["envelopes"] = [
            {
                "field": _format_field_name(entry),
                "label": entry.label,
                "begins": get_fingerprint_prefix(bytes(entry.public)),
            }
            for entry in list_new_recovery_keys([row["value"] for row in context["renewable"]])
        ]
        context["last"] = [KeyGroup(group).label for group in key_holders.find_sole_groups(holder)]
        context["stale"] = [
            KeyGroup(group).label for group in list_stale_groups() if group in list_holder_groups(holder)
        ]
        context["groups"] = [KeyGroup(group).label for group in sorted(list_holder_groups(holder))]
        context["locked"] = request.pair is None
        context["left"] = has_wrapped_keys(list_old_keys(holder))
        context["newcomers"] = [
            {
                "id": str(colleague.officer.public_id),
                "name": colleague.officer.name,
                "role": colleague.officer.role_label,
                "seat": colleague.seat,
                "at": colleague.created_at,
                "begins": get_fingerprint_prefix(bytes(colleague.public)),
            }
            for colleague in list_holders_without_shares(holder)
            if colleague.officer
        ]
    return render(request, "custody/home.html", context, status=status)


@sensitive_post_parameters("passphrase", "again")
@sensitive_variables("passphrase")
@require_key_owner("POST")
@require_step_up()  # type: ignore[arg-type]
def create_key(request: KeyRequest) -> HttpResponse:
    """Create a first key, or replace the present one."""
    try:
        passphrase = _read_new_passphrase(request)
        key_holders.create_holder(
            officer=request.user,
            passphrase=passphrase,
            file=read_new_key_file(request),
            alone="alone" in request.POST,
            now=clock.now(),
        )
    except RuleViolation as refusal:
        return _render_page(request, str(refusal), 422)
    key_sessions.lock(request.sign_in.pk)
    messages.success(request, _("Đã tạo khóa riêng. Đừng quên cụm mật khẩu: không ai lấy lại được giúp bạn."))
    return redirect_after_post(reverse("custody"))


@sensitive_post_parameters("passphrase", "again")
@sensitive_variables("passphrase")
@require_unlocked_key("POST")
@require_step_up()  # type: ignore[arg-type]
def change_key_passphrase(request: OpenRequest) -> HttpResponse:
    """Change the passphrase of the key, which stays unlocked."""
    try:
        passphrase = _read_new_passphrase(request)
        key_holders.change_passphrase(
            holder=request.holder,
            pair=request.pair,
            passphrase=passphrase,
            file=read_new_key_file(request),
            now=clock.now(),
        )
    except RuleViolation as refusal:
        return _render_page(request, str(refusal), 422)
    messages.success(request, _("Đã đổi cụm mật khẩu. Từ lần sau mở bằng cụm mới."))
    return redirect_after_post(reverse("custody"))


@sensitive_variables("passphrase")
def _read_new_passphrase(request: KeyRequest | OpenRequest) -> str:
    """Return the new passphrase. Raises `Refusal` where the two inputs differ."""
    passphrase = request.POST.get("passphrase", "")
    # nosemgrep: secret-compared-plainly  the person's own two inputs, compared for a typing error
    if passphrase != request.POST.get("again", ""):
        raise RuleViolation(_("Hai lần nhập không giống nhau."))
    return passphrase


@sensitive_post_parameters("passphrase")
@sensitive_variables("passphrase")
@require_key_owner("POST")
def unlock_key(request: KeyRequest) -> HttpResponse:
    """Unlock the key for minutes, after a fresh second factor.

    A session of complaint handlers may last a whole shift.
    """
    if not is_recently_confirmed(request):
        return redirect_after_post(build_confirm_url(build_unlock_url(_get_return_url(request))))
    if request.holder is None or not request.holder.wrapped_key:
        return redirect_after_post(reverse("custody"))
    if delay := key_sessions.get_retry_delay(request.holder.pk):
        return _render_page(request, _("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=delay), 429)
    try:
        pair = key_holders.unlock_holder(
            request.holder, passphrase=request.POST.get("passphrase", ""), file=read_key_file(request)
        )
    except WrongPassphrase:
        key_sessions.record_failure(request.holder.pk)
        return _render_page(request, _(_WRONG_PASSPHRASE), 422)
    key_sessions.store_key(request.sign_in.pk, request.holder.pk, pair)
    return redirect_after_post(_get_return_url(request) or reverse("custody"))


@require_key_owner("POST")
def lock_key(request: KeyRequest) -> HttpResponse:
    key_sessions.lock(request.sign_in.pk)
    messages.success(request, _("Đã khóa lại."))
    return redirect_after_post(reverse("custody"))


@require_unlocked_key("POST")
def rewrap_old_keys(request: OpenRequest) -> HttpResponse:
    """Re-encrypt data under replaced keys, one batch a click."""
    key_rotation.rewrap_with_holder(request.holder, request.pair, limit=5000)
    key_rotation.destroy_unused(PEOPLE_GROUPS, actor=get_audit_actor(request.user), now=clock.now())
    messages.success(request, _("Đã chuyển sang khóa mới."))
    return redirect_after_post(reverse("custody"))


@require_unlocked_key("POST")
@require_step_up()  # type: ignore[arg-type]
def rotate_key(request: OpenRequest) -> HttpResponse:
    """Rotate the key of a group that the officer holds, when a holder left or on schedule.

    It goes to holders of the present key, and to recovery keys whose fingerprint was typed.
    """
    group = request.POST.get("group", "")
    if group not in list_holder_groups(request.holder) or not is_group_ready(group):
        return _render_page(request, _("Chọn nhóm bạn đang giữ khóa."), 422)
    compared = [
        (recovery_key, typed)
        for recovery_key in list_new_recovery_keys([group])
        if (typed := request.POST.get(_format_field_name(recovery_key), "").strip())
    ]
    for envelope, typed in compared:
        if not is_fingerprint_match(bytes(envelope.public), typed):
            return _render_page(request, _(_FINGERPRINT_MISMATCH).format(name=envelope.label), 422)
    try:
        ids = [envelope.pk for envelope, _typed in compared]
        key_rotation.rotate_group_key(group, actor=get_audit_actor(request.user), newcomers=ids, now=clock.now())
    except RuleViolation as refusal:
        return _render_page(request, str(refusal), 409)
    messages.success(request, _("Đã có khóa mới. Bấm «Chuyển» để đưa những gì dưới khóa cũ sang."))
    return redirect_after_post(reverse("custody"))


@require_unlocked_key("POST")
@require_step_up()  # type: ignore[arg-type]
def grant_keys(request: OpenRequest) -> HttpResponse:
    """Give a colleague of the same desk the keys they are entitled to.

    The colleague read out the end of their key's fingerprint, because anyone with shell access can place an own key in
    the colleague's name.
    """
    chosen = request.POST.get("officer", "")
    receiver = next(
        (
            candidate
            for candidate in list_holders_without_shares(request.holder)
            if candidate.officer and str(candidate.officer.public_id) == chosen
        ),
        None,
    )
    if isinstance(receiver, Holder) and receiver.officer:
        if not is_fingerprint_match(bytes(receiver.public), request.POST.get("mark", "")):
            return _render_page(request, _(_FINGERPRINT_MISMATCH).format(name=receiver.officer.name), 422)
        actor = get_audit_actor(request.user)
        share_count = key_rotation.grant_shares(
            giver=request.holder, pair=request.pair, to=receiver, actor=actor, now=clock.now()
        )
        messages.success(
            request,
            _("Đã trao {given} khóa.").format(given=share_count)
            if share_count
            else _("Bạn không có khóa nào để trao cho người này."),
        )
    return redirect_after_post(reverse("custody"))


def _format_field_name(envelope: Holder) -> str:
    """Return the form field for a recovery key's fingerprint; it does not reveal the end of the fingerprint."""
    return f"mark-{get_fingerprint_prefix(bytes(envelope.public)).replace(' ', '')}"


def _format_holder(holder: Holder) -> str:
    return f"{holder.officer.name if holder.officer else holder.label} ({get_fingerprint(bytes(holder.public))})"


def _get_return_url(request: KeyRequest | OpenRequest) -> str:
    """Return the page that redirected here; "" for a direct visit."""
    return to_local_url(request, request.POST.get("next") or request.GET.get("next") or "")
