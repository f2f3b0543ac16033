"""URL of tips: one address for every step, so that browser history shows nothing more."""

from django.urls import URLPattern, URLResolver, path

from binhyen.tips import views

urlpatterns: list[URLPattern | URLResolver] = [path("bao-kin", views.show_tips, name="tips")]
