"""The officers' addresses of the register."""

from django.urls import URLPattern, URLResolver, path

from binhyen.cases.views import actions, case, desk, help

urlpatterns: list[URLPattern | URLResolver] = [
    path("ban-truc", desk.home, name="desk"),
    path("vu-viec/<str:code>", case.case, name="case"),
    path("vu-viec/<str:code>/<slug:action>", actions.act, name="case_action"),
    path("tro-giup/phim-tat", help.keys, name="keys"),
]
