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
    collect_texts,
    extract_texts,
    get_po_path,
    list_sources,
    load_catalogue,
    without_untranslated,
)

# Not screens: the terminal, the audit log, exported files, and the parser of Vietnamese itself.
ELSEWHERE = (
    "cli.py",
    "language/",
    "backup/",
    "instance_lock.py",
    "run.py",
    "demo/",
    "supervisor.py",
    "doctor/",
    "settings.py",
    "ui/apps.py",
    "audit/rules/chain.py",
    "audit/rules/signed_notes.py",
    "audit/rules/witness_protocol.py",
    "intake/decision.py",
    "intake/interpret.py",
    "intake/incident_matching.py",
    "intake/accusations.py",
    "intake/confidential.py",
    "intake/inbox_worker.py",
    "intake/models.py",
    "kit/text.py",
    "people/demo.py",
    "privacy/data_export.py",
    "privacy/rules/processing_register.py",
    "privacy/services/fulfilment.py",
    "channels/texts.py",
    "bulletins/media_texts.py",
    # bulletins and posters go to citizens in Vietnamese, whatever the officer's language
    "bulletins/chat_lines.py",  # the parser of pasted chats
    "bulletins/officer_chat.py",  # commands and answers of a private chat, shown on no page
    "bulletins/digest_rules.py",
    "bulletins/posters.py",
    "bulletins/text_templates.py",
    "stats/reports/content.py",
    "stats/reports/narrative.py",
    "stats/reports/build.py",
    "stats/reports/documents.py",
    "stats/reports/examples.py",
    "stats/questions/csv_texts.py",
    "stats/simulate/",
    "bulletins/cap/build.py",
    "channels/dlp/vulnerable_people.py",
    "channels/dlp/normalize.py",
    "channels/dlp/identifiers.py",
    "channels/dlp/person_names.py",
    "channels/dlp/verbatim_overlap.py",
    "intake/complaint_detection/patterns.py",
    "areas/demo_villages.py",
    "areas/rules/names.py",
    "api/",
    "vault/offline/",
    "vault/services/offline_transfer.py",
    "vault/services/key_ceremony.py",
    # official papers as files
    "kit/official_papers.py",
    "areas/official_heads.py",
    "aid/papers.py",
    "cases/views/papers.py",
    "deeds/papers.py",
    "found/papers.py",
    "missing/papers.py",
    "scams/papers.py",
    "weapons/papers.py",
    # official documents, in Vietnamese whatever the page's language
    "ui/templates/weapons/receipt.html",
    "ui/templates/deeds/certificate.html",
    "ui/templates/scams/bank_letter.html",
    "ui/templates/stats/_letter.html",
)
# Verbatim words in sources of screens: parts of messages, samples, names of files.
VERBATIM_TEXTS = {
    "channels/kinds/zalo_oa/onboarding.py": ("quản trị ",),  # typed into Zalo as it is shown
    "inspection/views.py": (
        "Lúc",
        "Việc",
        "Đối tượng",
        "Đơn vị",
        "Kết quả",
        "Thêm",
        "Mã việc",
    ),  # head of an exported file
    "kit/typed_dates.py": ("giờ", "ngày"),  # typed in a date
    "areas/loading.py": ("Công an ",),  # names of units
    "intake/landmarks.py": ("quận",),  # a word of place names
    "bulletins/digest_services.py": ("tỉnh ",),  # of the name of an area in a bulletin
    "ui/templates/bulletins/share_report.html": ("liên kết",),  # typed into Zalo as it is shown
    "bulletins/sharing_services.py": ("Cán bộ chuyển từ nhóm tự mở", "chưa ghi"),  # a stored note
    "bulletins/sharing_views.py": ("Bình Yên",),  # the program's name on a phone
    "vault/key_wrapping.py": ("gió lào thổi qua đồng lúa chín vàng",),  # the passphrase of a demo
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
    "missing/rules/names.py": ("ông|",),  # forms of address before a name
    "aid/rules.py": ("bà", "ông", "chị", "cụ", "bác", "cô", "chú", "dì", "cậu", "hộ", "đình"),  # titles before a name
    "scams/rules/official.py": (  # names of banks and companies
        "Vietcombank",
        "BIDV",
        "VietinBank",
        "Agribank",
        "Techcombank",
        "MB Bank",
        "ACB",
        "Sacombank",
        "VPBank",
        "TPBank",
        "HDBank",
        "VIB",
        "SHB",
        "LPBank",
        "SeABank",
        "MoMo",
        "NAPAS",
        "Zalo",
        "Viettel",
        "VNPT",
        "EVN",
        "VNeID",
    ),
    "tips/services.py": ("Tin kín", "\n\nNơi xảy ra: "),
}
IN_PROGRESS: tuple[str, ...] = ()  # sources that are being translated
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%-?[A-Za-z]")
MARKS = frozenset('"<>')
READERS: dict[str, Callable[[str], Iterator[str]]] = {
    ".py": bare.find_in_python,
    ".html": bare.find_in_template,
    ".js": bare.find_in_script,
}


