"""Responses with a service worker: its file, served below the pages that it may control."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpResponse


def build_worker_response(file: str, *, scope_url: str = "") -> HttpResponse:
    """Return the static file `file`; always checked for a new version. `scope_url`: pages above its own address."""
    headers = {"Cache-Control": "no-cache"} | ({"Service-Worker-Allowed": scope_url} if scope_url else {})
    return HttpResponse(_read_file(file), content_type="text/javascript; charset=utf-8", headers=headers)


@cache
def _read_file(file: str) -> bytes:
    path = finders.find(file)
    assert path is not None, file
    return Path(path).read_bytes()
