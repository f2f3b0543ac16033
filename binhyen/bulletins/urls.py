"""URLs of bulletins: officers' pages, and the public page and feed."""

from django.urls import URLPattern, URLResolver, path

from binhyen.bulletins import area_views, cap_views, coverage_views, digest_views, manual_views, measure_views, sharing_views, text_template_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("ban-tin", views.show_bulletins, name="bulletins"),
    path("ban-tin/soan", views.compose_bulletin, name="bulletin_compose"),
    path("ban-tin/nhan-cap", cap_views.receive_message, name="cap_receive"),
    path("ban-tin/diem-tin", digest_views.show_digest, name="bulletin_digest"),
    path("ban-tin/mau", text_template_views.show_templates, name="bulletin_templates"),
    path("ban-tin/<str:code>", views.show_bulletin, name="bulletin"),
    path("ban-tin/<str:code>/to-roi", views.show_poster, name="bulletin_poster"),
    path("ban-tin/<str:code>/to-roi.pdf", views.serve_poster_pdf, name="bulletin_poster_pdf"),
    path("ban-tin/<str:code>/ban-do.svg", views.serve_audience_map, name="bulletin_map"),
    path("ban-tin/<str:code>/do-luong", measure_views.show_measurement, name="bulletin_measurement"),
    path("ban-tin/<str:code>/dang-tay", manual_views.show_manual_posting, name="manual_posting"),
    path("dang-tay", manual_views.show_manual_desk, name="manual_desk"),
    path("ban-tin/<str:code>/<slug:action>", views.handle_action, name="bulletin_action"),
    path("dang-tay/bao-tin", sharing_views.report_message, name="share_report"),
    path("dang-tay/chia-se", sharing_views.receive_share, name="share_target"),
    path("dang-tay/doan-chat", sharing_views.review_chat, name="chat_review"),
    path("dang-tay/ung-dung.webmanifest", sharing_views.serve_app_manifest, name="officer_manifest"),
    path("dang-tay/<uuid:group>/chuyen", coverage_views.show_move, name="manual_group_move"),
    path("do-phu", coverage_views.show_coverage, name="coverage"),
    path("do-phu/ban-do.svg", coverage_views.serve_coverage_map, name="coverage_map"),
    path("do-phu/nhom", coverage_views.show_group_list, name="group_list"),
    path("do-phu/nhom/<uuid:group>/to-roi.pdf", coverage_views.serve_group_poster, name="group_poster"),
    path("dang-tay/tru-so", area_views.edit_station, name="station"),
    path("xa-phuong", area_views.show_area_list, name="area_pages"),
    path("xa-phuong/ngoai-tuyen.js", area_views.serve_worker, name="area_worker"),
    path("xa-phuong/<str:code>", area_views.show_area, name="area_page"),
    path("xa-phuong/<str:code>/ung-dung.webmanifest", area_views.serve_manifest, name="area_manifest"),
    path("thong-bao", views.show_public_list, name="public_bulletins"),
    path("thong-bao.atom", views.serve_feed, name="public_feed"),
    path("thong-bao.cap.atom", cap_views.serve_cap_feed, name="cap_feed"),
    path("thong-bao/<str:code>/cap", cap_views.serve_message, name="cap_message"),
    path("thong-bao/<str:code>", views.show_public_bulletin, name="public_bulletin"),
]
