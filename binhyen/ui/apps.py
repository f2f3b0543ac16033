"""App of the page frame, registered so that Django finds its templates and static files."""

from django.apps import AppConfig
from django.http import multipartparser


class UiConfig(AppConfig):
    name = "binhyen.ui"
    label = "ui"
    verbose_name = "Giao diện"

    def ready(self) -> None:
        # Django reads 1,024 bytes of a file's own headers and refuses the whole form if its name is longer; with room
        # for the name it is cut to 255 characters, and no typed text is lost.
        multipartparser.MAX_TOTAL_HEADER_SIZE = 16 * 1024  # type: ignore[attr-defined]  # the stubs do not know it
