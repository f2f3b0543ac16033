"""URLs of the user guide."""

from django.urls import URLPattern, URLResolver, path

from binhyen.guide import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("huong-dan", views.show_guides, name="guides"),
    path("huong-dan/bat-dau", views.show_first_steps, name="first_steps"),
    path("huong-dan/<slug:slug>", views.show_guide, name="guide"),
    path("huong-dan/<slug:slug>/ban-in", views.download_guide, name="guide_pdf"),
]
