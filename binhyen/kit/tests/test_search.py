"""What is typed into a search box: words, beginnings, marks, numbers however broken up, and rubbish."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.kit.search import exact, exact_first, wanted


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("đánh nhau", "danh & nhau:*"),
        ("danh nh", "danh & nh:*"),
        ("danh n", "danh"),
        ("thôn 5", "thon & 5"),
        ("n", ""),
        ("5", ""),
        ("", ""),
        ("  🚨 ?! ", ""),
        ("a'b & | ! :* <-> \\", "a"),
        ("0912 345 678", "(0912345678:* | 0912 & 345 & 678:*)"),
        ("+84 912.345.678", "(0912345678:* | 84 & 912 & 345 & 678:*)"),
        ("38A-123.45", "(38a12345:* | 38a & 123 & 45:*)"),
        ("xe 38A 123.45 bỏ chạy", "xe & (38a12345:* | 38a & 123 & 45) & bo & chay:*"),
        ("stk 1903 4567 8901 23", "stk & (19034567890123:* | 1903 & 4567 & 8901 & 23:*)"),
        ("thôn 5 xã 12", "thon & 5 & xa & 12:*"),
    ],
)
def test_the_query(typed, query):
    assert wanted(typed).query == query
    assert wanted(unicodedata.normalize("NFD", typed)).query == query


def test_marks_decide_what_is_exact():
    assert not exact(wanted("ma tuy"), "Ma túy ở đây"), "nobody typed a mark"
    asked = wanted("ma túy")
    assert exact(asked, "Có ma tuý ở đây") and exact(asked, "MA TÚY")
    assert not exact(asked, "mà tuy thế") and not exact(asked, "má túy")
    assert exact(wanted("đánh nh"), "họ đánh nhau") and not exact(wanted("đánh nh"), "họ danh nhau")
    assert exact(wanted(unicodedata.normalize("NFD", "hoà")), "Hòa"), "old and new tone placement are one"


def test_exact_ones_first_and_no_further_than_needed():
    rows = [(1, "ma tuy"), (2, "ma túy"), (3, "mà tuy"), (4, "Ma tuý")]
    assert exact_first(wanted("ma túy"), rows, most=4) == [2, 4, 1, 3]
    read = iter(rows)
    assert exact_first(wanted("ma túy"), read, most=1) == [2]
    assert next(read)[0] == 3
    assert exact_first(wanted("ma tuy"), rows, most=3) == [1, 2, 3]


@given(st.text(max_size=300), st.text(max_size=300))
def test_anything_may_be_typed(typed, text):
    asked = wanted(typed)
    assert exact(asked, text) in (True, False)
    assert not set(asked.query) & set("'\"\\!<>")
