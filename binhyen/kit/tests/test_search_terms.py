"""Search input: words, prefixes, diacritics, numbers in any format, and garbage."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.kit.search_terms import accented_words, join_accented_words, parse_search
from binhyen.kit.text import fold_text, list_tone_placements, normalize_tone, to_name_key


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
        ("987.65", "(98765:* | 987 & 65:*)"),
        ("98765", "(98765:* | 98765:*)"),
        ("dichvucong-gov.vn.xyz", "dichvucong & gov & vn & xyz:*"),
        ("29/4", "29 & 4"),
        ("1,500,000", "1 & 500 & 000:*"),
    ],
)
def test_the_query(typed, query):
    assert parse_search(typed).query == query
    assert parse_search(unicodedata.normalize("NFD", typed)).query == query


@pytest.mark.parametrize(
    ("typed", "marks", "mixed"),
    [
        ("ma tuy", "", False),
        ("Nguyen Văn", "('văn':*)", True),
        ("ĐÁNH nhau", "'đánh'", True),
        ("bạn bè", "'bạn' & ('bè':*)", False),
        ("hoà", "('hòa':* | 'hoà':*)", False),
        ("thuỷ hòa", "'thủy' & ('hòa':* | 'hoà':*)", False),
        ("lừa đ", "'lừa'", False),
        ("gọi 0912 345 678", "'gọi'", True),
        ("29-MĐ1 123.45", "", False),
    ],
)
def test_words_typed_with_marks_are_searched_exactly(typed, marks, mixed):
    for asked in (parse_search(typed), parse_search(unicodedata.normalize("NFD", typed))):
        assert (asked.marks, asked.mixed) == (marks, mixed)


def test_a_row_stores_its_accented_words_once_in_one_spelling():
    text = "Hoà, hòa và HOÀ ở đường ĐƯỜNG; ban 5 xe"
    assert accented_words(text) == accented_words(unicodedata.normalize("NFD", text)) == "hòa và ở đường"
    assert accented_words("ban 5 xe") == ""
    assert accented_words(f"{'ọ' * 41} được") == "được", "no real word is that long"
    assert len(accented_words(" ".join(f"ọ{n}" for n in range(5000))).split()) == 4000
    assert join_accented_words("'hòa' 'và'", "", "và ở") == "hòa và ở", "as read from the database, and as written"


@given(st.text(max_size=300), st.text(max_size=300))
def test_anything_may_be_typed(typed, text):
    asked = parse_search(typed)
    assert not set(asked.query) & set("'\"\\!<>")
    assert not set(asked.marks) & set('"\\!<>') and not set(accented_words(text)) & set("'\"\\:&|!<>()")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("hoà", "hòa"),
        ("thuỷ", "thủy"),
        ("khoẻ", "khỏe"),
        ("quý", "qúy"),
        ("giá", "gía"),
        ("người", "ngừơi"),
        ("ngoài", "ngòai"),
        ("khuỷu", "khủyu"),
        ("hoàng", "hòang"),
        ("được", "đựơc"),
        ("giếng", "gíêng"),
        ("mùa", "muà"),
        ("mía", "miá"),
    ],
)
def test_a_tone_has_one_place_in_a_word(left, right):
    for way in (left, right):
        assert normalize_tone(way) == normalize_tone(unicodedata.normalize("NFD", way))
        assert set(list_tone_placements(way)) == set(list_tone_placements(left))
    assert normalize_tone(left) == normalize_tone(right) in {left, right}
    assert normalize_tone(left) != normalize_tone(fold_text(left)), "but it has a tone"


@given(
    st.text(alphabet="aăâeêioôơuưybđghknqt\u0300\u0301\u0303\u0309\u0323", min_size=1, max_size=8)
    .map(lambda word: unicodedata.normalize("NFC", word))
    .filter(str.isalpha)
)
def test_the_position_of_a_tone_mark_changes_no_word(word):
    settled = normalize_tone(word)
    assert to_name_key(settled) == to_name_key(word) and normalize_tone(settled) == settled
    assert settled in list_tone_placements(word) or len(list_tone_placements(word)) == 1
