"""Web fonts: Be Vietnam Pro converted from the installed font package; no font file is in the repository.

The package ships TrueType only (133 kB per weight). WOFF is the same tables compressed with zlib, which the standard
library has, so a weight is about 50 kB without a font tool. Source of the format: W3C, WOFF File Format 1.0.
"""

import struct
import zlib
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings

FAMILY = "be-vietnam-pro"
WEIGHTS = (400, 600)
PREFIX = "ui/fonts"
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
    """Return the WOFF of this weight in `folder`, created at the first call. A half-written file is never visible."""
    import fontpkg

    target = folder / get_font_name(weight)
    source = fontpkg.path(FAMILY, weight=weight)
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, delete=False) as handle:
            handle.write(ttf_to_woff(source.read_bytes()))
        new_file = Path(handle.name)
        new_file.chmod(0o644)  # nosemgrep: file-open-to-all  a font that every visitor gets
        new_file.replace(target)
    return target


def get_font_folder() -> Path:
    """Return the folder of the generated fonts in the installation's data."""
    return Path(settings.VAR_DIR) / "fonts"
