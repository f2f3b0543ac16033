"""The frame of the custody process's pages: its own short navigation, no counts, no live feed."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from binhyen.kit.wording import N_
from binhyen.people.models import Officer
from binhyen.people.trust import terms
from binhyen.ui.context import NavItem, Shell, Signed

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
    return Shell(
        nav=(*nav, NavItem(_("Về trang chính"), "/ban-truc", "left")),
        person=Signed(officer.name, officer.role_label, "/dang-xuat"),
        idle_seconds=int(terms(officer.role).idle.total_seconds()),
        urls=Shell().urls | {"home": "/giu-kin"},
    )
