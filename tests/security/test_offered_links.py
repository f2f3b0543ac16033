"""Follow every link that the pages of a role offer, in English: no dead link, no error, no untranslated text.

One page per template and role; `./dev crawl` does the same in a browser, with widths, colours and axe.
"""

import html
import re
from collections import deque
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client

from binhyen.people.roles import Role
from tests.crawl import SKIPPED_PATHS, find_untranslated, get_template_key
from tests.security.matrix import scene
from tests.security.matrix.probing import build_askers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("menu_numbers_counted_once")]
UNCHECKED = re.compile(r"^/(giu-kin|static/|huong-dan/[^/]+/)")  # custody's process, files, the guide (Vietnamese)
FILTER = re.compile(r"=[^&]*")  # values of a query: each combination is the same template
LINK = re.compile(r'<(?:a|area)\s[^>]*?href="([^"]+)"')
IDS = re.compile(r'\sid="([^"]+)"')
TEXT = re.compile(r">([^<>]+)<")
VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
UNREAD = frozenset({"script", "style", "textarea", "code", "kbd"})


def crawl(client: Client) -> Iterator[str]:
    """Yield the faults of the pages that links lead to."""
    queue = deque([("/", ""), ("/ban-truc", "")])
    statuses: dict[str, int] = {}
    while queue:
        path, source = queue.popleft()
        key = FILTER.sub("", get_template_key(path))
        if SKIPPED_PATHS.match(path) or UNCHECKED.match(path):
            continue
        links: list[str] = []
        if key not in statuses:
            answer = client.get(path)
            statuses[key] = answer.status_code
            page = read_page(answer)
            yield from (f"{path}: {text}" for text in sorted(set(list_untranslated(page))))
            links = [answer.get("Location", ""), *map(html.unescape, LINK.findall(page))]
            ids = {"", *IDS.findall(page)}
            yield from (f"{path}: dead anchor {link}" for link in links if link[:1] == "#" and link[1:] not in ids)
        if statuses[key] >= 400 and source:
            yield f"{source} links to {path}: {statuses[key]}"
        targets = {urljoin(path, link.partition("#")[0]): None for link in links if link[:1] in "/?#" and link}
        queue.extend((target, path) for target in targets if not urlsplit(target).netloc and "lang=" not in target)


def read_page(answer: Any) -> str:
    """Return the mark-up of a page; nothing of a file or an error."""
    if answer.streaming:
        deque(answer.streaming_content, maxlen=0)  # closing it unread would close the connection of the test
        return ""
    is_page = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    return answer.content.decode() if is_page else ""


def list_untranslated(page: str) -> Iterator[str]:
    """Yield Vietnamese texts of an English page for which the catalogue has English."""
    texts = (html.unescape(text) for text in TEXT.findall(page))
    if any(find_untranslated(((text, "en") for text in texts), "en")):  # much quicker than to look at `lang` first
        reader = TextReader()
        reader.feed(page)
        yield from find_untranslated(reader.texts, "en")


class TextReader(HTMLParser):
    """Texts of a page, each with its language: the nearest `lang` around it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = [("", "")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            language = dict(attrs).get("lang") or self._open[-1][1]
            self._open.append((tag, "" if tag in UNREAD else language))

    def handle_endtag(self, tag: str) -> None:
        while len(self._open) > 1 and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.append((data, self._open[-1][1]))


def test_every_offered_link_leads_to_a_page(
    unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path
) -> None:
    settings.FILES_ROOT = tmp_path / "files"
    built = scene.build_scene(unit, officer)
    faults = []
    for name in ("nobody", *(role.value for role in Role)):
        asker = build_askers(built, officer, name)
        asker.client.raise_request_exception = False
        asker.client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
        faults += [f"{name} {fault}" for fault in crawl(asker.client)]
    assert faults == []
