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
from binhyen.people.access import may
from binhyen.people.roles import May
from binhyen.people.services import Refusal, actor_of
from binhyen.people.view_auth import confirm_url, confirmed, see_other, step_up
from binhyen.vault import key_wrapping
from binhyen.vault.demo import DEMO_PASSPHRASE
from binhyen.vault.envelopes import beginning, fingerprint, told
from binhyen.vault.key_distribution import holders_of, new_envelopes, placed_keys, without_shares
from binhyen.vault.key_session import keys
from binhyen.vault.key_wrapping import WrongPassphrase
from binhyen.vault.models import Group, Holder
from binhyen.vault.queries import (
    groups_of,
    left_under,
    old_keys_of,
    public_keys,
    ready,
    stale,
    waiting_for,
    waiting_for_people,
)
from binhyen.vault.rules import IDLE, PEOPLES
from binhyen.vault.services import key_holders, key_rotation
from binhyen.vault.views.decorators import (
    KeyRequest,
    OpenRequest,
    custody,
    home_url,
    inside,
    key_file,
    new_key_file,
    opened,
)

_PLACES = ("make", "change", "unlock", "lock", "rewrap", "grant", "renew", "take_key", "openings", "talks")
_WRONG = N_("Cụm mật khẩu hoặc tệp khóa không đúng.")
_OTHER_KEY = N_("Nhóm cuối không khớp, chưa trao gì. Gọi lại hỏi {name}; vẫn khác thì báo ngay thanh tra.")


@custody()
def home(request: KeyRequest) -> HttpResponse:
    return _page(request)


