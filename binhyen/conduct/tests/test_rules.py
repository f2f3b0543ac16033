"""Routing is total, goes upwards, avoids conflicts and never goes below the table; allowed actions of handlers by
state."""

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binhyen.cases.choices import State
from binhyen.conduct import routing
from binhyen.conduct.routing import (
    MINISTRY,
    TABLE,
    Deed,
    Handler,
    Rank,
    Route,
    Subject,
    deeds,
    may_pass_on,
    rank_of,
    route,
)
from binhyen.conduct.subject_extraction import named
from binhyen.people.conflicts import (
    LADDER,
    OFFICES,
    Desk,
    Seat,
    Standing,
    barred,
    home,
    kept_from,
    office,
    oversees,
    sides,
)
from binhyen.people.roles import Role

_SIDES = st.sampled_from(
    [
        *(f"person:{n}" for n in range(6)),
        *(f"unit:{n}" for n in range(4)),
        *map(office, [*LADDER[:-1], "OPERATION", "CUSTODY"]),
    ]
)
_SUBJECTS = st.lists(st.builds(Subject, st.sampled_from(list(Rank)), st.frozensets(_SIDES, max_size=5)), max_size=4)
_DESKS = st.sampled_from(LADDER[:-1])


@st.composite
def handlers(draw: Any) -> list[Handler]:
    """Create handlers with the conflict keys of themselves and their office, as `sides` always yields."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        desk = draw(_DESKS)
        more = draw(st.frozensets(_SIDES, max_size=3))
        found.append(Handler(number, desk, more | {f"person:{number}", office(desk)}))
    return found


def holds(to: Route, about: list[Subject], able: list[Handler], at_least: Desk) -> None:
    """Check the invariants of every route."""
    assert to.recipients, "it has a recipient"
    assert LADDER.index(to.desk) >= LADDER.index(at_least)
    for subject in about or [Subject(Rank.UNKNOWN)]:
        assert LADDER.index(to.desk) >= LADDER.index(TABLE[subject.rank]), "never below the table"
        assert subject.sides <= to.kept_from
    by_name = {f"person:{h.officer_id}": h for h in able}
    for recipient in to.recipients:
        if recipient in by_name:
            assert not barred(to.kept_from, by_name[recipient].sides), "no conflicted person"
            assert by_name[recipient].desk is to.desk
        else:
            assert recipient == (MINISTRY if to.desk is Desk.OUTSIDE else office(to.desk))
    assert (MINISTRY in to.recipients) == (to.desk is Desk.OUTSIDE)
    assert all(office(desk) not in to.kept_from for desk in to.keys), "no accused officer has the key"
    assert all(LADDER.index(desk) >= LADDER.index(to.desk) for desk in to.keys)
    assert to.desk is Desk.OUTSIDE or to.desk in to.keys


@settings(max_examples=600, deadline=None)
@given(_SUBJECTS, handlers(), _DESKS)
def test_routing_is_total_upwards_and_free_of_conflicts(
    about: list[Subject], able: list[Handler], at_least: Desk
) -> None:
    holds(route(about, able, at_least=at_least), about, able, at_least)


@settings(max_examples=300, deadline=None)
@given(_SUBJECTS, _SUBJECTS, handlers())
def test_knowing_more_never_brings_it_down(about: list[Subject], more: list[Subject], able: list[Handler]) -> None:
    first = route(about, able)
    known = Subject(Rank.UNKNOWN, first.kept_from)
    then = route([*more, known], able, at_least=first.desk if first.desk is not Desk.OUTSIDE else Desk.INSPECTORATE)
    assert LADDER.index(then.desk) >= LADDER.index(first.desk)
    assert first.kept_from <= then.kept_from


@pytest.mark.parametrize("defect", ["veto", "table", "empty"])
def test_a_defect_of_the_routing_is_noticed(monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    if defect == "veto":
        monkeypatch.setattr(routing, "barred", lambda kept, mine: False)
    elif defect == "table":
        monkeypatch.setattr(routing, "higher", lambda one, other: one)
    else:
        monkeypatch.setattr(routing, "MINISTRY", "")
        monkeypatch.setattr(
            routing, "route", lambda about, able, at_least: Route(Desk.PROVINCE, frozenset(), frozenset(), ())
        )
    with pytest.raises(AssertionError):
        for ranks in product(Rank, Rank):
            about = [Subject(rank, frozenset({"unit:1", "person:3"})) for rank in ranks]
            able = [Handler(3, Desk.PROVINCE, frozenset({"person:3", office(Desk.PROVINCE)}))]
            holds(routing.route(about, able, at_least=Desk.PROVINCE), about, able, Desk.PROVINCE)


def test_every_row_of_the_table() -> None:
    """Table D.4 with every desk staffed: the recipient."""
    able = [Handler(n, desk, frozenset({f"person:{n}", office(desk)})) for n, desk in enumerate(LADDER[:-1])]
    found = {rank: route([Subject(rank)], able).desk for rank in Rank}
    assert found == {
        Rank.UNKNOWN: Desk.PROVINCE, Rank.TEAM: Desk.PROVINCE, Rank.OFFICER: Desk.PROVINCE,
        Rank.CHIEF: Desk.DIRECTOR, Rank.UNIT: Desk.DIRECTOR, Rank.STAFF: Desk.DIRECTOR, Rank.INSPECTOR: Desk.DIRECTOR,
        Rank.OPERATOR: Desk.INSPECTORATE, Rank.DIRECTOR: Desk.INSPECTORATE,
    }  # fmt: skip
    assert route([], able).desk is Desk.PROVINCE
    assert route([Subject(Rank.DIRECTOR), Subject(Rank.INSPECTOR)], able).desk is Desk.OUTSIDE


def test_where_everybody_is_in_conflict_nobody_here_may() -> None:
    """An unstaffed desk waits for its staff; a desk whose officers are all excluded is passed over."""
    about = [Subject(Rank.CHIEF, frozenset({"person:9"}))]
    barred_ones = [Handler(n, desk, frozenset({"person:9", office(desk)})) for n, desk in enumerate(LADDER[1:-1])]
    assert route(about, barred_ones).recipients == {MINISTRY}
    assert route(about, barred_ones[:1]).recipients == {office(Desk.INSPECTORATE)}
    assert route(about, []).recipients == {office(Desk.DIRECTOR)}
    free = Handler(7, Desk.INSPECTORATE, frozenset({office(Desk.INSPECTORATE)}))
    assert route(about, [*barred_ones, free]).recipients == {"person:7"}


def test_of_several_the_highest_counts() -> None:
    for one, other in combinations(Rank, 2):
        both = route([Subject(one), Subject(other)], [])
        for alone in (one, other):
            assert LADDER.index(both.desk) >= LADDER.index(route([Subject(alone)], []).desk)


def test_an_unknown_role_counts_as_the_highest() -> None:
    assert rank_of("KING") is Rank.DIRECTOR
    assert {rank_of(role) for role in Role} >= {Rank.TEAM, Rank.CHIEF, Rank.INSPECTOR, Rank.OPERATOR}


@pytest.mark.parametrize("role", list(Role))
def test_who_is_complained_about_their_relatives_and_colleagues_share_a_side(role: Role) -> None:
    subject = Standing(1, (Seat(role, 5, (4,)),))
    kept = kept_from(subject)
    assert barred(kept, sides(subject))
    assert barred(kept, sides(Standing(2, (Seat(Role.INSPECTOR, 9),), ties=frozenset({1})))), "a declared relative"
    assert barred(kept, sides(Standing(2, (Seat(Role.DIRECTOR, 9),), beside=frozenset({1})))), "a present colleague"
    assert barred(kept, sides(Standing(2, (Seat(role, 5, (4,)),)))), "an officer of the same office"
    assert barred(kept, sides(Standing(2, (Seat(Role.PROVINCE_DUTY, 9), Seat(role, 5, (4,)))))), (
        "a recent predecessor in the office"
    )
    stranger = Role.OFFICER if role in OFFICES else Role.PROVINCE_DUTY
    assert not barred(kept, sides(Standing(2, (Seat(stranger, 8),))))


def test_a_village_team_stands_with_its_commune() -> None:
    team = Seat(Role.VILLAGE_TEAM, 7, (5,))
    assert home(team) == {"unit:7", "unit:5"}
    assert barred(kept_from(Standing(1, (Seat(Role.CHIEF, 5),))), sides(Standing(2, (team,))))


def test_who_oversees_whom() -> None:
    assert oversees(Role.INSPECTOR) == LADDER[:-1]
    assert oversees(Role.PROVINCE_STAFF) == (Desk.PROVINCE,)
    assert oversees(Role.CHIEF) == oversees(Role.OPERATOR) == oversees("") == ()


@pytest.mark.parametrize("state", list(State))
def test_deeds_at_the_own_desk_below_and_above(state: State) -> None:
    assert Deed.TAKE_OVER not in deeds(state, own=Desk.DIRECTOR, at=Desk.DIRECTOR)
    assert deeds(state, own=Desk.DIRECTOR, at=Desk.PROVINCE) <= {Deed.TAKE_OVER}
    assert deeds(state, own=Desk.PROVINCE, at=Desk.DIRECTOR) == frozenset()


def test_nothing_passes_on_over_a_desk_that_is_concerned() -> None:
    assert may_pass_on({"unit:4"}) and not may_pass_on({office(Desk.PROVINCE)})


@pytest.mark.parametrize(
    ("words", "rank"),
    [
        ("truong cong an xa loc ha nhan tien", Rank.CHIEF),
        ("pho truong cong an phuong quat dan", Rank.CHIEF),
        ("sep ca xa ay", Rank.CHIEF),
        ("anh cong an xa loc ha hach dich", Rank.OFFICER),
        ("giam doc cong an tinh bao che", Rank.DIRECTOR),
        ("pho giam doc cong an tinh", Rank.DIRECTOR),
        ("may ong to bao ve an ninh thon danh nguoi", Rank.TEAM),
        ("ca don vi cong an xa lam ngo", Rank.UNIT),
        ("phong canh sat giao thong vi pham", Rank.STAFF),
        ("thanh tra cong an nhan tien", Rank.INSPECTOR),
        ("nguoi van hanh xoa tin cua toi", Rank.OPERATOR),
        ("pho cax o day an tien", Rank.CHIEF),
        ("xep cua may anh cong an o xa voi tien", Rank.CHIEF),
        ("nguoi dung dau cong an xa bat toi rut don", Rank.CHIEF),
        ("cong an xa loc ha ai cung lay tien", Rank.UNIT),
        ("can bo cat goi y chi tien", Rank.STAFF),
        ("goi cho 113 thi nguoi truc chui", Rank.STAFF),
        ("csgt chan xe doi tien", Rank.STAFF),
        ("canh sat hinh su ve ep cung", Rank.STAFF),
        ("dai ta dung dau cong an tinh nhan nha", Rank.DIRECTOR),
        ("sep lon nhat cong an ha tinh bao ke", Rank.DIRECTOR),
        ("pho giam doc phu trach canh sat", Rank.DIRECTOR),
        ("thanh tra ve cam phong bi", Rank.INSPECTOR),
        ("admin trang nay doc tin cua toi", Rank.OPERATOR),
        ("ky thuat vien quan ly phan mem ban so", Rank.OPERATOR),
    ],
)
def test_ranks_that_words_name(words: str, rank: Rank) -> None:
    assert rank in named(words, {}).ranks


@pytest.mark.parametrize(
    "words",
    [
        "cong an xa danh em, kinh mong lanh dao cong an tinh xem xet",
        "de nghi ban giam doc cong an tinh lam ro anh can bo nay",
        "xin gui den giam doc cong an tinh, can bo xa nhan tien",
    ],
)
def test_who_is_asked_to_look_into_it_is_not_whom_it_is_about(words: str) -> None:
    """Otherwise nothing about the province's leaders would be stored unless the person insists."""
    assert Rank.DIRECTOR not in named(words, {}).ranks
    assert Rank.DIRECTOR in named(f"{words}. giam doc cong an tinh cung nhan", {}).ranks, "control"


def test_whom_the_letter_is_written_to_is_not_accused() -> None:
    names = {1: "vo trong hai", 2: "tran van binh"}
    assert named("kinh gui dong chi vo trong hai, toi to cao anh tran van binh cong an xa", names).officer_ids == {2}
    assert named("kinh gui vo trong hai. chinh vo trong hai bao che", names).officer_ids == {1}, "named in addition"


def test_sand_is_no_police_of_the_province() -> None:
    assert named("cong an xa nhan tien cua bai cat, bao ke cat tac", {}).ranks == {Rank.OFFICER}


def test_officers_are_found_by_their_whole_name() -> None:
    names = {1: "tran van binh", 2: "nguyen thi hanh", 3: "binh"}
    assert named("anh tran van binh o xa, va chi nguyen thi hanhh", names).officer_ids == {1}
