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
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case
from binhyen.cases.queries import case_list
from binhyen.cases.queries.case_list import Filters, desk_page
from binhyen.cases.queries.global_search import everywhere
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.unit_of_work import CITIZEN
from binhyen.cases.tests.scene import browser, open_case, told
from binhyen.channels import queries as channels
from binhyen.channels.models import Message
from binhyen.channels.services import Heard, hear_messages
from binhyen.kit import clock
from binhyen.kit.ids import code
from binhyen.kit.search_terms import marked, wanted
from binhyen.kit.text import fold, name_key
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
def asking(draw: st.DrawFn) -> tuple[list[str], str]:
    """Generate the texts of a register, oldest first, and a query of some words, the last perhaps unfinished."""
    words = st.sampled_from(draw(st.sampled_from(FAMILIES)) + draw(st.sampled_from(FAMILIES)))
    texts = draw(st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), min_size=2, max_size=14))
    *whole, last = (unicodedata.normalize("NFC", word) for word in draw(st.lists(words, min_size=1, max_size=2)))
    cut = draw(st.integers(2, max(2, len(last)))) if draw(st.booleans()) else None
    return texts, " ".join([*whole, last[:cut]])


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())


def spellings(word: str) -> list[str]:
    return [word, OTHER.get(word, word)]


def is_word(typed: str, word: str, *, last: bool) -> bool:
    """Compare by letters and tone in any position; for the last word a prefix is enough."""
    if fold(typed) == typed:
        return fold(word).startswith(typed) if last else fold(word) == typed
    if not last:
        return name_key(word) == name_key(typed)
    starts = {way[:n] for way in spellings(word) for n in range(1, len(way) + 1)}
    return any(name_key(start) == name_key(typed) for start in starts)


def expected(typed: str, rows: list[tuple[int, str]]) -> list[int]:
    """Compute the expected order by looking at every row."""
    asked = words_of(typed)
    if len(asked[-1]) == 1:  # it waits for its second letter; a digit does not
        asked = asked if asked[-1].isdigit() and asked[:-1] else asked[:-1]
        ends = False
    else:
        ends = True

    def has(text: str, look: Callable[[str], str]) -> bool:
        said = words_of(text)
        return all(
            any(is_word(look(one), look(word), last=ends and n == len(asked) - 1) for word in said)
            for n, one in enumerate(asked)
        )

    found = [(key, text) for key, text in sorted(rows, reverse=True) if asked and has(text, fold)]
    if all(fold(one) == one for one in asked):
        return [key for key, _ in found]
    right = [key for key, text in found if has(text, str)]
    return [*right, *(key for key, _ in found if key not in right)]


def heard(unit: Any, texts: list[str]) -> list[tuple[int, str]]:
    """Create unassigned messages, oldest first."""
    like = told(unit, text="x")
    rows = hear_messages(
        [Heard(channel_id=like.channel_id, conversation_id=like.conversation_id, group_id=None,
               reporter_id=like.reporter_id, unit_id=unit.pk, outside_id=code(), text=text, sent_at=clock.now(),
               category="other", urgency=0, sensitive=False, reading={}) for text in texts],
        now=clock.now(),
    )  # fmt: skip
    return [(row.pk, row.text) for row in rows]


def opened(unit: Any, texts: list[str]) -> list[tuple[int, str]]:
    rows = open_cases(
        [Opening(kind="tip", lane=Lane.REFLECTION, category="other", urgency=0, sensitive=False, title="x", actor=CITIZEN,
                 unit_id=unit.pk, folded=fold(text), marked=marked(text)) for text in texts],
        ladder=ladder(), now=clock.now(),
    )  # fmt: skip
    return [(row.pk, text) for row, text in zip(rows, texts, strict=True)]


def all_pages(page: Callable[[str], tuple[list[int], str]]) -> list[int]:
    found, cursor = [], ""
    while True:
        rows, cursor = page(cursor)
        found += rows
        if not cursor:
            return found


