"""Order of search results: exact diacritics first, however old, then all others; newest first in each group."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from binhyen.cases.choices import Lane
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case
from binhyen.cases.queries import case_list
from binhyen.cases.queries.case_list import CaseFilters, get_case_page
from binhyen.cases.queries.global_search import search_everything
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.cases.tests.scene import create_message, open_case, sign_in_browser
from binhyen.channels import queries as channels
from binhyen.channels.models import Message
from binhyen.channels.services import MessageToStore, store_messages
from binhyen.kit import clock
from binhyen.kit.ids import generate_code
from binhyen.kit.search_terms import accented_words, parse_search
from binhyen.kit.text import fold_text, to_name_key
from binhyen.people.models import Officer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
# One word, two placements of its tone mark.
TWICE = {"hoà": "hòa", "hoá": "hóa", "thuỷ": "thủy", "thuý": "thúy", "khoẻ": "khỏe"}
OTHER = TWICE | {new: old for old, new in TWICE.items()}
# Words that differ only by diacritics or share a prefix: the order rule has to decide among them.
FAMILIES = [
    ["ban", "bán", "bạn", "bàn", "bạnh", "Bạn", "BÀN", unicodedata.normalize("NFD", "bạn")],
    ["hoa", "hoà", "hòa", "HOÀ", "hoá", "hóa", "hoàn", "hoạ"],
    ["thuy", "thuỷ", "thủy", "thuý", "thúy", "Thuỷ", "thuỷnh"],
    ["da", "đá", "dạ", "đa", "đang", "đáng"],
    ["nuoc", "nươc", "nước", "nượp", unicodedata.normalize("NFD", "nước")],
    ["ma", "mã", "khoẻ", "khỏe", "khoe", "5", "12"],
]


@st.composite
def draw_search(draw: st.DrawFn) -> tuple[list[str], str]:
    """Generate the texts of a register, oldest first, and a query of some words, the last perhaps unfinished."""
    words = st.sampled_from(draw(st.sampled_from(FAMILIES)) + draw(st.sampled_from(FAMILIES)))
    texts = draw(st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), min_size=2, max_size=14))
    *whole, last = (unicodedata.normalize("NFC", word) for word in draw(st.lists(words, min_size=1, max_size=2)))
    cut = draw(st.integers(2, max(2, len(last)))) if draw(st.booleans()) else None
    return texts, " ".join([*whole, last[:cut]])


def split_words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())


def list_spellings(word: str) -> list[str]:
    return [word, OTHER.get(word, word)]


def matches_word(typed: str, word: str, *, last: bool) -> bool:
    """Compare by letters and tone in any position; for the last word a prefix is enough."""
    if fold_text(typed) == typed:
        return fold_text(word).startswith(typed) if last else fold_text(word) == typed
    if not last:
        return to_name_key(word) == to_name_key(typed)
    starts = {way[:n] for way in list_spellings(word) for n in range(1, len(way) + 1)}
    return any(to_name_key(start) == to_name_key(typed) for start in starts)


def compute_expected(typed: str, rows: list[tuple[int, str]]) -> list[int]:
    """Compute the expected order by looking at every row."""
    asked = split_words(typed)
    if len(asked[-1]) == 1:  # it waits for its second letter; a digit does not
        asked = asked if asked[-1].isdigit() and asked[:-1] else asked[:-1]
        ends = False
    else:
        ends = True

    def has(text: str, look: Callable[[str], str]) -> bool:
        word_list = split_words(text)
        return all(
            any(matches_word(look(entry), look(word), last=ends and n == len(asked) - 1) for word in word_list)
            for n, entry in enumerate(asked)
        )

    matching_rows = [(key, text) for key, text in sorted(rows, reverse=True) if asked and has(text, fold_text)]
    if all(fold_text(item) == item for item in asked):
        return [key for key, _ in matching_rows]
    right = [key for key, text in matching_rows if has(text, str)]
    return [*right, *(key for key, _ in matching_rows if key not in right)]


def create_messages(unit: Any, texts: list[str]) -> list[tuple[int, str]]:
    """Create unassigned messages, oldest first."""
    like = create_message(unit, text="x")
    rows = store_messages(
        [
            MessageToStore(
                channel_id=like.channel_id,
                conversation_id=like.conversation_id,
                group_id=None,
                reporter_id=like.reporter_id,
                unit_id=unit.pk,
                external_id=generate_code(),
                text=text,
                sent_at=clock.now(),
                category="other",
                urgency=0,
                sensitive=False,
                reading={},
            )
            for text in texts
        ],
        now=clock.now(),
    )
    return [(row.pk, row.text) for row in rows]


def insert_cases(unit: Any, texts: list[str]) -> list[tuple[int, str]]:
    rows = create_cases(
        [
            NewCase(
                kind="tip",
                lane=Lane.REFLECTION,
                category="other",
                urgency=0,
                sensitive=False,
                title="x",
                actor=CITIZEN_ACTOR,
                unit_id=unit.pk,
                folded=fold_text(text),
                search_accented=accented_words(text),
            )
            for text in texts
        ],
        ladder=get_alarm_delays(),
        now=clock.now(),
    )
    return [(row.pk, text) for row, text in zip(rows, texts, strict=True)]


def read_all_pages(page: Callable[[str], tuple[list[int], str]]) -> list[int]:
    results, cursor = [], ""
    while True:
        rows, cursor = page(cursor)
        results += rows
        if not cursor:
            return results


@contextmanager
def use_small_pages(walk: int) -> Iterator[None]:
    """Use pages of three rows, and scan only a few cases before the index is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case_list, "PAGE_SIZE", 3)
        patch.setattr(case_list, "SCAN_LIMIT", walk)
        patch.setattr(channels, "PAGE_SIZE", 3)
        yield


