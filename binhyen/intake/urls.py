"""The citizen's addresses."""

from django.urls import URLPattern, URLResolver, path

from binhyen.intake.views import data_requests, model_stats, report, status

urlpatterns: list[URLPattern | URLResolver] = [
    path("", report.home_page, name="home"),
    path("bao-tin", report.report_page, name="report"),
    path("bao-tin/ngoai-tuyen.js", report.serve_report_worker, name="report_worker"),
    path("da-gui/<str:link>", report.receipt_page, name="sent"),
    path("tra-cuu", report.track_page, name="track"),
    path("theo-doi/<str:link>", status.status_page, name="status"),
    path("theo-doi/<str:link>/danh-gia", status.rate_page, name="rate"),
    path("theo-doi/<str:link>/du-lieu", data_requests.own_data, name="own_data"),
    path("du-lieu-ca-nhan", data_requests.privacy_notice, name="notice"),
    path("zalo_verifier<slug:code>.html", report.verify_domain, name="zalo_verifier"),
    path("hoc-may", model_stats.model_statistics, name="learning"),
    path("theo-doi/<str:link>/anh/<uuid:photo>", status.photo_file, name="own_photo"),
]
