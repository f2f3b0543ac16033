"""Whatever people write is found again by its words without marks, by the desks that may see it and by nobody else."""

import datetime as dt
import unicodedata
from typing import Any

import pytest

from binhyen.areas.services import Confirmed, confirm
from binhyen.cases.queries.everywhere import everywhere
from binhyen.intake.tests.telling import group_of, people, say
from binhyen.kit import clock
from binhyen.kit.text import fold
from binhyen.language.training.judge import rows_of
from binhyen.people.rules import Role

pytestmark = pytest.mark.django_db
COMPLAINT = "Anh cảnh sát giao thông xã Lộc Hà vòi vĩnh tôi năm trăm nghìn, tên là Quắc Thước"
TIP = "Thằng Quắc Thước con ông Bảy bán ma túy ở TDP Phú Mậu"
_PROVINCE = frozenset((Role.PROVINCE_DUTY, Role.PROVINCE_STAFF, Role.OPERATOR, Role.INSPECTOR, Role.DIRECTOR))


def found(officer: Any, typed: str) -> set[str]:
    """Whose message: the outside ids of loose ones, and the codes of cases."""
    every = everywhere(officer, typed, now=clock.now())
    return {m.outside_id for m in every.messages} | {row["code"] for row in every.cases}


def test_each_message_is_found_by_its_words_without_marks(officer: Any) -> None:
    duty, texts = officer("PROVINCE_DUTY", "42"), [row["text"] for row in rows_of("dev", "cluster")[:60]]
    texts[0] = unicodedata.normalize("NFD", texts[0])
    told = say(*zip(people(len(texts)), texts, strict=True))
    checked = 0
    for result in told:
        words = [word for word in fold(result.message.text).split() if word.isalnum() and len(word) > 1]
        if result.message.sensitive or len(words) < 4:
            continue
        key = result.message.outside_id
        for typed in (" ".join(words[:4]), " ".join(reversed(words[-3:])), f"{words[0]} {words[1]} {words[-1][:2]}"):
            hit = found(duty, typed)
            assert key in hit or (result.case and result.case.code in hit), typed
            checked += 1
        assert key not in found(duty, f"{words[0]} khongcotu")
    assert checked > 60


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_not_see_it_cannot_find(officer: Any, unit: Any, now: dt.datetime, role: Role) -> None:
    first, second, third = people(3)
    say((first, COMPLAINT))
    (tip,) = say((second, TIP), group=group_of(unit("18568"), now))
    assert tip.message.sealed is not None
    person = officer(role.value, "42" if role in _PROVINCE else "18568")
    for typed in ("quac thuoc", "Quắc Thước", "voi vinh", "ma tuy quac"):
        assert found(person, typed) == set(), "sealed words are in no index"
    say((third, "Đèn đường quắc thước hỏng ở TDP Phú Mậu xã Lộc Hà, tối om"))
    seen = bool(found(person, "quac thuoc"))
    assert seen == (role in _SEES), role


_SEES = frozenset((Role.OFFICER, Role.CHIEF, Role.PROVINCE_DUTY, Role.PROVINCE_STAFF))


def test_a_place_learnt_from_cases_is_found_as_its_commune(officer: Any, unit: Any, now: dt.datetime) -> None:
    duty = officer("PROVINCE_DUTY", "42")
    assert not everywhere(duty, "quan ba hoa", now=now).places
    confirm([Confirmed("quán bà Hoa", unit("18568").area_id, "x" * 32, now)])
    assert [p.full_name for p in everywhere(duty, "quán bà hoa", now=now).places] == ["Xã Lộc Hà"]
