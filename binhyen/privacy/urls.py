"""Addresses of the officers' pages about personal data."""

from django.urls import URLPattern, URLResolver, path

from binhyen.privacy.views import breaches, consents, data_requests, retention

urlpatterns: list[URLPattern | URLResolver] = [
    path("yeu-cau-du-lieu", data_requests.requests, name="data_requests"),
    path("yeu-cau-du-lieu/<uuid:asked>", data_requests.request, name="data_request"),
    path("yeu-cau-du-lieu/<uuid:asked>/tra-loi", data_requests.reply, name="data_reply"),
    path("luu-giu", retention.kept, name="kept"),
    path("luu-giu/giu-lai", retention.hold, name="hold"),
    path("luu-giu/<slug:hold>/thoi-giu", retention.release, name="hold_release"),
    path("dong-y", consents.find, name="consents_find"),
    path("dong-y/<str:code>", consents.of_case, name="consents"),
    path("dong-y/<str:code>/ghi", consents.write, name="consent_write"),
    path("dong-y/<str:code>/rut", consents.withdraw, name="consent_withdraw"),
    path("su-co-du-lieu", breaches.breaches, name="breaches"),
    path("su-co-du-lieu/ghi", breaches.write, name="breach_write"),
    path("su-co-du-lieu/<uuid:breach>", breaches.breach, name="breach"),
    path("su-co-du-lieu/<uuid:breach>/them", breaches.step, name="breach_step"),
]
