"""URL patterns of areas; included by the project's urls.py."""

from django.urls import path

from binhyen.areas import views

urlpatterns = [
    path("dia-ban/nhap-thon", views.village_import, name="village_import"),
    path("dia-ban/nhap-thon/mau", views.village_sample, name="village_sample"),
    path("dia-ban/ten-da-hoc", views.learnt_places, name="learnt_places"),
    path("dia-ban/ten-da-hoc/sua", views.learnt_place, name="learnt_place"),
]
