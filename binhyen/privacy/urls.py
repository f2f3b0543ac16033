"""Addresses of the officers' pages about personal data."""

from django.urls import URLPattern, URLResolver, path

from binhyen.privacy.views import breaches, consents, data_requests, retention

urlpatterns: list[URLPattern | URLResolver] = [
    path("yeu-cau-du-lieu", data_requests.list_data_requests, name="data_requests"),
    path("yeu-cau-du-lieu/<uuid:asked>", data_requests.show_data_request, name="data_request"),
    path("yeu-cau-du-lieu/<uuid:asked>/tra-loi", data_requests.reply_to_request, name="data_reply"),
    path("luu-giu", retention.show_retention, name="kept"),
    path("luu-giu/giu-lai", retention.create_hold_view, name="hold"),
    path("luu-giu/<slug:hold>/thoi-giu", retention.release_hold_view, name="hold_release"),
    path("dong-y", consents.choose_case, name="consents_find"),
    path("dong-y/<str:code>", consents.list_consents, name="consents"),
    path("dong-y/<str:code>/ghi", consents.record_consent_view, name="consent_write"),
    path("dong-y/<str:code>/rut", consents.withdraw_consent_view, name="consent_withdraw"),
    path("su-co-du-lieu", breaches.list_breaches_page, name="breaches"),
    path("su-co-du-lieu/ghi", breaches.record_breach_view, name="breach_write"),
    path("su-co-du-lieu/<uuid:breach>", breaches.show_breach, name="breach"),
    path("su-co-du-lieu/<uuid:breach>/them", breaches.add_breach_step, name="breach_step"),
]
