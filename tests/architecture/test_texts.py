"""Every text of a screen is in a catalogue and has its English; the catalogues contain nothing else.

Each check first runs on an example that it must detect: a check that cannot fail proves nothing.
"""

import gettext
import io
import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog

from tests.architecture import bare_texts as bare
from tests.architecture.catalogues import (
    CATALOGUES,
    PROGRAM,
    Key,
    Text,
    compiled,
    english,
    po_file,
    sources,
    texts_of,
    wanted,
)

# Not screens: the terminal, the audit log, exported files, and the parser of Vietnamese itself.
ELSEWHERE = (
    "cli.py", "language/", "backup/", "folder.py", "run.py", "play.py", "processes.py", "doctor/", "settings.py", "ui/apps.py",
    "audit/rules/verification.py", "audit/rules/signed_notes.py", "audit/rules/witness_protocol.py", "inspection/views/audit_log.py",
    "intake/decision.py", "intake/pipeline.py",
    "intake/clarification.py", "intake/accusations.py", "intake/referral.py", "intake/inbox_worker.py", "intake/models.py", "kit/text.py",
    "people/demo.py", "people/admin_site.py", "privacy/data_export.py", "privacy/rules/processing_register.py", "privacy/services/fulfilment.py",
    "channels/texts.py", "channels/dlp/children.py", "channels/dlp/normalize.py", "channels/dlp/identifiers.py",
    "channels/dlp/person_names.py", "channels/dlp/nicknames.py", "channels/dlp/verbatim_overlap.py", "intake/complaint_detection/patterns.py", "areas/loading/", "areas/rules/names.py", "api/",
    "vault/demo.py", "vault/offline/", "vault/services/offline_transfer.py", "vault/services/key_ceremony.py",
)  # fmt: skip
# Verbatim words in sources of screens: parts of messages, samples, names of files.
KEPT = {
    "areas/rules/spreadsheet.py": ("Xã Lộc Hà", "Phú Mậu", "thôn", "TDP Phú Mậu|xóm Mậu"),  # samples for a file
    "channels/kinds/zalo_oa/events.py": ("Danh thiếp: ",),
    "ui/errors.py": ("Máy đang gặp", "Máy không hiểu"),  # responses to machines, like all texts of the API
    "channels/kinds/zalo_oa/sending.py": (": trả lời «",),
    "ui/static_pages.py": (
        "Trang đang",
        "Trang mở",
        "Nội dung",
        "Đang có",
        "<section><h2>Đang nguy",
        "</ul></section><nav>",
        "<nav><a",
        "<a href",
    ),
    "kit/file_storage.py": ("tệp .",),
    "kit/ranked_search.py": (r"\m([0-9]{2}",),  # of a licence plate
    "privacy/config.py": ("moved holidays",),
    "tips/services/submission.py": ("Tin kín", "\n\nNơi xảy ra: "),
}
STILL: tuple[str, ...] = ()  # sources that are being translated
HOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%-?[A-Za-z]")
MARKS = frozenset('"<>')
READERS: dict[str, Callable[[str], Iterator[str]]] = {
    ".py": bare.in_python, ".html": bare.in_template, ".js": bare.in_script,
}  # fmt: skip


def bare_texts() -> dict[str, list[str]]:
    """Return source → texts of screens that are in no catalogue."""
    found = {}
    for path in (*sources(), *PROGRAM.rglob("ui/js/*.js")):
        name = path.relative_to(PROGRAM).as_posix()
        if name.startswith((*ELSEWHERE, *STILL)) or "/management/" in name:
            continue
        kept = KEPT.get(name, ())
        texts = [text for text in READERS[path.suffix](path.read_text()) if not text.startswith(kept or ("\0",))]
        if texts:
            found[name] = texts
    return found


@cache
def catalogues() -> dict[str, Catalog]:
    return {name: english(name) for name in CATALOGUES}


