"""URL patterns of areas; included by the project's urls.py."""

from django.urls import path

from binhyen.areas import views

urlpatterns = [
    path("dia-ban/nhap-thon", views.import_village_list, name="village_import"),
    path("dia-ban/nhap-thon/mau", views.download_village_sample, name="village_sample"),
    path("dia-ban/ten-da-hoc", views.show_learned_places, name="learnt_places"),
    path("dia-ban/ten-da-hoc/sua", views.change_learned_place, name="learnt_place"),
]
