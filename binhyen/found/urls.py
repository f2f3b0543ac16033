"""Addresses: the public board and claims, and the officers' register."""

from django.urls import URLPattern, URLResolver, path

from binhyen.found import public_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("do-nhat-duoc", public_views.board_page, name="found_board"),
    path("do-nhat-duoc/<str:code>", public_views.item_page, name="found_public"),
    path("nhan-do/<str:link>", public_views.claim_page, name="found_claim"),
    path("nhat-duoc", views.list_register, name="found"),
    path("nhat-duoc/ghi", views.register_page, name="found_new"),
    path("nhat-duoc/<uuid:item>", views.show_item, name="found_item"),
    path("nhat-duoc/<uuid:item>/bien-nhan", views.print_receipt, name="found_receipt"),
    path("nhat-duoc/<uuid:item>/<slug:action>", views.act_on_item, name="found_action"),
]
