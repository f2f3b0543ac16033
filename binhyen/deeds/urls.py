"""Addresses: the public roll, a school's page, and the officers' pages."""

from django.urls import URLPattern, URLResolver, path

from binhyen.deeds import public_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("guong-tot", public_views.roll_page, name="deed_roll"),
    path("thu-truong/<str:link>", public_views.school_page, name="deed_school"),
    path("viec-tot", views.list_deeds_page, name="deeds"),
    path("viec-tot/soan", views.draft_page, name="deed_new"),
    path("viec-tot/<uuid:deed>", views.show_deed, name="deed"),
    path("viec-tot/<uuid:deed>/thu-khen", views.print_certificate, name="deed_certificate"),
    path("viec-tot/<uuid:deed>/<slug:action>", views.act_on_deed, name="deed_action"),
]
