"""Navigation of the custody process's pages: short, without counts and without live feed."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from binhyen.kit.i18n_markers import N_
from binhyen.people.auth_policy import get_session_policy
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.ui.context import Alert, NavItem, PageFrame, SignedInOfficer
from binhyen.vault.key_distribution import find_placed_keys
from binhyen.vault.rules import PLACED_KEY_NOTICE

_PLACES = (
    (N_("Giữ kín"), "/giu-kin", "lock"),
    (N_("Tin kín"), "/giu-kin/tin", "chat"),
    (N_("Xin mở danh tính"), "/giu-kin/xin", "user"),
)


def build_custody_frame(request: HttpRequest) -> PageFrame:
    officer = getattr(request, "user", None)
    if not isinstance(officer, Officer) or not officer.is_active:
        return PageFrame()
    nav = tuple(
        NavItem(
            _(label), url, icon, current=request.path == url or (url != "/giu-kin" and request.path.startswith(url))
        )
        for label, url, icon in _PLACES
    )
    # Outside, a custodian answers data subject requests; the director's office has no page there.
    outside = {Role.CUSTODIAN: "/yeu-cau-du-lieu", Role.DIRECTOR: ""}.get(Role(officer.role), "/ban-truc")
    outside_items = (NavItem(_("Về trang chính"), outside, "left"),) if outside else ()
    has_alert = (
        request.path != "/giu-kin" and find_placed_keys(officer).exists()
    )  # that page names the owner of the key
    return PageFrame(
        nav=(*nav, *outside_items),
        alerts=(Alert(_(PLACED_KEY_NOTICE), "/giu-kin"),) if has_alert else (),
        unit_name=officer.unit.name,
        person=SignedInOfficer(officer.name, officer.role_label, "/dang-xuat"),
        idle_seconds=int(get_session_policy(officer.role).idle.total_seconds()),
        urls=PageFrame().urls | {"home": "/giu-kin"},
    )
