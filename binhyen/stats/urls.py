"""URL patterns of the dashboard, the outcome ledger and reports."""

from django.urls import URLPattern, URLResolver, path

from binhyen.stats import country_views, dashboard_views, mailing_views, map_views, reorganisation_views, views
from binhyen.stats.opendata import views as open_data_views
from binhyen.stats.questions import views as question_views
from binhyen.stats.reports import views as report_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("tong-quan", dashboard_views.show_dashboard, name="dashboard"),
    path("ban-do", map_views.show_map, name="map"),
    path("ca-nuoc", country_views.show_country, name="country"),
    path("moi-quan-tam", dashboard_views.show_concerns, name="concerns"),
    path("bao-cao", report_views.show_reports, name="reports"),
    path("bao-cao/tai/<slug:format>", report_views.download_draft, name="report_draft"),
    path("bao-cao/mau", report_views.edit_template, name="report_template"),
    path("bao-cao/mau/tep", report_views.download_template, name="report_template_file"),
    path("bao-cao/nhan-xet", report_views.ask_for_remarks, name="report_remarks_ask"),
    path("bao-cao/nhan-xet/<uuid:asking>/nhac", report_views.remind_units, name="report_remarks_remind"),
    path("bao-cao/nhan-xet/<uuid:remark>", report_views.give_remark, name="report_remark"),
    path("bao-cao/du-lieu-mo", open_data_views.release_open_data, name="open_data_release"),
    path("bao-cao/phat-hanh", report_views.issue, name="report_issue"),
    path("bao-cao/<uuid:report>/dinh-chinh", report_views.correct, name="report_correct"),
    path("bao-cao/<uuid:report>/<slug:format>", report_views.download_issued, name="report_file"),
    path("du-lieu-mo", open_data_views.show_open_data, name="open_data"),
    path("du-lieu-mo/<str:month>.<slug:format>", open_data_views.download_open_data, name="open_data_file"),
    path("dia-ban/sap-xep", reorganisation_views.edit_reorganisations, name="reorganisations"),
    path("dia-ban/sap-xep/<uuid:plan>/bo", reorganisation_views.cancel, name="reorganisation_cancel"),
    path("hoi-so-lieu", question_views.show_question, name="question"),
    path("hoi-so-lieu/bang.csv", question_views.download_table, name="question_table"),
    path("hoi-so-lieu/vu-viec.csv", question_views.download_cases, {"format": "csv"}, name="question_cases"),
    path("hoi-so-lieu/vu-viec.parquet", question_views.download_cases, {"format": "parquet"}, name="question_parquet"),
    path("hoi-so-lieu/luu", question_views.save, name="question_save"),
    path("hoi-so-lieu/<uuid:question>/bo", question_views.delete, name="question_delete"),
    path("gui-thu", mailing_views.edit_mailings, name="mailings"),
    path("gui-thu/<uuid:mailing>/bo", mailing_views.remove_mailing, name="mailing_delete"),
    path("ket-qua", views.show_ledger, name="ledger"),
    path("ket-qua/<slug:metric>", views.show_cases_behind, name="cases_behind"),
]
