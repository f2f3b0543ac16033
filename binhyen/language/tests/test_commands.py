"""understand, match and cluster: JSON lines in and out, errors per row, exit status at the end."""

import io
import json
import subprocess
import sys
import unicodedata
from typing import Any

import pytest

from binhyen.language.commands import main


def run_command(command: str, *rows: Any) -> tuple[int, list[dict[str, Any]]]:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    out = io.BytesIO()
    status = main([command], io.BytesIO(b"\n".join(lines) + b"\n"), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def test_understand_answers_each_row_with_every_field() -> None:
    text = unicodedata.normalize("NFD", "đánh nhau ở Ích Hậu, gọi 0912 345 678")
    status, (answer,) = run_command("understand", {"id": "a", "text": text})
    assert status == 0
    assert set(answer) == {"id", "category", "confidence", "top", "urgency", "sensitive", "entities", "reasons"}
    assert answer["top"][0][0] == answer["category"] == "violence"
    place, phone = answer["entities"]
    assert unicodedata.normalize("NFC", place["text"]) == "Ích Hậu"
    assert text[place["start"] : place["end"]] == place["text"]
    assert phone["norm"] == "0912345678"


def test_bad_rows_get_an_error_in_place_and_a_nonzero_status() -> None:
    status, answers = run_command(
        "understand",
        {"id": 1, "text": "xin chào"},
        b"{not json",
        b"\xff\xfe",
        [1],
        {"text": "x"},
        {"id": 2},
        {"id": 3, "text": 5},
        {"id": 4, "text": ""},
        b"[" * 100_000,
    )
    assert status == 1
    assert [a["id"] for a in answers] == [1, None, None, None, None, 2, 3, 4, None]
    assert ["error" in a for a in answers] == [False, True, True, True, True, True, True, False, True]


@pytest.mark.parametrize(
    "text",
    ["", "🔥", "\ud83d", "x" * 100_000, "<p>Xin&nbsp;chào</p>", "\x00\x07", "https://vnexpress.net", "hello world"],
)
def test_odd_texts_are_answered(text: str) -> None:
    status, (answer,) = run_command("understand", {"id": 1, "text": text})
    assert status == 0
    assert answer["category"]


def test_match_answers_each_lost_post() -> None:
    posts = [
        {
            "id": "l1",
            "kind": "lost",
            "text": "rơi ví nâu ở chợ Nghèn",
            "posted_at": "2026-11-20T08:00:00",
            "group": "Can Lộc",
        },
        {
            "id": "f1",
            "kind": "found",
            "text": "nhặt được ví nâu ở Nghèn",
            "posted_at": "2026-11-20T09:00:00+07:00",
            "group": "Can Lộc",
        },
        {"id": "f2", "kind": "found", "text": "bắt được con bò", "posted_at": "2026-11-20T02:00:00Z", "group": None},
        {"id": "l2", "kind": "lost", "text": "lạc con bò vàng", "posted_at": 1795140000, "group": "Hương Khê"},
    ]
    status, answers = run_command("match", *posts)
    assert status == 0
    assert [a["id"] for a in answers] == ["l1", "l2"]
    assert answers[0]["ranked"][0] == "f1" and answers[1]["ranked"][0] == "f2"
    assert answers[0]["scores"] == sorted(answers[0]["scores"], reverse=True)
    assert len(answers[0]["reasons"]) == len(answers[0]["ranked"])


def test_match_reports_bad_posts() -> None:
    good = {"id": 1, "kind": "lost", "text": "mất ví", "posted_at": "2026-11-20T08:00:00"}
    status, answers = run_command(
        "match", good, good, {**good, "id": 2, "kind": "sold"}, {**good, "id": 3, "posted_at": "hôm qua"}
    )
    assert status == 1
    assert [a["id"] for a in answers] == [1, 1, 2, 3]
    assert ["error" in a for a in answers] == [False, True, True, True]


def test_cluster_answers_in_order_with_null_for_a_lone_report() -> None:
    def row(number: int, minute: int, text: str) -> dict[str, Any]:
        return {"id": number, "text": text, "posted_at": f"2026-11-20T20:{minute:02d}:00+07:00", "group": "Can Lộc"}

    status, answers = run_command(
        "cluster",
        row(1, 0, "đánh nhau ở chợ Nghèn"),
        row(2, 5, "o cho nghen co danh nhau to"),
        {"id": 9, "text": "x"},
        row(3, 9, "cho hỏi làm căn cước mất mấy ngày"),
    )
    assert status == 1
    assert answers[0]["cluster"] == answers[1]["cluster"] is not None
    assert "error" in answers[2]
    assert answers[3] == {"id": 3, "cluster": None}


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["shout"])


def test_a_row_is_answered_while_the_input_is_still_open() -> None:
    code = "import sys; from binhyen.language.commands import main; sys.exit(main(['understand']))"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin and child.stdout
        child.stdin.write(b'{"id":1,"text":"xin chao"}\n')
        child.stdin.flush()
        assert json.loads(child.stdout.readline())["id"] == 1
        child.stdin.close()
        assert child.wait(10) == 0


def test_a_closed_output_pipe_ends_it_quietly() -> None:
    """`binhyen understand … | head -1`"""
    code = "import sys; from binhyen.cli import main; sys.exit(main(['understand']))"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as child:  # type: ignore[call-overload]
        child.stdin.write(b'{"id":1,"text":"xin chao"}\n')
        child.stdin.flush()
        child.stdout.readline()
        child.stdout.close()
        child.stdin.write(b'{"id":2,"text":"xin chao"}\n')
        child.stdin.close()
        assert (child.wait(20), child.stderr.read()) == (0, b"")
