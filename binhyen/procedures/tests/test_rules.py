"""Rules of procedures: content, validity, variants, the shipped library, the matcher, answer texts."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from binhyen.language.tokenizer import read_table
from binhyen.procedures.rules import states
from binhyen.procedures.rules.matching import (
    MAX_ANSWER_LENGTH,
    MAX_QUESTION_CHARS,
    QuestionIndex,
    choose_reply,
    choose_variant,
    format_procedure_answer,
    list_tokens,
    load_other_topics,
)
from binhyen.procedures.rules.states import ProcedureState, Variant, find_content_problem, load_library, split_lines
from binhyen.procedures.tests.scene import CONTENT

DAY = dt.date(2026, 11, 30)
QUESTIONS = Path(__file__).parent / "questions.tsv"


def build_index() -> QuestionIndex:
    _, library = load_library()
    examples = {key: (*split_lines(content.questions), content.title) for key, content in library.items()}
    return QuestionIndex(examples, load_other_topics())


BAD_CHANGES: tuple[dict[str, Any], ...] = (
    {"topic": "NONE"},
    {"title": "Ngắn"},
    {"questions": "một câu"},
    {"steps": ""},
    {"steps": "x" * 2001},
    {"fee": "x" * 301},
    {"source": ""},
    {"source_on": None},
    {"source_url": "http://vbpl.vn"},
    {"source_url": "https://ten@vbpl.vn"},
    {"source_url": "https://[vbpl"},
    {"valid_from": None},
    {"valid_from": DAY, "valid_to": DAY},
    {"valid_from": DAY, "valid_to": DAY - dt.timedelta(days=1)},
    {"variants": ()},
    {"ask": ""},
    {"variants": (Variant("Khác", (), "x"),)},
)


def test_a_bad_procedure_is_refused_with_a_reason() -> None:
    assert find_content_problem(CONTENT) == ""
    for changes in BAD_CHANGES:
        assert find_content_problem(replace(CONTENT, **changes)) != "", changes


def test_the_table_of_states_needs_two_steps_and_ends_for_good() -> None:
    assert states.find_next_procedure_state("DRAFT", states.ProcedureAction.APPROVE) is None
    assert not [key for key in states.TRANSITIONS if key[0] in states.ENDED_STATES]
    assert {state for _, state in states.TRANSITIONS.items()} <= set(ProcedureState)


def test_validity_has_an_end_and_both_days_count() -> None:
    start = dt.date(2026, 1, 1)
    assert states.choose_end(None, start, DAY) == DAY + states.DEFAULT_VALIDITY
    assert states.choose_end(dt.date(2099, 1, 1), start, DAY) == DAY + states.MAX_VALIDITY
    assert states.is_valid_on(DAY, DAY, DAY) and not states.is_valid_on(DAY, start, DAY - dt.timedelta(days=1))
    assert not states.is_valid_on(DAY, DAY + dt.timedelta(days=1), None)


def test_variants_are_typed_in_lines_and_chosen_by_words() -> None:
    text = states.format_variants(CONTENT.variants)
    assert states.parse_variants(text) == CONTENT.variants
    with pytest.raises(ValueError, match="unpack"):
        states.parse_variants("thiếu một phần | x")
    assert choose_variant(CONTENT.variants, "lo TRONG VUON nha em") == CONTENT.variants[0]
    assert choose_variant(CONTENT.variants, "trong vườn hay ven đường") is None
    answer = format_procedure_answer(CONTENT, CONTENT.variants[0], "https://x")
    assert "chủ vườn ký" in answer and "hỏi thêm Ủy ban" not in answer
    assert "hỏi thêm Ủy ban" in format_procedure_answer(CONTENT, None, "https://x")
    assert [choose_reply(CONTENT.variants, reply) for reply in ("ven đường", "ở trong vườn ạ", "không rõ")] == [
        CONTENT.variants[1],
        CONTENT.variants[0],
        None,
    ]


def test_the_shipped_library_is_complete_and_fits_a_message() -> None:
    revision, library = load_library()
    assert revision >= 1 and len(library) >= 40
    for key, content in library.items():
        assert find_content_problem(content) == "", key
        answer = format_procedure_answer(content, None, f"https://binhyen.hatinh.example/thu-tuc/{key}")
        assert len(answer) <= MAX_ANSWER_LENGTH and content.place in answer, f"{key}: {len(answer)}"


SPELLINGS: tuple[tuple[str, set[str]], ...] = (
    ("làm cccd", {"cancuoc"}),
    ("lam can cuoc cong dan", {"cancuoc"}),
    ("cawn cuowcs", {"cancuoc"}),
    ("cancuoc", {"cancuoc"}),
    ("can cuocc", {"cancuoc"}),
    ("dang ky tamtru", {"dangky", "tamtru"}),
    ("dag ki tam trú", {"dangky", "tamtru"}),
    ("?!", set()),
    ("cho em hoi thu tuc a", set()),
)


def test_spellings_give_the_same_tokens() -> None:
    for question, tokens in SPELLINGS:
        assert set(list_tokens(question)) == tokens, question


def test_any_text_is_read_in_bounded_time() -> None:
    index = build_index()
    for text in ("", " ", "😀" * 500, "tạm trú " * 5000, "a" * 10_000, "\u0301" * 3000, "ắ" * 10_000):
        match = index.match(text)
        assert not match.key or len(text) <= MAX_QUESTION_CHARS


def test_each_example_finds_its_own_procedure() -> None:
    index = build_index()
    _, library = load_library()
    questions = [(key, line) for key, content in library.items() for line in split_lines(content.questions)]
    wrong = [line for key, line in questions if index.match(line).key not in ("", key)]
    assert wrong == []
    others = [line for lines in load_other_topics().values() for line in lines]
    assert [line for line in others if index.match(line).key] == []


def test_unseen_questions_reach_the_promised_figures() -> None:
    rows = list(read_table(QUESTIONS))
    index = build_index()
    matches = [(row["key"], index.match(row["question"])) for row in rows]
    assert len(rows) >= 300
    inside = [(key, match) for key, match in matches if key != "-"]
    top = sum(match.ranked[:1] == (key,) for key, match in inside) / len(inside)
    answered = sum(bool(match.key) for _, match in inside) / len(inside)
    wrong = sum(bool(match.key) and match.key != key for key, match in matches) / len(matches)
    assert top >= 0.85 and answered >= 0.7 and wrong <= 0.02, (top, answered, wrong)
