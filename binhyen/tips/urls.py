"""One address for every step of a tip, so that a browser's history shows no more than that."""

from django.urls import URLPattern, URLResolver, path

from binhyen.tips import views

urlpatterns: list[URLPattern | URLResolver] = [path("bao-kin", views.tips, name="tips")]
