"""Navigation of the custody process's pages: short, without counts and without live feed."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from binhyen.kit.i18n_markers import N_
from binhyen.people.auth_policy import terms
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.ui.context import Alert, NavItem, Shell, Signed
from binhyen.vault.key_distribution import placed_keys
from binhyen.vault.rules import PLACED

_PLACES = (
    (N_("Giữ kín"), "/giu-kin", "lock"),
    (N_("Tin kín"), "/giu-kin/tin", "chat"),
    (N_("Xin mở danh tính"), "/giu-kin/xin", "user"),
)


def shell(request: HttpRequest) -> Shell:
    officer = getattr(request, "user", None)
    if not isinstance(officer, Officer) or not officer.is_active:
        return Shell()
    nav = tuple(
        NavItem(
            _(label), url, icon, current=request.path == url or (url != "/giu-kin" and request.path.startswith(url))
        )
        for label, url, icon in _PLACES
    )
    # Outside, a custodian answers data subject requests; the director's office has no page there.
    outside = {Role.CUSTODIAN: "/yeu-cau-du-lieu", Role.DIRECTOR: ""}.get(Role(officer.role), "/ban-truc")
    back = (NavItem(_("Về trang chính"), outside, "left"),) if outside else ()
    told = request.path != "/giu-kin" and placed_keys(officer).exists()  # that page names the owner of the key
    return Shell(
        nav=(*nav, *back),
        alerts=(Alert(_(PLACED), "/giu-kin"),) if told else (),
        unit_name=officer.unit.name,
        person=Signed(officer.name, officer.role_label, "/dang-xuat"),
        idle_seconds=int(terms(officer.role).idle.total_seconds()),
        urls=Shell().urls | {"home": "/giu-kin"},
    )
