"""Formatting of times, deadlines and numbers on screens; bars; fonts."""

import datetime as dt
import re
import struct
import zlib
from pathlib import Path

import fontpkg
import pytest
from django.contrib.staticfiles import finders

from binhyen.ui import formatting
from binhyen.ui.static_finders import STYLE_SHEET, STYLE_SOURCES, WEIGHTS, ensure_font, ensure_style_sheet, ttf_to_woff
from binhyen.ui.templatetags.ui import compute_bars

NOW = dt.datetime(2026, 11, 25, 12, 20, tzinfo=dt.UTC)  # 19:20 in Vietnam


@pytest.mark.parametrize(
    ("ago", "expected_text"),
    [
        (dt.timedelta(seconds=5), "vừa xong"),
        (dt.timedelta(seconds=-30), "vừa xong"),
        (dt.timedelta(minutes=5), "5 phút trước"),
        (dt.timedelta(hours=2), "17:20"),
        (dt.timedelta(hours=20), "hôm qua 23:20"),
        (dt.timedelta(days=13), "12/11"),
        (dt.timedelta(days=400), "21/10/2025"),
    ],
)
def test_when(ago: dt.timedelta, expected_text: str) -> None:
    assert formatting.format_short_time(NOW - ago, NOW) == expected_text


@pytest.mark.parametrize(
    ("left", "met", "expected_text", "state"),
    [
        (dt.timedelta(hours=3), False, "còn 3 giờ", "ok"),
        (dt.timedelta(minutes=20), False, "chỉ còn 20 phút", "soon"),
        (dt.timedelta(hours=71, minutes=59), False, "còn 71 giờ", "ok"),
        (dt.timedelta(days=3), False, "còn 3 ngày", "ok"),
        (dt.timedelta(days=-3), False, "quá 3 ngày", "over"),
        (dt.timedelta(seconds=-5), False, "quá 1 phút", "over"),
        (dt.timedelta(days=-3), True, "đã xong", "done"),
    ],
)
def test_due(left: dt.timedelta, met: bool, expected_text: str, state: str) -> None:
    due = formatting.build_due(NOW + left, NOW, soon=dt.timedelta(hours=1), is_met=met)
    assert (due.text, due.state) == (expected_text, state)


def test_a_deadline_knows_its_moment() -> None:
    def at(moment: dt.datetime) -> str:
        return formatting.build_due(moment, NOW, soon=dt.timedelta(hours=1)).at

    assert at(dt.datetime(NOW.year, 11, 30, 8, 57, tzinfo=dt.UTC)) == "15:57, 30/11"
    assert at(dt.datetime(NOW.year + 1, 1, 2, 1, 5, tzinfo=dt.UTC)) == f"08:05, 02/01/{NOW.year + 1}"


def test_numbers_are_vietnamese() -> None:
    assert [formatting.format_number(n) for n in (0, 999, 1560, 204311)] == ["0", "999", "1.560", "204.311"]


def test_bars_scale_to_the_largest_and_hide_nothing() -> None:
    drawn = compute_bars([0, 1, 1000], width=30, height=20)
    assert [b.height for b in drawn] == [0, 1.0, 20.0]
    assert compute_bars([], width=30, height=20) == []
    assert [b.height for b in compute_bars([0, 0], width=30, height=20)] == [0, 0]


@pytest.mark.parametrize("weight", WEIGHTS)
def test_font_is_the_same_tables_in_less_space(weight: int) -> None:
    source = fontpkg.path("be-vietnam-pro", weight=weight).read_bytes()
    made = ttf_to_woff(source)
    signature, flavour, length, count = struct.unpack_from(">4s4sLH", made)
    assert (signature, flavour, length) == (b"wOFF", source[:4], len(made))
    assert len(made) < len(source) / 2
    wanted = {}
    for i in range(struct.unpack_from(">H", source, 4)[0]):
        tag, _, start, size = struct.unpack_from(">4s3L", source, 12 + 16 * i)
        wanted[tag] = source[start : start + size]
    for i in range(count):
        tag, start, packed, size, _ = struct.unpack_from(">4s4L", made, 44 + 20 * i)
        body = made[start : start + packed]
        assert (zlib.decompress(body) if packed < size else body) == wanted[tag]


def test_font_is_made_once_and_found(tmp_path: Path) -> None:
    first = ensure_font(tmp_path, 400)
    before = first.stat().st_mtime_ns
    assert ensure_font(tmp_path, 400).stat().st_mtime_ns == before
    assert [p.name for p in tmp_path.iterdir()] == ["be-vietnam-pro-400.woff"]
    assert finders.find("ui/fonts/be-vietnam-pro-600.woff")
    assert not finders.find("ui/fonts/be-vietnam-pro-900.woff")


def test_the_style_sheet_of_all_pages_holds_every_rule_of_its_sources(tmp_path: Path) -> None:
    made = ensure_style_sheet(tmp_path)
    joined = made.read_text("utf-8")
    sources = [Path(str(finders.find(f"ui/css/{name}.css"))).read_text("utf-8") for name in STYLE_SOURCES]
    rules = re.sub(r"/\*.*?\*/", "", "".join(sources), flags=re.DOTALL)
    assert joined.count("{") == rules.count("{") and "/*" not in joined
    assert 'url("../fonts/be-vietnam-pro-400.woff")' in joined and "calc(0.7rem - 1px)" in joined
    assert re.sub(r"[\s;]", "", joined) == re.sub(r"[\s;]", "", rules), "only blanks and last semicolons are dropped"
    before = made.stat().st_mtime_ns
    assert ensure_style_sheet(tmp_path).stat().st_mtime_ns == before and finders.find(STYLE_SHEET)
