"""The citizen's addresses."""

from django.urls import URLPattern, URLResolver, path

from binhyen.intake.views import data_requests, model_stats, report, status

urlpatterns: list[URLPattern | URLResolver] = [
    path("", report.home, name="home"),
    path("bao-tin", report.report, name="report"),
    path("da-gui/<str:link>", report.sent, name="sent"),
    path("tra-cuu", report.track, name="track"),
    path("theo-doi/<str:link>", status.status, name="status"),
    path("theo-doi/<str:link>/danh-gia", status.helped, name="rate"),
    path("theo-doi/<str:link>/du-lieu", data_requests.own_data, name="own_data"),
    path("du-lieu-ca-nhan", data_requests.notice, name="notice"),
    path("hoc-may", model_stats.learning, name="learning"),
    path("theo-doi/<str:link>/anh/<uuid:photo>", status.photo, name="own_photo"),
]