def find_untranslated() -> dict[str, list[str]]:
    """Return source → texts of screens that are in no catalogue."""
    by_source = {}
    for path in (*list_sources(), *PROGRAM.rglob("ui/js/*.js")):
        name = path.relative_to(PROGRAM).as_posix()
        if name.startswith((*ELSEWHERE, *IN_PROGRESS)) or "/management/" in name:
            continue
        verbatim = VERBATIM_TEXTS.get(name, ())
        texts = [text for text in READERS[path.suffix](path.read_text()) if not text.startswith(verbatim or ("\0",))]
        if texts:
            by_source[name] = texts
    return by_source


@cache
def catalogues() -> dict[str, Catalog]:
    return {name: load_catalogue(name) for name in CATALOGUES}


def list_messages(catalogue: Catalog) -> dict[Key, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return key → the text with its plural form, and the English of each."""
    by_key = {}
    for message in catalogue:
        texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
        translations = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if texts[0]:
            by_key[message.context or "", texts[0]] = (tuple(texts), tuple(t or "" for t in translations))
    return by_key


def list_without_english(catalogue: Catalog) -> list[str]:
    return [texts[0] for texts, translations in list_messages(catalogue).values() if not all(translations)]


def list_other_placeholders(catalogue: Catalog) -> list[str]:
    """Return texts whose English has other placeholders: a page would fail or omit something."""
    return [
        texts[0]
        for texts, translations in list_messages(catalogue).values()
        if any(_list_placeholders(english_) != _list_placeholders(texts[-1]) for english_ in translations)
    ]


def _list_placeholders(text: str) -> set[str]:
    """Return the placeholders. Date patterns may differ in form: «%d/%m» and «%-d %b» both hold a day and a month."""
    return {
        "moment" if h.startswith("%") and not h.startswith("%(") else h
        for h in PLACEHOLDER.findall(text.replace("%%", ""))
    }


def list_strange_marks(catalogue: Catalog) -> list[str]:
    return [
        texts[0]
        for texts, translations in list_messages(catalogue).values()
        if any((MARKS & set(english_)) - set(texts[0]) for english_ in translations)
    ]


def compare_with_catalogue(texts: dict[Key, Text], catalogue: Catalog) -> set[Key]:
    """Return texts that are only in the sources or only in the catalogue."""
    return texts.keys() ^ list_messages(catalogue).keys()


def list_translated_differently(left: Catalog, right: Catalog) -> list[Key]:
    first, second = list_messages(left), list_messages(right)
    return [key for key in first.keys() & second.keys() if first[key][1] != second[key][1]]


def read_mo(mo: bytes) -> dict[object, str]:
    """Return the messages that Django reads from a .mo, without its header."""
    entries: dict[object, str] = dict(gettext.GNUTranslations(io.BytesIO(mo))._catalog)  # type: ignore[attr-defined]
    entries.pop("")
    return entries


def test_every_text_of_a_screen_is_wrapped() -> None:
    assert find_untranslated() == {}


def test_nobody_is_excused_who_has_nothing_to_excuse() -> None:
    """An exception that covers no untranslated text any more must be removed from the list."""
    with_some = [p.relative_to(PROGRAM).as_posix() for p in list_sources() if any(READERS[p.suffix](p.read_text()))]
    assert [
        name
        for name in (*ELSEWHERE, *VERBATIM_TEXTS)
        if not any(source_name.startswith(name) for source_name in with_some)
    ] == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_catalogue_holds_what_the_sources_say_and_nothing_else(name: str) -> None:
    assert compare_with_catalogue(collect_texts()[name], catalogues()[name]) == set(), "./dev translate"


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_text_has_its_english(name: str) -> None:
    catalogue = catalogues()[name]
    assert list_without_english(catalogue) == []
    assert list_other_placeholders(catalogue) == []
    assert list_strange_marks(catalogue) == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_what_django_reads_is_what_people_wrote(name: str) -> None:
    assert read_mo(get_po_path(name).with_suffix(".mo").read_bytes()) == read_mo(
        without_untranslated(catalogues()[name])
    ), "./dev translate"


def test_a_text_has_one_english_wherever_it_stands() -> None:
    assert list_translated_differently(*catalogues().values()) == []


REPLACED = re.compile(
    r"\bChép\b|Có mới|Chưa ổn|của nhau|Cùng nói|Máy hiểu|kín: tin về|Đã gửi kèm vị trí|dấu riêng|Câu báo kết quả|Chưa làm được"
    r"|Trước hôm qua|Xem có gì mới|Vết của tôi|Khai quan hệ|ghế số|Dấu khóa|Số bấm được|Tách lại|[Xx]oá"
)


@pytest.mark.parametrize("name", CATALOGUES)
def test_words_that_people_misread_stay_replaced(name: str) -> None:
    texts = [text for texts, _ in list_messages(catalogues()[name]).values() for text in texts]
    assert [text for text in texts if REPLACED.search(text)] == []
    assert REPLACED.search("Đã xoá"), "the control"


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
        (".js", 'note.textContent = "Đã sao chép";'),
        (".js", 'note.textContent = words("Đã sao chép", "");'),
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
        (".js", 'note.textContent = words("Đã sao chép", "Copied"); // Đã chép'),
    ],
)
def test_a_wrapped_text_is_left_alone(suffix: str, source: str) -> None:
    assert list(READERS[suffix](source)) == []


def _build_catalogue(text: str | tuple[str, str], translation: str | tuple[str, str]) -> Catalog:
    catalogue = Catalog(locale="en")
    catalogue.add(text, translation)
    return catalogue


def test_what_is_wrong_with_a_catalogue_is_found() -> None:
    assert list_without_english(_build_catalogue("Gửi", ""))
    assert list_without_english(_build_catalogue(("{n} giờ", "{n} giờ"), ("{n} hour", "")))
    assert list_other_placeholders(_build_catalogue("Còn {n} ngày", "Some days left")) and list_other_placeholders(
        _build_catalogue("Còn %(n)s", "%(m)s left")
    )
    assert list_strange_marks(_build_catalogue("Gửi", "<b>Send</b>")) and list_strange_marks(
        _build_catalogue("Gửi", 'Send "now"')
    )
    assert list_translated_differently(
        _build_catalogue("Gửi", "Send"), _build_catalogue("Gửi", "Submit")
    ) and not list_translated_differently(_build_catalogue("A", "x"), _build_catalogue("B", "y"))
    fine = _build_catalogue(("{n} giờ", "{n} giờ"), ("{n} hour", "{n} hours"))
    assert not list_without_english(fine) and not list_other_placeholders(fine) and not list_strange_marks(fine)


def test_a_text_that_the_catalogue_lacks_or_nobody_says_is_found() -> None:
    texts_by_key = {
        text.key: text for text in extract_texts('{% translate "Gửi" %}{% translate "Xem" %}', template=True)
    }
    assert set(texts_by_key) == {("", "Gửi"), ("", "Xem")}
    assert compare_with_catalogue(texts_by_key, _build_catalogue("Gửi", "Send")) == {("", "Xem")}
    assert compare_with_catalogue({}, _build_catalogue("Gửi", "Send")) == {("", "Gửi")}


def test_a_stale_file_for_django_is_found() -> None:
    assert read_mo(without_untranslated(_build_catalogue("Gửi", "Send"))) != read_mo(
        without_untranslated(_build_catalogue("Gửi", "Submit"))
    )
