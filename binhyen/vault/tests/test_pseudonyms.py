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
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.channels.models import Membership
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.kit import clock
from binhyen.kit.ids import ALPHABET, format_code, normalize_code
from binhyen.vault import pseudonyms as module
from binhyen.vault.pseudonyms import contains_pseudonym, derive_pseudonym, format_case_scope, format_group_scope

DATA = Path(__file__).parents[2] / "language" / "data"
PLACES = st.integers(1, 10**6).map(format_group_scope) | st.text(ALPHABET, min_size=8, max_size=8).map(
    format_case_scope
)
_NAMES = re.compile(r"Người dân ([0-9A-Z]{4}-[0-9A-Z]{4})")
TIP = "Nhà ông Tư ở TDP Phú Mậu xã Lộc Hà bán ma túy cho bọn trẻ, tối nào cũng có xe máy lạ, em sợ lắm xin giấu tên"
TALK = "Hôm nay chợ có cá trích tươi lắm bà con ơi"
NOISE = "Hàng xóm hát karaoke ồn quá ở thị trấn Lộc Hà"


def _list_names(officer: Any, *paths: str) -> set[str]:
    results: set[str] = set()
    for path in paths:
        results |= set(_NAMES.findall(sign_in_browser(officer).get(path).content.decode()))
    return results


def _names_of_one_person(officer: Any, unit: Any) -> tuple[set[str], list[set[str]]]:
    """Return the names of one person: in the group, and on the pages of their confidential and open reports."""
    now, teller = clock.now(), create_person()
    group, duty = create_group(unit("18568"), now), officer()
    Membership.objects.create(group=group, reporter_id=teller.reporter, joined_at=now)
    run_pipeline((teller, TALK), group=group, moment=now)
    cases = []
    for words, where in ((TIP, None), (NOISE, group)):
        run_pipeline((teller, words), moment=now, group=where)
        cases.append(teller.case())
    assert Case.objects.count() == 2 and cases[0].sensitive, "control"
    pages = [_list_names(duty, build_case_url(case)) for case in cases]
    return _list_names(duty, f"/nhom/{group.public_id}", "/tin-nhan"), pages


@pytest.mark.django_db
def test_a_group_author_and_a_confidential_reporter_look_like_two(officer: Any, unit: Any) -> None:
    group, cases = _names_of_one_person(officer, unit)
    assert len(group) == 1, "in the group they are one"
    assert [len(names) for names in cases] == [1, 1], ("and so on the page of a case", cases)
    assert len(set.union(group, *cases)) == 3, "and nothing shows that they are the same"
    page = sign_in_browser(officer()).get(build_case_url(Case.objects.get(sensitive=False))).content.decode()
    assert "vụ khác từng báo" not in page, "nor that they sent another, confidential report"


@pytest.mark.django_db
def test_control_one_pseudonym_everywhere_is_detected(officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "derive_pseudonym", lambda seed, where: seed)
    with pytest.raises(AssertionError, match="nothing shows that they are the same"):
        test_a_group_author_and_a_confidential_reporter_look_like_two(officer, unit)


@given(st.text(ALPHABET, min_size=8, max_size=8), PLACES, PLACES)
def test_a_pseudonym_is_unique_within_a_place_and_recognised_everywhere(seed: str, here: str, there: str) -> None:
    name = derive_pseudonym(seed, here)
    assert name == derive_pseudonym(seed, here) and len(name) == 8 and set(name) <= set(ALPHABET)
    assert (here == there) == (name == derive_pseudonym(seed, there))
    assert contains_pseudonym(f"XAY{name}CHAY") and normalize_code(format_code(name)) == name


def test_ordinary_words_are_no_pseudonym() -> None:
    rows = (DATA / "training").glob("*.jsonl"), (DATA / "dev").glob("*.jsonl")
    texts = [str(json.loads(line).get("text", "")) for file in chain(*rows) for line in file.read_text().splitlines()]
    assert len(texts) > 10_000
    assert not [text for text in texts if contains_pseudonym("".join(c for c in text.upper() if c in ALPHABET))]