def search_messages(officer: Officer, typed: str) -> list[int]:
    def read_page(cursor: str) -> tuple[list[int], str]:
        got = channels.list_unassigned_messages(officer, cursor=cursor, search_text=typed)
        return [m.pk for m in got.rows], got.next

    return read_all_pages(read_page)


def search_cases(officer: Officer, typed: str) -> list[int]:
    def read_page(cursor: str) -> tuple[list[int], str]:
        got = get_case_page(officer, CaseFilters(view="all", q=typed), cursor=cursor, now=clock.now())
        return [row["id"] for row in got.rows], got.next

    return read_all_pages(read_page)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(draw_search())
@example((["hoà ban", "hoá ban"], "hòa ban"))
@example((["hoàn", "hoan"], "hòa"))
def test_messages_are_in_the_order_of_the_rule(officer: Make, unit: Make, asked: tuple[list[str], str]) -> None:
    texts, typed = asked
    Message.objects.all().delete()
    person = Officer.objects.first() or officer()
    rows = create_messages(unit("18568"), texts)
    order = compute_expected(typed, rows)
    assert [m.pk for m in channels.search_unassigned_messages(person, parse_search(typed), limit=5)] == order[:5]
    with use_small_pages(walk=4):
        assert search_messages(person, typed) == order


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(draw_search(), st.sampled_from([2, 5000]))
@example((["hoà ban", "hoá ban"], "hòa ban"), 2)
@example((["bạn thuỷ", "bạn hoá", "ban thuy"], "bạn thuy"), 2)
def test_cases_are_in_the_order_of_the_rule(officer: Make, unit: Make, asked: tuple[list[str], str], walk: int) -> None:
    texts, typed = asked
    person = Officer.objects.first() or officer()
    with transaction.atomic():
        order = compute_expected(typed, insert_cases(unit("18568"), texts))
        with use_small_pages(walk):
            assert search_cases(person, typed) == order
        transaction.set_rollback(True)


