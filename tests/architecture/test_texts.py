"""Every text of a screen is in a catalogue and has its English; the catalogues hold nothing else. With what would be found."""

import gettext
import re
from collections.abc import Callable, Iterator

import pytest
from babel.messages.catalog import Catalog

from tests.architecture import bare_texts as bare
from tests.architecture.catalogues import CATALOGUES, PROGRAM, Key, Text, compiled, english, po_file, sources, texts_of, wanted

# Not screens: what these say goes to chats, the audit book, the terminal or the reader of messages.
ELSEWHERE = (
    "language/", "*/management/", "cli.py", "run.py", "play.py", "processes.py", "doctor.py", "backup.py", "settings.py",
)  # fmt: skip
STILL: tuple[str, ...] = ("",)
HOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%")
MARKS = '"<>'


def strange(name: str) -> bool:
    return name.startswith((*ELSEWHERE, *STILL)) or "/management/" in name


def all_texts() -> Iterator[tuple[str, Text]]:
    for name, texts in wanted().items():
        yield from ((name, text) for text in texts.values())


def bare_ones() -> dict[str, list[str]]:
    """Source → its texts that are not wrapped."""
    readers: dict[str, Callable[[str], Iterator[str]]] = {".py": bare.in_python, ".html": bare.in_template}
    found = {p.relative_to(PROGRAM).as_posix(): list(readers[p.suffix](p.read_text())) for p in sources()}
    scripts = {p.relative_to(PROGRAM).as_posix(): list(bare.in_script(p.read_text())) for p in PROGRAM.rglob("ui/js/*.js")}
    return {name: texts for name, texts in (found | scripts).items() if texts}
