"""URL patterns of the dashboard, the outcome ledger and reports."""

from django.urls import URLPattern, URLResolver, path

from binhyen.stats import concern_views, dashboard_views, views
from binhyen.stats.reports import views as report_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("tong-quan", dashboard_views.show_dashboard, name="dashboard"),
    path("moi-quan-tam", concern_views.show_concerns, name="concerns"),
    path("bao-cao", report_views.show_reports, name="reports"),
    path("bao-cao/tai/<slug:format>", report_views.download_draft, name="report_draft"),
    path("bao-cao/phat-hanh", report_views.issue, name="report_issue"),
    path("bao-cao/<uuid:report>/dinh-chinh", report_views.correct, name="report_correct"),
    path("bao-cao/<uuid:report>/<slug:format>", report_views.download_issued, name="report_file"),
    path("ket-qua", views.show_ledger, name="ledger"),
    path("ket-qua/<slug:metric>", views.show_cases_behind, name="cases_behind"),
]