def _page(request: KeyRequest | OpenRequest, error: str = "", status: int = 200) -> HttpResponse:
    holder, back = request.holder, _back(request)
    context: dict[str, Any] = {
        "error": error,
        "next": back,
        "confirm_url": "" if confirmed(request) else confirm_url(home_url(back)),
        "holder": holder,
        "needs_file": bool(holder and key_wrapping.needs_file(holder.wrapped)),
        "minutes": int(IDLE.total_seconds() // 60),
        "waiting": [Group(group).label for group in waiting_for_people()],
        "urls": {name: reverse(f"custody_{name}") for name in _PLACES},
        "demo_passphrase": DEMO_PASSPHRASE if settings.DEMO else "",
        "placed": [
            {"mine": one.officer == request.user, "name": one.officer.name, "at": one.placed_at}
            for one in placed_keys(request.user).select_related("officer").order_by("placed_at")
            if one.officer
        ],
        "now": clock.now(),
        "marks": [
            {"label": str(Group(group).label) + (_(", phần {part}").format(part=part) if part else ""), "mark": mark}
            for group, part, mark in public_keys()
        ],
    }  # fmt: skip
    if may(request.user, May.OPEN_IDENTITY):
        context["asked"] = waiting_for(request.user, holder.seat if holder else None, now=clock.now())
    if holder:
        # fingerprint of the unlocked key: the database row could name another key
        context["mark"] = fingerprint(request.pair.public.raw) if request.pair else ""
        context["elsewhere"] = not holder.wrapped
        context["renewable"] = [
            {"value": g, "label": Group(g).label, "holders": [_called(one) for one in holders_of(g)]}
            for g in sorted(groups_of(holder))
            if ready(g)
        ]
        context["envelopes"] = [
            {"field": _field(one), "label": one.label, "begins": beginning(bytes(one.public))}
            for one in new_envelopes([row["value"] for row in context["renewable"]])
        ]
        context["last"] = [Group(group).label for group in key_holders.last_of(holder)]
        context["stale"] = [Group(group).label for group in stale() if group in groups_of(holder)]
        context["groups"] = [Group(group).label for group in sorted(groups_of(holder))]
        context["locked"] = request.pair is None
        context["left"] = left_under(old_keys_of(holder))
        context["newcomers"] = [
            {
                "id": str(other.officer.public_id),
                "name": other.officer.name,
                "role": other.officer.role_label,
                "seat": other.seat,
                "at": other.created_at,
                "begins": beginning(bytes(other.public)),
            }
            for other in without_shares(holder)
            if other.officer
        ]
    return render(request, "custody/home.html", context, status=status)


@sensitive_post_parameters("passphrase", "again")
@sensitive_variables("passphrase")
@custody("POST")
@step_up()  # type: ignore[arg-type]
def make(request: KeyRequest) -> HttpResponse:
    """Create a first key, or replace the present one."""
    try:
        passphrase = _typed_twice(request)
        key_holders.make_holder(
            officer=request.user, passphrase=passphrase, file=new_key_file(request), alone="alone" in request.POST,
            now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, str(refusal), 422)
    keys.lock(request.sign_in.pk)
    messages.success(request, _("Đã tạo khóa riêng. Đừng quên cụm mật khẩu: không ai lấy lại được giúp bạn."))
    return see_other(reverse("custody"))


@sensitive_post_parameters("passphrase", "again")
@sensitive_variables("passphrase")
@opened("POST")
@step_up()  # type: ignore[arg-type]
def change(request: OpenRequest) -> HttpResponse:
    """Change the passphrase of the key, which stays unlocked."""
    try:
        passphrase = _typed_twice(request)
        key_holders.rewrap_holder(
            holder=request.holder, pair=request.pair, passphrase=passphrase, file=new_key_file(request), now=clock.now()
        )
    except Refusal as refusal:
        return _page(request, str(refusal), 422)
    messages.success(request, _("Đã đổi cụm mật khẩu. Từ lần sau mở bằng cụm mới."))
    return see_other(reverse("custody"))


@sensitive_variables("passphrase")
def _typed_twice(request: KeyRequest | OpenRequest) -> str:
    """Return the new passphrase. Raises `Refusal` where the two inputs differ."""
    passphrase = request.POST.get("passphrase", "")
    # nosemgrep: secret-compared-plainly  the person's own two inputs, compared for a typing error
    if passphrase != request.POST.get("again", ""):
        raise Refusal(_("Hai lần nhập không giống nhau."))
    return passphrase


@sensitive_post_parameters("passphrase")
@sensitive_variables("passphrase")
@custody("POST")
def unlock(request: KeyRequest) -> HttpResponse:
    """Unlock the key for minutes, after a fresh second factor.

    A session of complaint handlers may last a whole shift.
    """
    if not confirmed(request):
        return see_other(confirm_url(home_url(_back(request))))
    if request.holder is None or not request.holder.wrapped:
        return see_other(reverse("custody"))
    if wait := keys.wait(request.holder.pk):
        return _page(request, _("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=wait), 429)
    try:
        pair = key_holders.open_holder(
            request.holder, passphrase=request.POST.get("passphrase", ""), file=key_file(request)
        )
    except WrongPassphrase:
        keys.wrong(request.holder.pk)
        return _page(request, _(_WRONG), 422)
    keys.put(request.sign_in.pk, request.holder.pk, pair)
    return see_other(_back(request) or reverse("custody"))


@custody("POST")
def lock(request: KeyRequest) -> HttpResponse:
    keys.lock(request.sign_in.pk)
    messages.success(request, _("Đã khóa lại."))
    return see_other(reverse("custody"))


@opened("POST")
def rewrap(request: OpenRequest) -> HttpResponse:
    """Re-encrypt data under replaced keys, one batch a click."""
    key_rotation.rewrap_with(request.holder, request.pair, most=5000)
    key_rotation.destroy_unused(PEOPLES, actor=actor_of(request.user), now=clock.now())
    messages.success(request, _("Đã chuyển sang khóa mới."))
    return see_other(reverse("custody"))


@opened("POST")
@step_up()  # type: ignore[arg-type]
def renew(request: OpenRequest) -> HttpResponse:
    """Rotate the key of a group that the officer holds, when a holder left or on schedule.

    It goes to holders of the present key, and to recovery keys whose fingerprint was typed.
    """
    group = request.POST.get("group", "")
    if group not in groups_of(request.holder) or not ready(group):
        return _page(request, _("Chọn nhóm bạn đang giữ khóa."), 422)
    compared = [(one, typed) for one in new_envelopes([group]) if (typed := request.POST.get(_field(one), "").strip())]
    for envelope, typed in compared:
        if not told(bytes(envelope.public), typed):
            return _page(request, _(_OTHER_KEY).format(name=envelope.label), 422)
    try:
        ids = [envelope.pk for envelope, _typed in compared]
        key_rotation.renew(group, actor=actor_of(request.user), newcomers=ids, now=clock.now())
    except Refusal as refusal:
        return _page(request, str(refusal), 409)
    messages.success(request, _("Đã có khóa mới. Bấm «Chuyển» để đưa những gì dưới khóa cũ sang."))
    return see_other(reverse("custody"))


@opened("POST")
@step_up()  # type: ignore[arg-type]
def grant(request: OpenRequest) -> HttpResponse:
    """Give a colleague of the same desk the keys they are entitled to.

    The colleague read out the end of their key's fingerprint, because anyone with shell access can place an own key in
    the colleague's name.
    """
    chosen = request.POST.get("officer", "")
    to = next((h for h in without_shares(request.holder) if h.officer and str(h.officer.public_id) == chosen), None)
    if isinstance(to, Holder) and to.officer:
        if not told(bytes(to.public), request.POST.get("mark", "")):
            return _page(request, _(_OTHER_KEY).format(name=to.officer.name), 422)
        actor = actor_of(request.user)
        given = key_rotation.grant(giver=request.holder, pair=request.pair, to=to, actor=actor, now=clock.now())
        messages.success(
            request,
            _("Đã trao {given} khóa.").format(given=given)
            if given
            else _("Bạn không có khóa nào để trao cho người này."),
        )
    return see_other(reverse("custody"))


def _field(envelope: Holder) -> str:
    """Return the form field for a recovery key's fingerprint; it does not reveal the end of the fingerprint."""
    return f"mark-{beginning(bytes(envelope.public)).replace(' ', '')}"


def _called(holder: Holder) -> str:
    return f"{holder.officer.name if holder.officer else holder.label} ({fingerprint(bytes(holder.public))})"


def _back(request: KeyRequest | OpenRequest) -> str:
    """Return the page that redirected here; "" for a direct visit."""
    return inside(request, request.POST.get("next") or request.GET.get("next") or "")
