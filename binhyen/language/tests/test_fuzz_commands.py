"""Every command answers each row of any input, and the running time is linear in the length.

A few seconds here; `FUZZ_SECONDS=60 ./dev test binhyen/language/tests/test_fuzz_commands.py` for the long run.
"""

import io
import json
import os
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binhyen.language.commands import main
from tests.complexity import assert_linear

SECONDS = float(os.environ.get("FUZZ_SECONDS", "4"))
LONG = 100_000
PIECES = (
    "",
    "🔥",
    "\ud83d",
    "\udd25",
    "\x00",
    "\x07\x1b[2J",
    "\u202e",
    "\u0301",
    "a\u0323\u0302",
    "<script>alert(1)</script>",
    "https://a.vn/0912345678",
    "0912.345.678",
    "hxxp://x[.]top",
    "đánh nhau ở chợ Nghèn",
    "mat vi o Thach Ha",
    "Ich Hậu",
    "vào lúc 9h ngày 3/4",
    "ba trăm triệu",
    "stk 0011002233445",
    "38A-123.45",
    "cccd 042088011527",
    "the cat sat on the mat",
    "警察来了",
    "приветик",
    "{xa}",
    "\\",
    '"',
    "ko dc ae mn",
    "lại",
    "1",
    ".",
    ",",
    " ",
    "\n",
    "ông Tâm",
    "cháu bé 6 tuổi",
    "iPhone 13 xanh",
    "cháy hàng",
    "cảm ơn các chú",
    "t . me / abc",
    "không chín một hai",
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=30).map(" ".join),
    st.tuples(st.sampled_from(PIECES), st.integers(2, 400)).map(lambda pair: pair[0] * pair[1]),
)
MOMENTS = st.one_of(
    st.just("2026-11-20T20:00:00+07:00"), st.just("hôm qua"), st.floats(), st.integers(-(10**20), 10**20), st.none()
)
ROWS = st.fixed_dictionaries(
    {"id": st.one_of(st.integers(), st.text(max_size=5), st.none()), "text": st.one_of(TEXTS, st.none())},
    optional={
        "kind": st.sampled_from(("lost", "found", "sold", None, 3)),
        "posted_at": MOMENTS,
        "group": st.one_of(st.none(), st.sampled_from(("Can Lộc", "18406", "", "x" * 300)), st.integers()),
    },
)


def run_command(command: str, rows: list[Any]) -> tuple[int, list[dict[str, Any]]]:
    lines = b"\n".join(json.dumps(row).encode() for row in rows)
    out = io.BytesIO()
    status = main([command], io.BytesIO(lines + b"\n"), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("command", ["understand", "match", "cluster"])
def test_every_row_is_answered_for_any_input(command: str) -> None:
    end = time.monotonic() + SECONDS / 3

    @given(st.lists(ROWS, min_size=1, max_size=6))
    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def rows_are_answered(rows: list[dict[str, Any]]) -> None:
        status, answers = run_command(command, rows)
        assert status == int(any("error" in answer for answer in answers))
        assert command == "match" or len(answers) == len(rows)
        for answer in answers:
            for entity in answer.get("entities", ()):
                assert entity["start"] < entity["end"]

    rows_are_answered()
    while time.monotonic() < end:
        rows_are_answered()


@pytest.mark.parametrize("piece", [p for p in PIECES if p], ids=repr)
def test_cost_is_linear_up_to_a_hundred_thousand_characters(piece: str) -> None:

    def answered(text: str) -> None:
        row = {"id": 1, "kind": "lost", "text": text, "posted_at": 1_795_140_000}
        for command in ("match", "cluster"):  # `cluster` reads as `understand` does, and compares
            status, answers = run_command(command, [row])
            assert status == 0 and len(answers) == 1

    assert_linear(answered, (piece * LONG)[:LONG])
