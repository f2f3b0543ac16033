"""Answers, states of a claim, the chain of custody and the periods of the Civil Code, without a database."""

import datetime as dt

import pytest

from binhyen.cases.choices import Outcome
from binhyen.found.rules import (
    MAX_TRIES,
    ClaimScore,
    ClaimState,
    CustodyStep,
    FoundGround,
    HiddenField,
    ItemKind,
    add_months,
    compute_entitlement,
    find_ending_problem,
    find_step_problem,
    get_base_salary,
    get_state_after_try,
    is_answer_right,
    parse_base_salaries,
    score_answers,
)
from binhyen.kit.hash_chain import compute_step_digest, find_broken_step

DAY = dt.date(2026, 2, 28)


@pytest.mark.parametrize(
    ("field", "expected", "answer", "is_right"),
    [
        (HiddenField.NUMBER, "3567 8O12 0456", "35678012O456", True),  # O for 0, blanks
        (HiddenField.NUMBER, "356780120456", "0456", True),
        (HiddenField.NUMBER, "356780120456", "56", False),  # too short to prove anything
        (HiddenField.NUMBER, "38K1-456.78", "38k1 45678", True),
        (HiddenField.AMOUNT, "1.250.000 đồng", "1250k", True),
        (HiddenField.AMOUNT, "1,5 triệu", "1.500.000", True),
        (HiddenField.AMOUNT, "1.250.000", "một ít tiền", False),
        (HiddenField.AMOUNT, "2 con", "2", True),
        (HiddenField.NAME, "Nguyễn Thị Đào", "nguyen thi dao", True),
        (HiddenField.NAME, "Nguyễn Thị Đào", "Nguyễn Văn Nam", False),
        (HiddenField.MARK, "móc khóa hình con gấu", "Có móc khóa con gấu", True),
        (
            HiddenField.MARK,
            "móc khóa hình con gấu",
            "xước màn hình, móc khóa, ốp đen, dán hoa, con mèo, con chó",
            False,
        ),
        (HiddenField.CONTENTS, "căn cước, thẻ ATM", "", False),
    ],
)
def test_an_answer_matches_what_the_owner_knows(field: HiddenField, expected: str, answer: str, is_right: bool) -> None:
    assert is_answer_right(field, expected, answer) is is_right


def test_a_claim_needs_two_right_answers_and_ends_after_three_tries() -> None:
    details = {"NAME": "Trần Văn Hòa", "AMOUNT": "500k", "MARK": "rách góc trái"}
    assert score_answers(details, {"NAME": "tran van hoa", "AMOUNT": "500.000"}).is_proved
    phone = {"NUMBER": "356780120456", "MARK": "ốp lưng hình mèo"}
    same_model = {"NUMBER": "356780129999", "MARK": "ốp lưng hình mèo"}
    assert not score_answers(phone, same_model).is_proved, "the owner of another phone of this model"
    assert not score_answers(details, {"NAME": "tran van hoa"}).is_proved
    weak, strong = ClaimScore(1, 3), ClaimScore(3, 3)
    assert get_state_after_try(weak, MAX_TRIES - 1, has_rival=False) is ClaimState.OPEN
    assert get_state_after_try(weak, MAX_TRIES, has_rival=False) is ClaimState.FAILED
    assert get_state_after_try(strong, 1, has_rival=False) is ClaimState.PROVED
    assert get_state_after_try(strong, 1, has_rival=True) is ClaimState.FROZEN


def test_custody_refuses_a_repeated_step_and_one_out_of_order() -> None:
    assert find_step_problem("", "RECEIVED", number=1, expected_number=1) == ""
    assert find_step_problem("RECEIVED", "MOVED", number=2, expected_number=1)  # sent twice
    assert find_step_problem("", "MOVED", number=1, expected_number=1)
    assert find_step_problem("HANDED_OVER", "MOVED", number=3, expected_number=3)


def test_a_changed_step_breaks_the_chain() -> None:
    first = compute_step_digest("", ["1", CustodyStep.RECEIVED])
    second = compute_step_digest(first, ["2", CustodyStep.MOVED])
    assert find_broken_step([(["1", "RECEIVED"], first), (["2", "MOVED"], second)]) is None
    assert find_broken_step([(["1", "RECEIVED"], first), (["2", "ENDED"], second)]) == 2
    assert compute_step_digest("", ["12", ""]) != compute_step_digest("", ["1", "2"])