def messages(catalogue: Catalog) -> dict[Key, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return key → the text with its plural form, and the English of each."""
    found = {}
    for message in catalogue:
        texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
        told = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if texts[0]:
            found[message.context or "", texts[0]] = (tuple(texts), tuple(t or "" for t in told))
    return found


def without_english(catalogue: Catalog) -> list[str]:
    return [texts[0] for texts, told in messages(catalogue).values() if not all(told)]


def other_holders(catalogue: Catalog) -> list[str]:
    """Return texts whose English has other placeholders: a page would fail or omit something."""
    return [
        texts[0]
        for texts, told in messages(catalogue).values()
        if any(_holders(english_) != _holders(texts[-1]) for english_ in told)
    ]


def _holders(text: str) -> set[str]:
    """Return the placeholders. Date patterns may differ in form: «%d/%m» and «%-d %b» both hold a day and a month."""
    return {
        "moment" if h.startswith("%") and not h.startswith("%(") else h for h in HOLDER.findall(text.replace("%%", ""))
    }


def strange_marks(catalogue: Catalog) -> list[str]:
    return [
        texts[0]
        for texts, told in messages(catalogue).values()
        if any((MARKS & set(english_)) - set(texts[0]) for english_ in told)
    ]


def out_of_step(texts: dict[Key, Text], catalogue: Catalog) -> set[Key]:
    """Return texts that are only in the sources or only in the catalogue."""
    return texts.keys() ^ messages(catalogue).keys()


def told_differently(one: Catalog, other: Catalog) -> list[Key]:
    first, second = messages(one), messages(other)
    return [key for key in first.keys() & second.keys() if first[key][1] != second[key][1]]


def read(mo: bytes) -> dict[object, str]:
    """Return the messages that Django reads from a .mo, without its header."""
    told: dict[object, str] = dict(gettext.GNUTranslations(io.BytesIO(mo))._catalog)  # type: ignore[attr-defined]
    told.pop("")
    return told


def test_every_text_of_a_screen_is_wrapped() -> None:
    assert bare_texts() == {}


def test_nobody_is_excused_who_has_nothing_to_excuse() -> None:
    """An exception that covers no untranslated text any more must be removed from the list."""
    with_some = [p.relative_to(PROGRAM).as_posix() for p in sources() if any(READERS[p.suffix](p.read_text()))]
    assert [name for name in (*ELSEWHERE, *KEPT) if not any(one.startswith(name) for one in with_some)] == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_catalogue_holds_what_the_sources_say_and_nothing_else(name: str) -> None:
    assert out_of_step(wanted()[name], catalogues()[name]) == set(), "./dev translate"


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_text_has_its_english(name: str) -> None:
    catalogue = catalogues()[name]
    assert without_english(catalogue) == []
    assert other_holders(catalogue) == []
    assert strange_marks(catalogue) == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_what_django_reads_is_what_people_wrote(name: str) -> None:
    assert read(po_file(name).with_suffix(".mo").read_bytes()) == read(compiled(catalogues()[name])), "./dev translate"


def test_a_text_has_one_english_wherever_it_stands() -> None:
    assert told_differently(*catalogues().values()) == []


# An example for each check.


@pytest.mark.parametrize(
    ("suffix", "source"),
    [
        (".html", "<h1>Báo tin</h1>"),
        (".html", "<button>Xem</button>"),
        (".html", '<input placeholder="Xem">'),
        (".html", '<p title="Đóng">{{ name }}</p>'),
        (".html", '{% tag "Trang" "good" %}'),
        (".html", '{% include "a.html" with title="Không có" %}'),
        (".html", '{{ x|default:"Chưa có" }}'),
        (".py", 'def f():\n    return "Đã gửi"'),
        (".py", 'def f(n):\n    return _(f"Còn {n} ngày")'),
        (".py", 'L = {1: N_("Cán bộ"), 2: "Thanh tra"}'),
        (".js", 'note.textContent = "Đã chép";'),
        (".js", 'note.textContent = words("Đã chép", "");'),
    ],
)
def test_a_bare_text_is_found(suffix: str, source: str) -> None:
    assert list(READERS[suffix](source))


@pytest.mark.parametrize(
    ("suffix", "source"),
    [
        (".html", '<h1>{% translate "Báo tin" %}</h1>{# Báo tin #}<kbd>a</kbd> Bình Yên <b lang="vi">xem dữ liệu</b>'),
        (".html", '{% block width %}narrow{% endblock %}{% include "a.html" with title=_("Không có") %}'),
        (".html", "{% blocktranslate %}Còn {{ n }} ngày{% endblocktranslate %}"),
        (".py", '"""Đã gửi"""\nL = {1: N_("Cán bộ"), 2: N_("Thanh tra")}\nx = _("Còn {n} ngày").format(n=1)'),
        (".js", 'note.textContent = words("Đã chép", "Copied"); // Đã chép'),
    ],
)
def test_a_wrapped_text_is_left_alone(suffix: str, source: str) -> None:
    assert list(READERS[suffix](source)) == []


def _one(text: str | tuple[str, str], told: str | tuple[str, str]) -> Catalog:
    catalogue = Catalog(locale="en")
    catalogue.add(text, told)
    return catalogue


def test_what_is_wrong_with_a_catalogue_is_found() -> None:
    assert without_english(_one("Gửi", ""))
    assert without_english(_one(("{n} giờ", "{n} giờ"), ("{n} hour", "")))
    assert other_holders(_one("Còn {n} ngày", "Some days left")) and other_holders(_one("Còn %(n)s", "%(m)s left"))
    assert strange_marks(_one("Gửi", "<b>Send</b>")) and strange_marks(_one("Gửi", 'Send "now"'))
    assert told_differently(_one("Gửi", "Send"), _one("Gửi", "Submit")) and not told_differently(
        _one("A", "x"), _one("B", "y")
    )
    fine = _one(("{n} giờ", "{n} giờ"), ("{n} hour", "{n} hours"))
    assert not without_english(fine) and not other_holders(fine) and not strange_marks(fine)


def test_a_text_that_the_catalogue_lacks_or_nobody_says_is_found() -> None:
    said = {text.key: text for text in texts_of('{% translate "Gửi" %}{% translate "Xem" %}', template=True)}
    assert set(said) == {("", "Gửi"), ("", "Xem")}
    assert out_of_step(said, _one("Gửi", "Send")) == {("", "Xem")}
    assert out_of_step({}, _one("Gửi", "Send")) == {("", "Gửi")}


def test_a_stale_file_for_django_is_found() -> None:
    assert read(compiled(_one("Gửi", "Send"))) != read(compiled(_one("Gửi", "Submit")))
