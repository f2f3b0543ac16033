"""URLs of bulletins: officers' pages, and the public page and feed."""

from django.urls import URLPattern, URLResolver, path

from binhyen.bulletins import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("ban-tin", views.show_bulletins, name="bulletins"),
    path("ban-tin/soan", views.compose_bulletin, name="bulletin_compose"),
    path("ban-tin/<str:code>", views.show_bulletin, name="bulletin"),
    path("ban-tin/<str:code>/to-roi", views.show_poster, name="bulletin_poster"),
    path("ban-tin/<str:code>/<slug:action>", views.handle_action, name="bulletin_action"),
    path("thong-bao", views.show_public_list, name="public_bulletins"),
    path("thong-bao.atom", views.serve_feed, name="public_feed"),
    path("thong-bao/<str:code>", views.show_public_bulletin, name="public_bulletin"),
]
