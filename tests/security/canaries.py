"""Made-up identities that exist nowhere else, and every place where one could leak.

All canaries of a run share a prefix (`mark`, digits for phones), so that one search over the bytes finds any of them.
"""

import base64
import io
import os
import secrets
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from PIL import Image

from binhyen.embedded_postgres import find_binaries


@dataclass
class Canaries:
    """A set of canaries. `planted[value]`: where it was entered. `allowed`: places that may contain a value, by search
    area.
    """

    mark: str = field(default_factory=lambda: "zq" + secrets.token_hex(6))
    digits: str = field(default_factory=lambda: "09" + "".join(secrets.choice("123456789") for _ in range(6)))
    planted: dict[str, str] = field(default_factory=dict)

    def word(self, where: str) -> str:
        """Return a word of letters and digits that fits a name, an address or a header."""
        return self._plant(f"{self.mark}n{len(self.planted):03d}", where)

    def phone(self, where: str) -> str:
        return self._plant(f"{self.digits}{len(self.planted) % 100:02d}", where)

    def register_value(self, value: str, where: str) -> str:
        """Register a value created elsewhere, e.g. a user id of the emulator."""
        return self._plant(value, where)

    def _plant(self, value: str, where: str) -> str:
        self.planted[value] = where
        return value

    def photo(self, where: str) -> bytes:
        """Return a picture with a canary in its owner, artist and comment tags, and in a comment."""
        value = self.word(where)
        made = Image.Exif()
        for tag in (0x013B, 0x8298, 0x9286, 0x010F):
            made[tag] = value
        out = io.BytesIO()
        Image.effect_noise((48, 32), 40).convert("RGB").save(out, "JPEG", exif=made, comment=value.encode())
        return out.getvalue()

    def make_recording(self, where: str) -> bytes:
        """Return a recording (mp3) with a canary in its artist and comment tags."""
        value = self.word(where).encode()
        frames = b""
        for name, body in ((b"TPE1", b"\0" + value), (b"COMM", b"\0vie\0" + value)):
            frames += name + len(body).to_bytes(4, "big") + b"\0\0" + body
        size = bytes((len(frames) >> shift) & 0x7F for shift in (21, 14, 7, 0))
        return b"ID3\x03\0\0" + size + frames + b"\xff\xfb\x90\x00" + bytes(413)

    def make_film(self, where: str) -> bytes:
        """Return a film (mp4) with a canary as its title and as its place of recording."""
        value = self.word(where).encode()
        tags = b"".join(
            build_box(name, len(value).to_bytes(2, "big") + b"\x15\xc7" + value) for name in (b"\xa9nam", b"\xa9xyz")
        )
        return (
            build_box(b"ftyp", b"isom\0\0\2\0isomiso2")
            + build_box(b"moov", build_box(b"udta", tags))
            + build_box(b"mdat", bytes(64))
        )

    def list_patterns(self) -> list[tuple[bytes, str]]:
        """Return the search patterns: each prefix as it is, in UTF-16, in hexadecimal, in base 64 at each of its three
        offsets.
        """
        foreign_values = [v for v in self.planted if not v.startswith((self.mark, self.digits))]
        patterns = [(form, stem) for stem in foreign_values for form in (stem.encode(), stem.encode().hex().encode())]
        for stem in (self.mark, self.digits):
            plain = stem.encode()
            forms = {plain, plain.upper(), stem.encode("utf-16-le"), plain.hex().encode(), plain[::-1]}
            for shift in range(3):
                whole = base64.b64encode(b"\0" * shift + plain + b"\0" * 3)
                forms.add(whole[4 if shift else 0 : (shift + len(plain)) // 3 * 4])
            patterns += [(form, stem) for form in forms if len(form) >= 8]
        return patterns

    def find_hits(self, data: bytes, where: str) -> list[str]:
        """Return each prefix found in these bytes, with its context; known canaries are replaced by their origin."""
        matches = []
        for form, stem in self.list_patterns():
            offset = data.find(form)
            if offset >= 0:
                around = bytes(data[offset : offset + 24]).decode("ascii", "replace")
                value = next((v for v in self.planted if around.startswith(v)), stem)
                matches.append(f"{where}: {self.planted.get(value, value)} ({around[:24]!r})")
        return matches


def build_box(name: bytes, content: bytes) -> bytes:
    """Return a box of an ISO base media file."""
    return (8 + len(content)).to_bytes(4, "big") + name + content


def search_files(canaries: Canaries, folder: Path, *, but: tuple[str, ...] = ()) -> list[str]:
    """Yield names and bytes of all files below."""
    hits = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name in but:
            continue
        hits += canaries.find_hits(str(path.relative_to(folder)).encode(), f"name of {path.name}")
        try:
            # Read, not mapped: if the server truncates a database file meanwhile, a mapping would end this process.
            hits += canaries.find_hits(path.read_bytes(), str(path.relative_to(folder)))
        except (FileNotFoundError, OSError):
            continue
    return hits


def search_rows(canaries: Canaries, dsn: str) -> list[str]:
    """Yield every table of the database as text: queue, sessions, live events, audit log included. Bytes are in
    hexadecimal.
    """
    hits = []
    with psycopg.connect(dsn) as connection:
        tables = [
            r[0]
            for r in connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            )
        ]
        for table in tables:
            for (row,) in connection.execute(f'SELECT t::text FROM "{table}" t'.encode()):
                hits += canaries.find_hits(row.encode(), f"table {table}")
    return hits


def write_checkpoint(dsn: str) -> None:
    """Write the server's memory to its files (CHECKPOINT)."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def search_backup(canaries: Canaries, archive: Path, folder: Path) -> list[str]:
    """Yield the archive as bytes, unpacked, and its dump as SQL."""
    hits = search_files(canaries, archive.parent)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    dump = folder / "database.dump"
    program = find_binaries() / "pg_restore"
    sql = folder / "dump.sql"
    subprocess.run([str(program) if program.exists() else "pg_restore", f"--file={sql}", str(dump)], check=True)
    return hits + search_files(canaries, folder)


def search_new_files(canaries: Canaries, folder: Path, since: float) -> list[str]:
    """Yield temporary files of the machine that are newer than `since` (seconds of the epoch)."""
    hits = []
    for path in list_young_files(folder, since):
        try:
            hits += canaries.find_hits(path.read_bytes(), f"temporary {path}")
        except OSError:
            continue
    return hits


def list_young_files(folder: Path, since: float) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            try:
                if (
                    path.is_file()
                    and not path.is_symlink()
                    and path.stat().st_mtime >= since
                    and path.stat().st_size < 50_000_000
                ):
                    yield path
            except OSError:
                continue
