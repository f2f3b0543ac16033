"""URL patterns of the outcome ledger."""

from django.urls import URLPattern, URLResolver, path

from binhyen.stats import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("ket-qua", views.show_ledger, name="ledger"),
    path("ket-qua/<slug:metric>", views.show_cases_behind, name="cases_behind"),
]
