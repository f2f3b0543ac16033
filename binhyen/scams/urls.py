"""Addresses of scams: the public check box, and the officers' register."""

from django.urls import URLPattern, URLResolver, path

from binhyen.scams import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("kiem-tra-lua-dao", views.show_check, name="scam_check"),
    path("canh-bao-lua-dao.json", views.serve_indicator_feed, name="scam_feed"),
    # begins like the installed page, whose service worker keeps it for reading offline
    path("xa-phuong-lua-dao.json", views.serve_offline_list, name="scam_offline_list"),
    path("lua-dao", views.list_page, name="scam_indicators"),
    path("lua-dao/ngan-chan", views.show_stop_form, name="scam_stopped"),
    path("lua-dao/ghi-them", views.show_detail_form, name="scam_details"),
    path("lua-dao/<uuid:indicator>", views.show_indicator, name="scam_indicator"),
    path("lua-dao/<uuid:indicator>/cong-van", views.show_bank_letter, name="scam_bank_letter"),
    path("lua-dao/<uuid:indicator>/<slug:decision>", views.decide, name="scam_decision"),
]