def test_an_exact_match_is_first_however_many_are_newer(officer: Make, unit: Make) -> None:
    home = unit("18568")
    noise = ["bán bàn", "ban", "Bản"] * 100
    (old_message, *_), (old_case, *_) = (
        create_messages(home, ["Có bạn nhỏ lạc", *noise]),
        insert_cases(home, ["Có bạn nhỏ lạc", *noise]),
    )
    results = search_everything(officer(), "bạn", now=clock.now())
    assert (results.messages[0].pk, results.cases[0]["id"]) == (old_message[0], old_case[0])
    assert len(results.messages) == len(results.cases) == 20
    page = sign_in_browser(officer()).get("/tim", {"q": "bạn"}).content.decode()
    for suffix in ("/ban-truc?xem=tat-ca&amp;q=b%E1%BA%A1n", "/tin-nhan?q=b%E1%BA%A1n"):
        assert suffix in page, "the remaining rows, page by page"
    assert "/tin-nhan?q=" not in sign_in_browser(officer()).get("/tim", {"q": "bạn nhỏ"}).content.decode()
    Message.objects.update(search_accented="")  # control: without the exact-match rule the newest would come first
    Case.objects.update(search_accented="")
    results = search_everything(officer(), "bạn", now=clock.now())
    assert (results.messages[0].pk, results.cases[0]["id"]) != (old_message[0], old_case[0])


def test_older_pages_go_on_where_the_page_ended(officer: Make, unit: Make) -> None:
    """On the desk and among the messages, through the page links."""
    home = unit("18568")
    texts = [f"bạn số {n}" if n % 10 == 0 else f"ban số {n}" for n in range(120)]
    cases, messages = insert_cases(home, texts), create_messages(home, texts)
    person = officer()
    for path, rows in (("/ban-truc?xem=tat-ca&q=bạn", cases), ("/tin-nhan?q=bạn", messages)):
        visited: list[str] = []
        link: str | None = path
        while link:
            page = sign_in_browser(person).get(link).content.decode()
            visited += (
                re.findall(r"data-row=\"(\w+)\"", page) if rows is cases else re.findall(r"bạn số \d+|ban số \d+", page)
            )
            if rows is messages and len(visited) == 50:
                create_messages(home, ["bạn số 999"])  # rows that arrive meanwhile do not shift a later page
            next_link = re.search(r'href="([^"]*sau=[^"]+)"', page)
            link = next_link[1].replace("&amp;", "&") if next_link else None
        keys = dict(Case.objects.values_list("code", "pk"))
        order = compute_expected("bạn", rows)
        names = {text: key for key, text in messages}
        assert [keys[s] if rows is cases else names[s] for s in visited] == order


def test_exactness_opens_nothing_to_a_stranger(officer: Make, unit: Make) -> None:
    here, there = unit("18568"), unit("18073")
    own_rows = [*create_messages(here, ["Bạn tôi", "ban"]), *create_messages(there, ["Bạn của người khác"])][:2]
    private_case, other = insert_cases(here, ["Bạn tôi"]), insert_cases(there, ["Bạn của người khác"])
    person, stranger, province = officer(), officer("OFFICER", "18073"), officer("PROVINCE_DUTY", "42")
    results = search_everything(person, "bạn", now=clock.now())
    assert [m.pk for m in results.messages] == [key for key, _ in own_rows]
    assert [row["id"] for row in results.cases] == [private_case[0][0]]
    stranger_results = search_everything(stranger, "bạn", now=clock.now())
    assert ([row["id"] for row in stranger_results.cases], len(stranger_results.messages)) == ([other[0][0]], 1)
    assert len(search_everything(province, "bạn", now=clock.now()).cases) == 2
    team = search_everything(officer("VILLAGE_TEAM"), "bạn", now=clock.now())
    assert (team.cases, team.messages) == ([], [])


def test_intake_keeps_the_words_with_marks(officer: Make, client: Any) -> None:
    from binhyen.intake.tests.web import submit_report

    submit_report(client, "Thuỷ ở xã Lộc Hà bị lừa đảo chuyển tiền")
    case = Case.objects.get()
    assert {"thủy", "lừa", "đảo", "xã"} <= set(case.search_accented.replace("'", "").split())
    person = officer("PROVINCE_DUTY", "42")
    newer = open_case(case.unit, text="thuy lua dao")
    results = search_everything(person, "thủy lừa đảo", now=clock.now()).cases
    assert [row["code"] for row in results] == [case.code, newer.code]


def test_a_row_without_text_has_no_exact_words(unit: Make) -> None:
    message, case = create_message(unit("18568"), text="Trộm chó"), open_case(unit("18568"), text="Trộm chó")
    for rows in (Message.objects.filter(pk=message.pk), Case.objects.filter(pk=case.pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(search_text="")
        rows.update(search_text="", search_accented="")
