"""Addresses: the public page of needs and pledges, and the officers' register."""

from django.urls import URLPattern, URLResolver, path

from binhyen.aid import public_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("giup-do", public_views.show_board, name="aid_board"),
    path("giup-do/<str:code>", public_views.need_page, name="aid_public"),
    path("loi-hua/<str:link>", public_views.pledge_page, name="aid_pledge"),
    path("hoan-canh", views.show_register, name="aid"),
    path("hoan-canh/ghi", views.enter_need, name="aid_new"),
    path("hoan-canh/<uuid:need>", views.show_need, name="aid_need"),
    path("hoan-canh/<uuid:need>/bien-ban/<uuid:delivery>", views.print_minutes, name="aid_minutes"),
    path("hoan-canh/<uuid:need>/thu-cam-on/<uuid:delivery>", views.print_thanks, name="aid_thanks"),
    path("hoan-canh/<uuid:need>/<slug:action>", views.act_on_need, name="aid_action"),
]
