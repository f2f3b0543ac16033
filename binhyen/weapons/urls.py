"""Addresses: the citizens' page, the officers' register, appointments and campaigns."""

from django.urls import URLPattern, URLResolver, path

from binhyen.weapons import public_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("giao-nop-vu-khi", public_views.weapon_report_page, name="weapon_report"),
    path("vu-khi", views.list_weapon_register, name="weapons"),
    path("vu-khi/ghi", views.register_weapons_page, name="weapons_new"),
    path("vu-khi/dot-van-dong", views.campaigns_page, name="weapon_campaigns"),
    path("vu-khi/hen/<uuid:appointment>", views.answer_appointment, name="weapon_appointment"),
    path("vu-khi/<uuid:record>", views.show_weapon_record, name="weapon_record"),
    path("vu-khi/<uuid:record>/bien-nhan", views.print_weapon_receipt, name="weapon_receipt"),
    path("vu-khi/<uuid:record>/<slug:action>", views.act_on_weapon_record, name="weapon_action"),
]
