"""The message catalogues: `./dev translate` adds new texts and lists those that have no English yet.

There are two catalogues, so that two people can work in parallel: each source belongs to one of them. A text in both
has one translation. GNU gettext is not needed: Babel reads Python, and Django's `templatize` converts templates for
Babel.
"""

import datetime as dt
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "binhyen"
CATALOGUES = ("ui", "cases")
# Sources in the catalogue of `cases` (officers' work). Everything else is the frame and the citizens' side.
OFFICERS = (
    "ui/templates/desk/",
    "ui/templates/ops/",
    "ui/templates/stats/",
    "ui/templates/scams/indicator",
    "ui/templates/scams/bank_letter",
    "ui/templates/areas/",
    "ui/templates/people/",
    "ui/templates/admin/",
    "people/templates/",
    "cases/",
    "channels/",
    "areas/",
    "stats/",
    "api/",
    "navigation.py",
    "intake/views/model_stats.py",
)
# Names of translation functions with the positions of their texts, in the format of gettext's tools.
WRAPPERS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,
    "L_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_FIXED_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
Key = tuple[str, str]  # (context or "", text)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the screens: the source text, its plural form or "", its locations."""

    text: str
    plural: str = ""
    context: str = ""
    places: set[str] = field(default_factory=set, compare=False)

    @property
    def key(self) -> Key:
        return self.context, self.text


def get_catalogue_name(name: str) -> str:
    """Return the catalogue of a source. `name`: path below binhyen/."""
    return "cases" if name.startswith(OFFICERS) else "ui"


def list_sources() -> Iterator[Path]:
    for path in sorted(PROGRAM.rglob("*")):
        if path.suffix in {".py", ".html"} and not {"tests", "migrations"} & set(path.parts):
            yield path


def extract_texts(source: str, *, template: bool) -> Iterator[Text]:
    """Return the marked texts of one source."""
    code = templatize(source) if template else source
    for _, message, _, context in extract("python", io.BytesIO(code.encode()), keywords=WRAPPERS):
        text, plural = (message, "") if isinstance(message, str) else (str(message[0]), str(message[1]))
        yield Text(text, plural, context or "")


def collect_texts() -> dict[str, dict[Key, Text]]:
    """Return catalogue → its texts, by key."""
    by_catalogue: dict[str, dict[Key, Text]] = {name: {} for name in CATALOGUES}
    for path in list_sources():
        name = path.relative_to(PROGRAM).as_posix()
        for text in extract_texts(path.read_text(), template=path.suffix == ".html"):
            entry = by_catalogue[get_catalogue_name(name)].setdefault(text.key, text)
            if text.plural and not entry.plural:
                entry = by_catalogue[get_catalogue_name(name)][text.key] = text
            entry.places.add(name)
    return by_catalogue


def get_po_path(name: str) -> Path:
    return PROGRAM / name / "locale" / "en" / "LC_MESSAGES" / "django.po"


def load_catalogue(name: str) -> Catalog:
    """Parse a stored catalogue."""
    path = get_po_path(name)
    catalogue = read_po(io.BytesIO(path.read_bytes()), locale="en") if path.exists() else Catalog(locale="en")
    catalogue.creation_date = catalogue.revision_date = _FIXED_DATE  # the same texts must give the same file
    return catalogue


def without_untranslated(catalogue: Catalog) -> bytes:
    """Return the catalogue as Django reads it: without texts that have no English."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def update_catalogue(name: str, texts: dict[Key, Text], existing: dict[str, Catalog]) -> Catalog:
    """Return the catalogue with exactly these texts; translations are taken from any existing catalogue."""
    fresh = Catalog(locale="en", charset="utf-8", fuzzy=False, header_comment=f"# English of the screens: {name}.")
    for context, text in sorted(texts):
        entry = texts[context, text]
        translation = next(
            (
                m.string
                for c in (existing[name], *existing.values())
                if (m := c.get(text, context or None)) and m.string
            ),
            None,
        )
        if entry.plural and not isinstance(translation, tuple | list):
            translation = (translation or "", translation or "")
        if not entry.plural and isinstance(translation, tuple | list):
            translation = translation[-1]
        places = [(place, None) for place in sorted(entry.places)]
        fresh.add(
            (text, entry.plural) if entry.plural else text, translation, locations=places, context=context or None
        )
    return fresh


def write_catalogue(name: str, catalogue: Catalog) -> None:
    """Write the .po for people and the .mo for Django. Neither contains the time or anything of this machine."""
    path = get_po_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, catalogue, width=110, omit_header=False, include_lineno=False)
    stable_lines = [line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(_DATE_HEADER)]
    path.write_bytes(b"".join(stable_lines))
    path.with_suffix(".mo").write_bytes(without_untranslated(load_catalogue(name)))


_DATE_HEADER = tuple(
    f'"{name}:'.encode()
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)


def main() -> int:
    """Write both catalogues; return 1 while a text has no English."""
    texts = collect_texts()
    existing = {name: load_catalogue(name) for name in CATALOGUES}
    bare = 0
    for name in CATALOGUES:
        catalogue = update_catalogue(name, texts[name], existing)
        write_catalogue(name, catalogue)
        for message in catalogue:
            translations = message.string if isinstance(message.string, tuple | list) else (message.string,)
            if message.id and not all(translations):
                bare += 1
                print(f"{name}: no English: {message.id!r}")
        print(f"{name}: {len(catalogue)} texts")
    return 1 if bare else 0


if __name__ == "__main__":
    sys.exit(main())
