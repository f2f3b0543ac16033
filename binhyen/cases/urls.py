"""URL patterns of the register for officers."""

from django.urls import URLPattern, URLResolver, path

from binhyen.cases.views import actions, case, desk, export, group, help, identity, loose, numbers, search

urlpatterns: list[URLPattern | URLResolver] = [
    path("ban-truc", desk.home, name="desk"),
    path("so-viec", numbers.numbers, name="numbers"),
    path("ban-truc.csv", export.export, name="export"),
    path("vu-viec/<str:code>", case.case, name="case"),
    path("vu-viec/<str:code>/danh-tinh", identity.identity, name="ask_identity"),
    path("vu-viec/<str:code>/<slug:action>", actions.act, name="case_action"),
    path("tin-nhan", loose.loose, name="loose"),
    path("tin-nhan/<uuid:message>/mo-vu-viec", loose.promote, name="promote"),
    path("tin-nhan/<uuid:message>/gan", loose.attach, name="attach"),
    path("tim", search.search, name="search"),
    path("nhom/<uuid:group>", group.group, name="group"),
    path("tro-giup/phim-tat", help.keys, name="keys"),
]
