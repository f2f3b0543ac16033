"""Staticfiles finders and storage besides the apps' own folders."""

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, find
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import FileSystemStorage, Storage

# Web fonts: Be Vietnam Pro converted from the installed font package; no font file is in the repository.
#
# The package ships TrueType only (133 kB per weight). WOFF is the same tables compressed with zlib, which the standard
# library has, so a weight is about 50 kB without a font tool. Source of the format: W3C, WOFF File Format 1.0.

FAMILY = "be-vietnam-pro"
WEIGHTS = (400, 600)
PREFIX = "ui/fonts"
LEAFLET_FILES = ("leaflet/leaflet.js", "leaflet/leaflet.css")
_HEADER = ">4s4sLHHLHHLLLLL"


def ttf_to_woff(ttf: bytes) -> bytes:
    """Convert a TrueType file to WOFF 1.0. The signature table is dropped: moved tables would invalidate it."""
    count = struct.unpack_from(">H", ttf, 4)[0]
    records = [struct.unpack_from(">4s3L", ttf, 12 + 16 * index) for index in range(count)]
    tables = [(tag, checksum, ttf[start : start + size]) for tag, checksum, start, size in records if tag != b"DSIG"]
    offset = 44 + 20 * len(tables)
    directory, body = b"", b""
    uncompressed_size = 12 + 16 * len(tables)
    for tag, checksum, table in tables:
        compressed = min(zlib.compress(table, 9), table, key=len)
        directory += struct.pack(">4s4L", tag, offset + len(body), len(compressed), len(table), checksum)
        body += compressed + b"\0" * (-len(compressed) % 4)
        uncompressed_size += len(table) + (-len(table) % 4)
    total = offset + len(body)
    header = struct.pack(_HEADER, b"wOFF", ttf[:4], total, len(tables), 0, uncompressed_size, 1, 0, 0, 0, 0, 0, 0)
    return header + directory + body


def get_font_name(weight: int) -> str:
    return f"{FAMILY}-{weight}.woff"


def ensure_font(folder: Path, weight: int) -> Path:
    """Return the WOFF of this weight in `folder`, created at the first call."""
    import fontpkg

    target = folder / get_font_name(weight)
    source = fontpkg.path(FAMILY, weight=weight)
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        _write_whole(target, ttf_to_woff(source.read_bytes()))
    return target


def _write_whole(target: Path, content: bytes) -> None:
    """Write a file that every visitor may read; a half-written one is never visible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, delete=False) as handle:
        handle.write(content)
    new_file = Path(handle.name)
    new_file.chmod(0o644)  # nosemgrep: file-open-to-all  a file that every visitor gets
    new_file.replace(target)


def get_font_folder() -> Path:
    """Return the folder of the generated fonts in the installation's data."""
    return Path(settings.VAR_DIR) / "fonts"


# The style sheet of every page: one request instead of four, and a third fewer bytes.

STYLE_SHEET = "ui/css/site.css"
STYLE_SOURCES = ("tokens", "base", "components", "pages")
_CSS_FOLDER = Path(__file__).parent / "static/ui/css"


def ensure_style_sheet(folder: Path) -> Path:
    """Return the joined style sheet in `folder`, written anew after a change of its sources."""
    target = folder / Path(STYLE_SHEET).name
    content = minify_css("".join((_CSS_FOLDER / f"{name}.css").read_text("utf-8") for name in STYLE_SOURCES)).encode()
    if not target.exists() or target.read_bytes() != content:
        _write_whole(target, content)
    return target


def minify_css(css: str) -> str:
    """Drop comments and the blanks that mean nothing; no string of ours holds a brace, semicolon or double blank."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r" ?([{};]) ?", r"\1", re.sub(r"\s+", " ", css))
    return re.sub(r"([:,]) ", r"\1", css).replace(";}", "}")


class HashedStaticStorage(StaticFilesStorage):
    """Static storage with cached URLs and content hashes.

    Django computes the URLs of the same few files forty times a page. Browsers cache a file for a day without asking;
    its URL contains a content hash, so a new version is loaded at once.
    """

    @lru_cache(maxsize=256)  # noqa: B019  one instance, as long as the process
    def url(self, name: str | None) -> str:
        path = find(name) if name else None
        version_query = f"?{hashlib.sha256(Path(path).read_bytes()).hexdigest()[:8]}" if isinstance(path, str) else ""
        return super().url(name) + version_query


class GeneratedFinder(BaseFinder):
    """Staticfiles finder for the files made from others: fonts, and the style sheet of all pages."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._makers: dict[str, Callable[[], Path]] = {
            f"{PREFIX}/{get_font_name(weight)}": partial(_ensure_own_font, weight) for weight in WEIGHTS
        } | {STYLE_SHEET: lambda: ensure_style_sheet(Path(settings.VAR_DIR) / "styles")}

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        make = self._makers.get(path)
        if make is None:
            return []
        return [str(make())] if find_all else str(make())

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for path, make in self._makers.items():
            made = make()
            storage = FileSystemStorage(location=made.parent)
            storage.prefix = path.rpartition("/")[0]  # type: ignore[attr-defined]  # collectstatic puts it first
            yield made.name, storage


def _ensure_own_font(weight: int) -> Path:
    return ensure_font(get_font_folder(), weight)


class LeafletFinder(BaseFinder):
    """Staticfiles finder for the two files of Leaflet under `leaflet/`; the package's Django app is not installed."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spec = find_spec("leaflet")  # found, never imported
        locations = spec.submodule_search_locations if spec else None
        self._folder = Path(next(iter(locations or []), "")) / "static" / "leaflet"

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in LEAFLET_FILES:
            return []
        leaflet_path = str(self._folder / Path(path).name)
        return [leaflet_path] if find_all else leaflet_path

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        storage = FileSystemStorage(location=self._folder)
        storage.prefix = "leaflet"  # type: ignore[attr-defined]  # collectstatic puts it before the name
        for path in LEAFLET_FILES:
            yield Path(path).name, storage
