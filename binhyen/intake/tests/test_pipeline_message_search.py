"""Messages are found by their text without diacritics, by the desks that may see them and no others."""

import datetime as dt
import unicodedata
from typing import Any

import pytest

from binhyen.areas.services import LandmarkConfirmation, store_landmarks
from binhyen.cases.queries.global_search import search_everything
from binhyen.cases.services import linking
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.intake.tests.chat_reports import create_group, create_people, run_pipeline
from binhyen.kit import clock
from binhyen.kit.text import fold_text
from binhyen.language.training.evaluate_sets import read_rows_of_set
from binhyen.people.roles import Role

pytestmark = pytest.mark.django_db
COMPLAINT = "Anh cảnh sát giao thông xã Lộc Hà vòi vĩnh tôi năm trăm nghìn, tên là Quắc Thước"
TIP = "Thằng Quắc Thước con ông Bảy bán ma túy ở TDP Phú Mậu"
_PROVINCE = frozenset((Role.PROVINCE_DUTY, Role.PROVINCE_STAFF, Role.OPERATOR, Role.INSPECTOR, Role.DIRECTOR))


def search_messages(officer: Any, typed: str) -> set[str]:
    """Return external ids of unassigned messages, and codes of cases."""
    every = search_everything(officer, typed, now=clock.now())
    return {m.external_id for m in every.messages} | {row["code"] for row in every.cases}


def test_each_message_is_found_by_its_text_without_marks(officer: Any) -> None:
    duty, texts = officer("PROVINCE_DUTY", "42"), [row["text"] for row in read_rows_of_set("dev", "cluster")[:60]]
    texts[0] = unicodedata.normalize("NFD", texts[0])
    results = run_pipeline(*zip(create_people(len(texts)), texts, strict=True))
    checked = 0
    for result in results:
        words = [word for word in fold_text(result.message.text).split() if word.isalnum() and len(word) > 1]
        if result.message.sensitive or len(words) < 4:
            continue
        key = result.message.external_id
        for typed in (" ".join(words[:4]), " ".join(reversed(words[-3:])), f"{words[0]} {words[1]} {words[-1][:2]}"):
            hit = search_messages(duty, typed)
            assert key in hit or (result.case and result.case.code in hit), typed
            checked += 1
        assert key not in search_messages(duty, f"{words[0]} khongcotu")
    assert checked > 60


WITH_SIGNS = (
    "Vào dichvucong-gov.vn.xyz nộp phạt, mất 1.500.000 lúc 7.30 ngày 29/4 tại 12/5 Trần Phú, thư lua.dao@gmail.com, "
    "xe 38A-987.65, gọi +84 912.345.678, tiền <cọc> 1,200,000 & 50%~"
)
TYPED = (
    "dichvucong-gov.vn.xyz",
    "dichvucong",
    "gov.vn",
    "xyz",
    "1.500.000",
    "1.500",
    "7.30",
    "29/4",
    "12/5",
    "12/5 Trần Phú",
    "gmail",
    "lua.dao",
    "lua.dao@gmail.com",
    "38A-987.65",
    "987.65",
    "+84 912 345 678",
    "<cọc>",
    "cọc",
    "1,200,000",
    "50%",
    "tiền <cọc> 1,200,000 & 50%~",
)


def test_texts_with_punctuation_are_found_whole_and_in_parts(officer: Any, unit: Any) -> None:
    """In a report that became a case, in a message joined by an officer, and in an unassigned message."""
    duty, here = officer("PROVINCE_DUTY", "42"), unit("18568")
    (person,) = create_people(1)
    (result,) = run_pipeline((person, WITH_SIGNS))
    assert result.case is not None
    loose, more, later = (
        create_message(here, text=WITH_SIGNS),
        create_message(here, text=WITH_SIGNS),
        open_case(here, text="Một việc khác"),
    )
    linking.attach_message(code=later.code, message_id=str(more.public_id), officer=duty, version=None, now=clock.now())
    for typed in TYPED:
        wanted = {result.case.code, later.code, loose.external_id}
        assert search_messages(duty, typed) >= wanted, typed
    for typed in ("38a98765", "98765", "0912345678"):  # as the classifier understood them; it read only the first
        assert search_messages(duty, typed) == {result.case.code}, typed
    for typed in ("98766", "987.64", "29/6", "gmai.com", "dichvucong-gov.top"):
        assert not search_messages(duty, typed), typed


@pytest.mark.parametrize(
    ("plate", "typed"),
    [("38N1-123.45", "123.45"), ("38A 98765", "987.65"), ("38MĐ1 234.56", "23456"), ("38 C 221.10", "22110")],
)
def test_a_plate_is_found_by_its_five_figures_however_it_was_written(officer: Any, plate: str, typed: str) -> None:
    (person,) = create_people(1)
    (result,) = run_pipeline((person, f"Xe máy biển {plate} tông người ở xã Lộc Hà rồi bỏ chạy"))
    assert result.case is not None
    assert result.case.code in search_messages(officer("PROVINCE_DUTY", "42"), typed)


@pytest.mark.parametrize("role", list(Role))
def test_search_is_limited_by_visibility(officer: Any, unit: Any, now: dt.datetime, role: Role) -> None:
    first, second, third = create_people(3)
    run_pipeline((first, COMPLAINT))
    (tip,) = run_pipeline((second, TIP), group=create_group(unit("18568"), now))
    assert tip.message.ciphertext is not None
    person = officer(role.value, "42" if role in _PROVINCE else "18568")
    for typed in ("quac thuoc", "Quắc Thước", "voi vinh", "ma tuy quac"):
        assert search_messages(person, typed) == set(), "sealed text is in no index"
    run_pipeline((third, "Đèn đường quắc thước hỏng ở TDP Phú Mậu xã Lộc Hà, tối om"))
    is_visible = bool(search_messages(person, "quac thuoc"))
    assert is_visible == (role in _SEES), role


_SEES = frozenset((Role.OFFICER, Role.CHIEF, Role.PROVINCE_DUTY, Role.PROVINCE_STAFF))


def test_a_place_learnt_from_cases_is_found_as_its_commune(officer: Any, unit: Any, now: dt.datetime) -> None:
    duty = officer("PROVINCE_DUTY", "42")
    assert not search_everything(duty, "quan ba hoa", now=now).places
    store_landmarks([LandmarkConfirmation("quán bà Hoa", unit("18568").area_id, "x" * 32, now)])
    assert [p.full_name for p in search_everything(duty, "quán bà hoa", now=now).places] == ["Xã Lộc Hà"]
