"""Rules of units, pledges, verification and double aid."""

import datetime as dt

from binhyen.aid.rules import (
    DOUBLE_AID_DAYS,
    MAX_UNITS,
    Balance,
    HouseholdAid,
    PledgeFacts,
    PledgeStatus,
    compute_balance,
    find_closing_problem,
    find_delivery_problem,
    find_pledge_problem,
    find_verification_problem,
    get_pledge_status,
    is_double_aid,
    make_household_key,
    make_place_key,
    parse_units,
)

NOW = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
LATER, EARLIER = NOW + dt.timedelta(hours=1), NOW - dt.timedelta(seconds=1)
TODAY = NOW.date()


def test_units_are_whole_numbers_from_one() -> None:
    accepted = {"1": 1, " 20 ": 20, "1.000": 1000, "10000": MAX_UNITS}
    assert {text: parse_units(text) for text in accepted} == accepted
    for text in ("", "0", "-3", "1,5", "1.5", "2e3", "10001", "999999999999", "ba", "٣", "1 000", "--1", "+2", "1\n2"):
        assert parse_units(text) is None, text


def test_only_running_reservations_hold_units() -> None:
    pledges = [
        PledgeFacts(5, 2, "RESERVED", LATER),  # three more to come
        PledgeFacts(4, 0, "RESERVED", EARLIER),  # expired
        PledgeFacts(4, 0, "RESERVED", NOW),  # expires at this moment
        PledgeFacts(3, 0, "CANCELLED", LATER),
        PledgeFacts(2, 2, "DELIVERED", LATER),
    ]
    balance = compute_balance(20, 4, pledges, NOW)
    assert (balance.reserved, balance.units_left) == (3, 13)
    assert [get_pledge_status(pledge, NOW) for pledge in pledges] == [
        PledgeStatus.RESERVED,
        PledgeStatus.EXPIRED,
        PledgeStatus.EXPIRED,
        PledgeStatus.CANCELLED,
        PledgeStatus.DELIVERED,
    ]
    assert Balance(5, 5, 3).units_left == 0


def test_a_pledge_fits_what_is_left() -> None:
    balance = Balance(10, 4, 3)
    assert not find_pledge_problem(3, balance)
    assert "{left}" in find_pledge_problem(4, balance)
    assert "đã có người hứa giúp đủ" in find_pledge_problem(1, Balance(10, 4, 6))
    assert find_pledge_problem(None, balance)


def test_a_delivery_needs_receiver_minutes_and_units_that_are_still_needed() -> None:
    balance, proof = Balance(10, 4, 3), {"receiver": "Trần Thị Mận", "minutes": "BB 1"}
    assert not find_delivery_problem(3, balance, reserved=0, **proof)
    assert find_delivery_problem(4, balance, reserved=0, **proof)
    assert not find_delivery_problem(6, balance, reserved=3, **proof)
    assert find_delivery_problem(1, balance, reserved=0, receiver=" ", minutes="BB 1")
    assert find_delivery_problem(1, balance, reserved=0, receiver="Trần Thị Mận", minutes="")
    assert find_delivery_problem(None, balance, reserved=0, **proof)


def test_a_second_person_verifies_what_the_village_team_entered() -> None:
    note = "Đến nhà sáng nay"
    assert find_verification_problem(was_entered_by_team=True, is_enterer=True, check_note=note)
    assert not find_verification_problem(was_entered_by_team=True, is_enterer=False, check_note=note)
    assert not find_verification_problem(was_entered_by_team=False, is_enterer=True, check_note=note)
    assert find_verification_problem(was_entered_by_team=False, is_enterer=False, check_note="ok")


def test_keys_of_households_ignore_titles_accents_and_kinds_of_place() -> None:
    assert make_household_key("Bà  Trần Thị Mận") == make_household_key("tran thi man") == "tran thi man"
    assert make_household_key("Hộ ông Lê Văn Tám") == "le van tam"
    assert make_household_key("Hồ Thị Lan") == "ho thi lan" and make_household_key("Chu Văn An") == "chu van an"
    assert make_household_key("Cô Ba") == "co ba", "two words are a name"
    assert make_place_key("Thôn Yên Bình") == make_place_key("yen binh") == "yen binh"
    assert make_household_key("Trần Thị Mận") != make_household_key("Trần Thị Mai")


def test_double_aid_is_the_same_household_open_or_helped_in_the_period() -> None:
    household = HouseholdAid("tran thi man", "yen binh", is_open=True, helped_on=None)
    last_day = TODAY - dt.timedelta(days=DOUBLE_AID_DAYS)
    cases = [
        (HouseholdAid("tran thi man", "yen binh", is_open=True, helped_on=None), True),
        (HouseholdAid("tran thi man", "", is_open=True, helped_on=None), True),
        (HouseholdAid("tran thi man", "phu mau", is_open=True, helped_on=None), False),
        (HouseholdAid("tran thi mai", "yen binh", is_open=True, helped_on=None), False),
        (HouseholdAid("tran thi man", "yen binh", is_open=False, helped_on=last_day), True),
        (HouseholdAid("tran thi man", "yen binh", is_open=False, helped_on=last_day - dt.timedelta(days=1)), False),
        (HouseholdAid("tran thi man", "yen binh", is_open=False, helped_on=None), False),
    ]
    assert [is_double_aid(household, other, TODAY) for other, _expected in cases] == [
        expected for _other, expected in cases
    ]


def test_a_need_is_closed_after_a_delivery_and_a_rest_is_accepted_by_hand() -> None:
    assert find_closing_problem(Balance(5, 0, 5), accepts_rest=True)
    assert "{rest}" in find_closing_problem(Balance(5, 3, 0), accepts_rest=False)
    assert not find_closing_problem(Balance(5, 3, 0), accepts_rest=True)
    assert not find_closing_problem(Balance(5, 5, 0), accepts_rest=False)