@contextmanager
def small(walk: int) -> Iterator[None]:
    """Use pages of three rows, and scan only a few cases before the index is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case_list, "PAGE", 3)
        patch.setattr(case_list, "WALK", walk)
        patch.setattr(channels, "PAGE", 3)
        yield


def loose(officer: Officer, typed: str) -> list[int]:
    def page(cursor: str) -> tuple[list[int], str]:
        got = channels.loose_messages(officer, cursor=cursor, words=typed)
        return [m.pk for m in got.rows], got.next

    return all_pages(page)


def listed(officer: Officer, typed: str) -> list[int]:
    def page(cursor: str) -> tuple[list[int], str]:
        got = desk_page(officer, Filters(view="all", q=typed), cursor=cursor, now=clock.now())
        return [row["id"] for row in got.rows], got.next

    return all_pages(page)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(asking())
@example((["hoà ban", "hoá ban"], "hòa ban"))
@example((["hoàn", "hoan"], "hòa"))
def test_messages_come_in_the_order_of_the_rule(officer: Make, unit: Make, asked: tuple[list[str], str]) -> None:
    texts, typed = asked
    Message.objects.all().delete()
    person = Officer.objects.first() or officer()
    rows = heard(unit("18568"), texts)
    order = expected(typed, rows)
    assert [m.pk for m in channels.find_messages(person, wanted(typed), most=5)] == order[:5]
    with small(walk=4):
        assert loose(person, typed) == order


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(asking(), st.sampled_from([2, 5000]))
@example((["hoà ban", "hoá ban"], "hòa ban"), 2)
@example((["bạn thuỷ", "bạn hoá", "ban thuy"], "bạn thuy"), 2)
def test_cases_come_in_the_order_of_the_rule(
    officer: Make, unit: Make, asked: tuple[list[str], str], walk: int
) -> None:
    texts, typed = asked
    person = Officer.objects.first() or officer()
    with transaction.atomic():
        order = expected(typed, opened(unit("18568"), texts))
        with small(walk):
            assert listed(person, typed) == order
        transaction.set_rollback(True)


def test_an_exact_one_comes_first_however_many_are_newer(officer: Make, unit: Make) -> None:
    home = unit("18568")
    noise = ["bán bàn", "ban", "Bản"] * 100
    (old_message, *_), (old_case, *_) = (
        heard(home, ["Có bạn nhỏ lạc", *noise]),
        opened(home, ["Có bạn nhỏ lạc", *noise]),
    )
    found = everywhere(officer(), "bạn", now=clock.now())
    assert (found.messages[0].pk, found.cases[0]["id"]) == (old_message[0], old_case[0])
    assert len(found.messages) == len(found.cases) == 20
    page = browser(officer()).get("/tim", {"q": "bạn"}).content.decode()
    for rest in ("/ban-truc?xem=tat-ca&amp;q=b%E1%BA%A1n", "/tin-nhan?q=b%E1%BA%A1n"):
        assert rest in page, "the remaining rows, page by page"
    assert "/tin-nhan?q=" not in browser(officer()).get("/tim", {"q": "bạn nhỏ"}).content.decode()
    Message.objects.update(marked="")  # control: without the exact-match rule the newest would come first
    Case.objects.update(marked="")
    found = everywhere(officer(), "bạn", now=clock.now())
    assert (found.messages[0].pk, found.cases[0]["id"]) != (old_message[0], old_case[0])


def test_older_pages_go_on_where_the_page_ended(officer: Make, unit: Make) -> None:
    """On the desk and among the messages, through the page links."""
    home = unit("18568")
    texts = [f"bạn số {n}" if n % 10 == 0 else f"ban số {n}" for n in range(120)]
    cases, messages = opened(home, texts), heard(home, texts)
    person = officer()
    for path, rows in (("/ban-truc?xem=tat-ca&q=bạn", cases), ("/tin-nhan?q=bạn", messages)):
        seen: list[str] = []
        link: str | None = path
        while link:
            page = browser(person).get(link).content.decode()
            seen += (
                re.findall(r"data-row=\"(\w+)\"", page) if rows is cases else re.findall(r"bạn số \d+|ban số \d+", page)
            )
            if rows is messages and len(seen) == 50:
                heard(home, ["bạn số 999"])  # rows that arrive meanwhile do not shift a later page
            next_link = re.search(r'href="([^"]*sau=[^"]+)"', page)
            link = next_link[1].replace("&amp;", "&") if next_link else None
        keys = dict(Case.objects.values_list("code", "pk"))
        order = expected("bạn", rows)
        names = {text: key for key, text in messages}
        assert [keys[s] if rows is cases else names[s] for s in seen] == order


def test_exactness_opens_nothing_to_a_stranger(officer: Make, unit: Make) -> None:
    here, there = unit("18568"), unit("18073")
    mine = [*heard(here, ["Bạn tôi", "ban"]), *heard(there, ["Bạn của người khác"])][:2]
    own, other = opened(here, ["Bạn tôi"]), opened(there, ["Bạn của người khác"])
    person, stranger, province = officer(), officer("OFFICER", "18073"), officer("PROVINCE_DUTY", "42")
    found = everywhere(person, "bạn", now=clock.now())
    assert [m.pk for m in found.messages] == [key for key, _ in mine]
    assert [row["id"] for row in found.cases] == [own[0][0]]
    theirs = everywhere(stranger, "bạn", now=clock.now())
    assert ([row["id"] for row in theirs.cases], len(theirs.messages)) == ([other[0][0]], 1)
    assert len(everywhere(province, "bạn", now=clock.now()).cases) == 2
    team = everywhere(officer("VILLAGE_TEAM"), "bạn", now=clock.now())
    assert (team.cases, team.messages) == ([], [])


def test_intake_keeps_the_words_with_marks(officer: Make, client: Any) -> None:
    from binhyen.intake.tests.web import tell

    tell(client, "Thuỷ ở xã Lộc Hà bị lừa đảo chuyển tiền")
    case = Case.objects.get()
    assert {"thủy", "lừa", "đảo", "xã"} <= set(case.marked.replace("'", "").split())
    person = officer("PROVINCE_DUTY", "42")
    newer = open_case(case.unit, text="thuy lua dao")
    found = everywhere(person, "thủy lừa đảo", now=clock.now()).cases
    assert [row["code"] for row in found] == [case.code, newer.code]


def test_a_row_without_words_keeps_no_marks(unit: Make) -> None:
    message, case = told(unit("18568"), text="Trộm chó"), open_case(unit("18568"), text="Trộm chó")
    for rows in (Message.objects.filter(pk=message.pk), Case.objects.filter(pk=case.pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(folded="")
        rows.update(folded="", marked="")