@pytest.mark.parametrize(
    ("kind", "roams", "due"),
    [
        (ItemKind.BAG, False, dt.date(2027, 2, 28)),
        (ItemKind.CATTLE, False, dt.date(2026, 8, 28)),
        (ItemKind.CATTLE, True, dt.date(2027, 2, 28)),
        (ItemKind.POULTRY, False, dt.date(2026, 3, 28)),
    ],
)
def test_each_article_has_its_period(kind: ItemKind, roams: bool, due: dt.date) -> None:
    entitlement = compute_entitlement(kind, announced_on=DAY, value=None, is_free_roaming=roams)
    assert entitlement.due_on == due and not entitlement.is_due(due - dt.timedelta(days=1)) and entitlement.is_due(due)


def test_above_ten_base_salaries_the_finder_gets_half_of_the_excess() -> None:
    small = compute_entitlement(ItemKind.MONEY, announced_on=DAY, value=23_400_000)
    assert (small.finder_share, small.state_share) == (23_400_000, 0)
    large = compute_entitlement(ItemKind.MONEY, announced_on=DAY, value=43_400_000)
    assert (large.finder_share, large.state_share) == (33_400_000, 10_000_000)
    later = parse_base_salaries("2026-07-01=2530000 Nghị định 1/2026/NĐ-CP")
    assert compute_entitlement(ItemKind.MONEY, announced_on=DAY, value=1, salaries=later).salary.amount == 2_530_000
    assert get_base_salary(dt.date(2023, 6, 30)).amount == 1_490_000


def test_months_end_on_the_last_day_of_a_short_month() -> None:
    assert add_months(dt.date(2026, 1, 31), 1) == dt.date(2026, 2, 28)
    assert add_months(dt.date(2024, 2, 29), 12) == dt.date(2025, 2, 28)


@pytest.mark.parametrize("text", ["2026-07-01", "2026-07-01=x decree", "2026-13-01=1 decree", "2026-07-01=2530000"])
def test_a_wrong_base_salary_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_base_salaries(text)


def test_nothing_falls_to_the_finder_early_and_papers_never() -> None:
    law, due = compute_entitlement(ItemKind.PHONE, announced_on=DAY, value=1), dt.date(2027, 3, 1)

    def check(kind: ItemKind, outcome: Outcome, today: dt.date, *, wiped: bool = False) -> str:
        return find_ending_problem(kind, outcome, law, today=today, reason="Biên bản số 1", is_wiped=wiped)

    assert check(ItemKind.BAG, Outcome.TO_FINDER, DAY) and not check(ItemKind.BAG, Outcome.TO_FINDER, due)
    assert check(ItemKind.PAPERS, Outcome.TO_FINDER, due) and not check(ItemKind.PAPERS, Outcome.DESTROYED, due)
    assert check(ItemKind.PHONE, Outcome.TO_FINDER, due) and not check(
        ItemKind.PHONE, Outcome.TO_FINDER, due, wiped=True
    )
    assert check(ItemKind.BAG, Outcome.RETURNED, due)  # only by a signed receipt


def test_each_article_of_the_civil_code_has_its_period_and_share() -> None:
    announced = dt.date(2026, 3, 31)
    rich = 30_000_000
    expected = {
        (ItemKind.MONEY, FoundGround.DROPPED): ("230", dt.date(2027, 3, 31), 26_700_000, 3_300_000),
        (ItemKind.MONEY, FoundGround.BURIED): ("229", dt.date(2027, 3, 31), 26_700_000, 3_300_000),
        (ItemKind.MONEY, FoundGround.OWNERLESS): ("228", dt.date(2027, 3, 31), rich, 0),
        (ItemKind.JEWELLERY, FoundGround.HERITAGE): ("229", dt.date(2027, 3, 31), 0, rich),
        (ItemKind.CATTLE, FoundGround.DROPPED): ("231", dt.date(2026, 9, 30), rich, 0),
        (ItemKind.POULTRY, FoundGround.DROPPED): ("232", dt.date(2026, 4, 30), rich, 0),
        (ItemKind.AQUATIC, FoundGround.DROPPED): ("233", dt.date(2026, 4, 30), rich, 0),
    }
    for (kind, ground), (article, due_on, finder, state) in expected.items():
        law = compute_entitlement(kind, announced_on=announced, value=rich, ground=ground)
        assert (law.due_on, law.finder_share, law.state_share) == (due_on, finder, state), (kind, ground)
        assert article in law.article
