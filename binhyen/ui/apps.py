"""The app of the screens' frame, named so that Django finds its templates and static files."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "binhyen.ui"
    label = "ui"
    verbose_name = "Giao diện"
