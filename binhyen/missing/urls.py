"""Addresses: the public appeals, and the officers' register."""

from django.urls import URLPattern, URLResolver, path

from binhyen.missing import bracelet_views, public_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("tim-nguoi", public_views.appeals_page, name="missing_appeals"),
    path("tim-nguoi.pfif", public_views.pfif_feed, name="missing_pfif"),
    path("tim-nguoi/<str:code>", public_views.appeal_page, name="missing_appeal"),
    path("tim-nguoi/<str:code>/anh", public_views.appeal_photo, name="missing_appeal_photo"),
    path("nguoi-lac", views.list_people_register, name="missing"),
    path("nguoi-lac/ghi", views.person_entry_page, name="missing_new"),
    path("vong-tay/<str:code>", bracelet_views.bracelet_page, name="missing_bracelet"),
    path("nguoi-lac/dang-ky-truoc", bracelet_views.registrations_page, name="missing_care_list"),
    path("nguoi-lac/dang-ky-truoc/<uuid:registration>", bracelet_views.show_registration, name="missing_care"),
    path("nguoi-lac/dang-ky-truoc/<uuid:registration>/anh", bracelet_views.serve_care_photo, name="missing_care_photo"),
    path(
        "nguoi-lac/dang-ky-truoc/<uuid:registration>/<slug:action>",
        bracelet_views.act_on_registration,
        name="missing_care_action",
    ),
    path("nguoi-lac/<uuid:record>", views.show_record, name="missing_record"),
    path("nguoi-lac/<uuid:record>/anh", views.serve_photo, name="missing_photo"),
    path("nguoi-lac/<uuid:record>/anh/<uuid:sighting>", views.serve_sighting_photo, name="missing_sighting_photo"),
    path("nguoi-lac/<uuid:record>/the", views.show_card, name="missing_card"),
    path("nguoi-lac/<uuid:record>/<slug:action>", views.act_on_record, name="missing_action"),
]
