"""Staticfiles finders and storage besides the apps' own folders."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder, find
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import FileSystemStorage, Storage

from binhyen.ui.fonts import PREFIX, WEIGHTS, ensure_font, get_font_folder, get_font_name


class HashedStaticStorage(StaticFilesStorage):
    """Static storage with cached URLs and content hashes.

    Django computes the URLs of the same few files forty times a page. Browsers cache a file for a day without asking:
    its
    URL contains a content hash, so a new version is loaded at once.
    """

    @lru_cache(maxsize=256)  # noqa: B019  one instance, as long as the process
    def url(self, name: str | None) -> str:
        path = find(name) if name else None
        version_query = f"?{hashlib.sha256(Path(path).read_bytes()).hexdigest()[:8]}" if isinstance(path, str) else ""
        return super().url(name) + version_query


class FontFinder(BaseFinder):
    """Staticfiles finder for the fonts under `ui/fonts/`."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = {f"{PREFIX}/{get_font_name(weight)}": weight for weight in WEIGHTS}

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        weight = self._names.get(path)
        if weight is None:
            return []
        font_path = str(ensure_font(get_font_folder(), weight))
        return [font_path] if find_all else font_path

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        folder = get_font_folder()
        storage = FileSystemStorage(location=folder)
        storage.prefix = PREFIX  # type: ignore[attr-defined]  # collectstatic puts it before the name
        for weight in WEIGHTS:
            yield ensure_font(folder, weight).name, storage
