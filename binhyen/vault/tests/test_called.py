"""Pseudonyms differ between places: a named author in a group and a confidential reporter look like two people."""

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import browser, url
from binhyen.channels.models import Membership
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.kit import clock
from binhyen.kit.ids import ALPHABET, read_code, show_code
from binhyen.vault import pseudonyms as module
from binhyen.vault.pseudonyms import called, in_case, in_group, names_somebody

DATA = Path(__file__).parents[2] / "language" / "data"
PLACES = st.integers(1, 10**6).map(in_group) | st.text(ALPHABET, min_size=8, max_size=8).map(in_case)
_NAMES = re.compile(r"Người dân ([0-9A-Z]{4}-[0-9A-Z]{4})")
TIP = "Nhà ông Tư ở TDP Phú Mậu xã Lộc Hà bán ma túy cho bọn trẻ, tối nào cũng có xe máy lạ, em sợ lắm xin giấu tên"
TALK = "Hôm nay chợ có cá trích tươi lắm bà con ơi"
NOISE = "Hàng xóm hát karaoke ồn quá ở thị trấn Lộc Hà"


def _names(officer: Any, *paths: str) -> set[str]:
    found: set[str] = set()
    for path in paths:
        found |= set(_NAMES.findall(browser(officer).get(path).content.decode()))
    return found


def _of_one(officer: Any, unit: Any) -> tuple[set[str], list[set[str]]]:
    """Return the names of one person: in the group, and on the pages of their confidential and open reports."""
    now, teller = clock.now(), person()
    group, duty = group_of(unit("18568"), now), officer()
    Membership.objects.create(group=group, reporter_id=teller.reporter, joined_at=now)
    say((teller, TALK), group=group, at=now)
    cases = []
    for words, where in ((TIP, None), (NOISE, group)):
        say((teller, words), at=now, group=where)
        cases.append(teller.case())
    assert Case.objects.count() == 2 and cases[0].sensitive, "control"
    pages = [_names(duty, url(case)) for case in cases]
    return _names(duty, f"/nhom/{group.public_id}", "/tin-nhan"), pages


@pytest.mark.django_db
def test_who_writes_in_the_group_and_who_tells_in_confidence_look_like_two(officer: Any, unit: Any) -> None:
    group, cases = _of_one(officer, unit)
    assert len(group) == 1, "in the group they are one"
    assert [len(names) for names in cases] == [1, 1], ("and so on the page of a case", cases)
    assert len(set.union(group, *cases)) == 3, "and nothing shows that they are the same"
    page = browser(officer()).get(url(Case.objects.get(sensitive=False))).content.decode()
    assert "vụ khác từng báo" not in page, "nor that they sent another, confidential report"


@pytest.mark.django_db
def test_control_one_name_everywhere_is_seen(officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "called", lambda seed, where: seed)
    with pytest.raises(AssertionError, match="nothing shows that they are the same"):
        test_who_writes_in_the_group_and_who_tells_in_confidence_look_like_two(officer, unit)


@given(st.text(ALPHABET, min_size=8, max_size=8), PLACES, PLACES)
def test_a_name_is_one_within_a_place_and_known_wherever_it_stands(seed: str, here: str, there: str) -> None:
    name = called(seed, here)
    assert name == called(seed, here) and len(name) == 8 and set(name) <= set(ALPHABET)
    assert (here == there) == (name == called(seed, there))
    assert names_somebody(f"XAY{name}CHAY") and read_code(show_code(name)) == name


def test_ordinary_words_name_nobody() -> None:
    rows = (DATA / "training").glob("*.jsonl"), (DATA / "dev").glob("*.jsonl")
    texts = [str(json.loads(line).get("text", "")) for file in chain(*rows) for line in file.read_text().splitlines()]
    assert len(texts) > 10_000
    assert not [text for text in texts if names_somebody("".join(c for c in text.upper() if c in ALPHABET))]
