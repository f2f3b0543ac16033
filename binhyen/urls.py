"""URL patterns of the whole program; the only module that knows every screen."""

from importlib import import_module

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

# URL modules of the packages (Vietnamese paths; no two may use the same). Django tries the patterns in this order:
# the packages with the most requests stand first.
FEATURES = (
    "intake",
    "cases",
    "tips",
    "channels",
    "people",
    "bulletins",
    "scams",
    "procedures",
    "found",
    "missing",
    "weapons",
    "deeds",
    "aid",
    "stats",
    "inspection",
    "privacy",
    "areas",
    "guide",
    "api",
)

handler400 = "binhyen.ui.errors.handle_bad_request"
handler403 = "binhyen.ui.errors.handle_forbidden"
handler404 = "binhyen.ui.errors.handle_not_found"
handler500 = "binhyen.ui.errors.handle_server_error"
urlpatterns: list[URLPattern | URLResolver] = [path("quan-tri/", admin.site.urls)]
for feature in FEATURES:
    urlpatterns += import_module(f"binhyen.{feature}.urls").urlpatterns
