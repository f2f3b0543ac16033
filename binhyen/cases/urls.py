"""URL patterns of the register for officers."""

from django.urls import URLPattern, URLResolver, path

from binhyen.cases.views import (
    actions,
    case,
    desk,
    disclosure_requests,
    export,
    group,
    keyboard_help,
    nav_counts,
    search,
    unassigned_messages,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("ban-truc", desk.home, name="desk"),
    path("so-viec", nav_counts.numbers, name="numbers"),
    path("ban-truc.csv", export.export, name="export"),
    path("vu-viec/<str:code>", case.case, name="case"),
    path("vu-viec/<str:code>/danh-tinh", disclosure_requests.identity, name="ask_identity"),
    path("vu-viec/<str:code>/<slug:action>", actions.act, name="case_action"),
    path("tin-nhan", unassigned_messages.loose, name="loose"),
    path("tin-nhan/<uuid:message>/mo-vu-viec", unassigned_messages.promote, name="promote"),
    path("tin-nhan/<uuid:message>/gan", unassigned_messages.attach, name="attach"),
    path("tim", search.search, name="search"),
    path("nhom/<uuid:group>", group.group, name="group"),
    path("tro-giup/phim-tat", keyboard_help.keys, name="keys"),
]
