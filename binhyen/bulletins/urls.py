"""URLs of bulletins: officers' pages, and the public page and feed."""

from django.urls import URLPattern, URLResolver, path

from binhyen.bulletins import area_views, cap_views, manual_views, subscription_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("ban-tin", views.show_bulletins, name="bulletins"),
    path("ban-tin/soan", views.compose_bulletin, name="bulletin_compose"),
    path("ban-tin/nhan-cap", cap_views.receive_message, name="cap_receive"),
    path("ban-tin/<str:code>", views.show_bulletin, name="bulletin"),
    path("ban-tin/<str:code>/to-roi", views.show_poster, name="bulletin_poster"),
    path("ban-tin/<str:code>/dang-tay", manual_views.show_manual_posting, name="manual_posting"),
    path("dang-tay", manual_views.show_manual_desk, name="manual_desk"),
    path("ban-tin/<str:code>/<slug:action>", views.handle_action, name="bulletin_action"),
    path("dang-tay/tru-so", area_views.edit_station, name="station"),
    path("xa-phuong", area_views.show_area_list, name="area_pages"),
    path("xa-phuong/ngoai-tuyen.js", area_views.serve_worker, name="area_worker"),
    path("xa-phuong/<str:code>", area_views.show_area, name="area_page"),
    path("xa-phuong/<str:code>/ung-dung.webmanifest", area_views.serve_manifest, name="area_manifest"),
    path("nhan-tin", subscription_views.show_subscription, name="subscription"),
    path("nhan-tin/thoi", subscription_views.stop_notices, name="subscription_end"),
    path("thong-bao", views.show_public_list, name="public_bulletins"),
    path("thong-bao.atom", views.serve_feed, name="public_feed"),
    path("thong-bao.cap.atom", cap_views.serve_cap_feed, name="cap_feed"),
    path("thong-bao/<str:code>/cap", cap_views.serve_message, name="cap_message"),
    path("thong-bao/<str:code>", views.show_public_bulletin, name="public_bulletin"),
]
