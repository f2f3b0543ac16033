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
    LOWEST_DESK,
    MINISTRY,
    ComplaintAction,
    Handler,
    Route,
    Subject,
    SubjectRank,
    can_pass_on,
    get_rank,
    list_complaint_actions,
    route_complaint,
)
from binhyen.conduct.subject_extraction import extract_subjects
from binhyen.people.conflicts import (
    ESCALATION_ORDER,
    OFFICES,
    ConflictFacts,
    Desk,
    OfficerPost,
    format_office_key,
    get_conflict_keys,
    get_excluded_keys,
    get_post_keys,
    is_excluded,
    list_overseen_queues,
)
from binhyen.people.roles import Role

_SIDES = st.sampled_from(
    [
        *(f"person:{n}" for n in range(6)),
        *(f"unit:{n}" for n in range(4)),
        *map(format_office_key, [*ESCALATION_ORDER[:-1], "OPERATION", "CUSTODY"]),
    ]
)
_SUBJECTS = st.lists(
    st.builds(Subject, st.sampled_from(list(SubjectRank)), st.frozensets(_SIDES, max_size=5)), max_size=4
)
_DESKS = st.sampled_from(ESCALATION_ORDER[:-1])


@st.composite
def draw_handlers(draw: Any) -> list[Handler]:
    """Create handlers with the conflict keys of themselves and their office, as `sides` always yields."""
    results = []
    for number in range(draw(st.integers(0, 6))):
        desk = draw(_DESKS)
        more = draw(st.frozensets(_SIDES, max_size=3))
        results.append(Handler(number, desk, more | {f"person:{number}", format_office_key(desk)}))
    return results


def check_route(to: Route, about: list[Subject], able: list[Handler], at_least: Desk) -> None:
    """Check the invariants of every route."""
    assert to.recipients, "it has a recipient"
    assert ESCALATION_ORDER.index(to.desk) >= ESCALATION_ORDER.index(at_least)
    for subject in about or [Subject(SubjectRank.UNKNOWN)]:
        assert ESCALATION_ORDER.index(to.desk) >= ESCALATION_ORDER.index(LOWEST_DESK[subject.rank]), (
            "never below the table"
        )
        assert subject.conflict_keys <= to.conflict_keys
    by_name = {f"person:{h.officer_id}": h for h in able}
    for recipient in to.recipients:
        if recipient in by_name:
            assert not is_excluded(to.conflict_keys, by_name[recipient].conflict_keys), "no conflicted person"
            assert by_name[recipient].desk is to.desk
        else:
            assert recipient == (MINISTRY if to.desk is Desk.OUTSIDE else format_office_key(to.desk))
    assert (MINISTRY in to.recipients) == (to.desk is Desk.OUTSIDE)
    assert all(format_office_key(desk) not in to.conflict_keys for desk in to.keys), "no accused officer has the key"
    assert all(ESCALATION_ORDER.index(desk) >= ESCALATION_ORDER.index(to.desk) for desk in to.keys)
    assert to.desk is Desk.OUTSIDE or to.desk in to.keys


@settings(max_examples=600, deadline=None)
@given(_SUBJECTS, draw_handlers(), _DESKS)
def test_routing_is_total_upwards_and_free_of_conflicts(
    about: list[Subject], able: list[Handler], at_least: Desk
) -> None:
    check_route(route_complaint(about, able, at_least=at_least), about, able, at_least)


@settings(max_examples=300, deadline=None)
@given(_SUBJECTS, _SUBJECTS, draw_handlers())
def test_knowing_more_never_brings_it_down(about: list[Subject], more: list[Subject], able: list[Handler]) -> None:
    first = route_complaint(about, able)
    named_subject = Subject(SubjectRank.UNKNOWN, first.conflict_keys)
    then = route_complaint(
        [*more, named_subject], able, at_least=first.desk if first.desk is not Desk.OUTSIDE else Desk.INSPECTORATE
    )
    assert ESCALATION_ORDER.index(then.desk) >= ESCALATION_ORDER.index(first.desk)
    assert first.conflict_keys <= then.conflict_keys


@pytest.mark.parametrize("defect", ["veto", "table", "empty"])
def test_a_defect_of_the_routing_is_noticed(monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    if defect == "veto":
        monkeypatch.setattr(routing, "is_excluded", lambda excluded_keys, own_keys: False)
    elif defect == "table":
        monkeypatch.setattr(routing, "get_higher_queue", lambda left, other: left)
    else:
        monkeypatch.setattr(routing, "MINISTRY", "")
        monkeypatch.setattr(
            routing, "route_complaint", lambda about, able, at_least: Route(Desk.PROVINCE, frozenset(), frozenset(), ())
        )
    with pytest.raises(AssertionError):
        for ranks in product(SubjectRank, SubjectRank):
            about = [Subject(rank, frozenset({"unit:1", "person:3"})) for rank in ranks]
            able = [Handler(3, Desk.PROVINCE, frozenset({"person:3", format_office_key(Desk.PROVINCE)}))]
            check_route(routing.route_complaint(about, able, at_least=Desk.PROVINCE), about, able, Desk.PROVINCE)


def test_every_row_of_the_table() -> None:
    """The routing table with every desk staffed: the recipient."""
    able = [
        Handler(n, desk, frozenset({f"person:{n}", format_office_key(desk)}))
        for n, desk in enumerate(ESCALATION_ORDER[:-1])
    ]
    desk_by_rank = {rank: route_complaint([Subject(rank)], able).desk for rank in SubjectRank}
    assert desk_by_rank == {
        SubjectRank.UNKNOWN: Desk.PROVINCE,
        SubjectRank.TEAM: Desk.PROVINCE,
        SubjectRank.OFFICER: Desk.PROVINCE,
        SubjectRank.CHIEF: Desk.DIRECTOR,
        SubjectRank.UNIT: Desk.DIRECTOR,
        SubjectRank.STAFF: Desk.DIRECTOR,
        SubjectRank.INSPECTOR: Desk.DIRECTOR,
        SubjectRank.OPERATOR: Desk.INSPECTORATE,
        SubjectRank.DIRECTOR: Desk.INSPECTORATE,
    }
    assert route_complaint([], able).desk is Desk.PROVINCE
    assert route_complaint([Subject(SubjectRank.DIRECTOR), Subject(SubjectRank.INSPECTOR)], able).desk is Desk.OUTSIDE


def test_where_all_are_in_conflict_no_local_officer_may() -> None:
    """An unstaffed desk waits for its staff; a desk whose officers are all excluded is passed over."""
    about = [Subject(SubjectRank.CHIEF, frozenset({"person:9"}))]
    barred_ones = [
        Handler(n, desk, frozenset({"person:9", format_office_key(desk)}))
        for n, desk in enumerate(ESCALATION_ORDER[1:-1])
    ]
    assert route_complaint(about, barred_ones).recipients == {MINISTRY}
    assert route_complaint(about, barred_ones[:1]).recipients == {format_office_key(Desk.INSPECTORATE)}
    assert route_complaint(about, []).recipients == {format_office_key(Desk.DIRECTOR)}
    free = Handler(7, Desk.INSPECTORATE, frozenset({format_office_key(Desk.INSPECTORATE)}))
    assert route_complaint(about, [*barred_ones, free]).recipients == {"person:7"}


def test_of_several_the_highest_counts() -> None:
    for left, right in combinations(SubjectRank, 2):
        both = route_complaint([Subject(left), Subject(right)], [])
        for alone in (left, right):
            assert ESCALATION_ORDER.index(both.desk) >= ESCALATION_ORDER.index(
                route_complaint([Subject(alone)], []).desk
            )


def test_an_unknown_role_counts_as_the_highest() -> None:
    assert get_rank("KING") is SubjectRank.DIRECTOR
    assert {get_rank(role) for role in Role} >= {
        SubjectRank.TEAM,
        SubjectRank.CHIEF,
        SubjectRank.INSPECTOR,
        SubjectRank.OPERATOR,
    }


@pytest.mark.parametrize("role", list(Role))
def test_relatives_and_colleagues_share_a_conflict_key(role: Role) -> None:
    subject = ConflictFacts(1, (OfficerPost(role, 5, (4,)),))
    conflict_set = get_excluded_keys(subject)
    assert is_excluded(conflict_set, get_conflict_keys(subject))
    assert is_excluded(
        conflict_set, get_conflict_keys(ConflictFacts(2, (OfficerPost(Role.INSPECTOR, 9),), relatives=frozenset({1})))
    ), "a declared relative"
    assert is_excluded(
        conflict_set, get_conflict_keys(ConflictFacts(2, (OfficerPost(Role.DIRECTOR, 9),), colleagues=frozenset({1})))
    ), "a present colleague"
    assert is_excluded(conflict_set, get_conflict_keys(ConflictFacts(2, (OfficerPost(role, 5, (4,)),)))), (
        "an officer of the same office"
    )
    assert is_excluded(
        conflict_set,
        get_conflict_keys(ConflictFacts(2, (OfficerPost(Role.PROVINCE_DUTY, 9), OfficerPost(role, 5, (4,))))),
    ), "a recent predecessor in the office"
    stranger = Role.OFFICER if role in OFFICES else Role.PROVINCE_DUTY
    assert not is_excluded(conflict_set, get_conflict_keys(ConflictFacts(2, (OfficerPost(stranger, 8),))))


def test_a_village_team_shares_its_communes_side() -> None:
    team = OfficerPost(Role.VILLAGE_TEAM, 7, (5,))
    assert get_post_keys(team) == {"unit:7", "unit:5"}
    assert is_excluded(
        get_excluded_keys(ConflictFacts(1, (OfficerPost(Role.CHIEF, 5),))), get_conflict_keys(ConflictFacts(2, (team,)))
    )


def test_oversight_by_role() -> None:
    assert list_overseen_queues(Role.INSPECTOR) == ESCALATION_ORDER[:-1]
    assert list_overseen_queues(Role.PROVINCE_STAFF) == (Desk.PROVINCE,)
    assert list_overseen_queues(Role.CHIEF) == list_overseen_queues(Role.OPERATOR) == list_overseen_queues("") == ()


@pytest.mark.parametrize("state", list(State))
def test_actions_at_the_own_desk_below_and_above(state: State) -> None:
    assert ComplaintAction.TAKE_OVER not in list_complaint_actions(
        state, own_desk=Desk.DIRECTOR, current_desk=Desk.DIRECTOR
    )
    assert list_complaint_actions(state, own_desk=Desk.DIRECTOR, current_desk=Desk.PROVINCE) <= {
        ComplaintAction.TAKE_OVER
    }
    assert list_complaint_actions(state, own_desk=Desk.PROVINCE, current_desk=Desk.DIRECTOR) == frozenset()


def test_nothing_passes_on_over_a_desk_that_is_concerned() -> None:
    assert can_pass_on({"unit:4"}) and not can_pass_on({format_office_key(Desk.PROVINCE)})


@pytest.mark.parametrize(
    ("words", "rank"),
    [
        ("truong cong an xa loc ha nhan tien", SubjectRank.CHIEF),
        ("pho truong cong an phuong quat dan", SubjectRank.CHIEF),
        ("sep ca xa ay", SubjectRank.CHIEF),
        ("anh cong an xa loc ha hach dich", SubjectRank.OFFICER),
        ("giam doc cong an tinh bao che", SubjectRank.DIRECTOR),
        ("pho giam doc cong an tinh", SubjectRank.DIRECTOR),
        ("may ong to bao ve an ninh thon danh nguoi", SubjectRank.TEAM),
        ("ca don vi cong an xa lam ngo", SubjectRank.UNIT),
        ("phong canh sat giao thong vi pham", SubjectRank.STAFF),
        ("thanh tra cong an nhan tien", SubjectRank.INSPECTOR),
        ("nguoi van hanh xoa tin cua toi", SubjectRank.OPERATOR),
        ("pho cax o day an tien", SubjectRank.CHIEF),
        ("xep cua may anh cong an o xa voi tien", SubjectRank.CHIEF),
        ("nguoi dung dau cong an xa bat toi rut don", SubjectRank.CHIEF),
        ("cong an xa loc ha ai cung lay tien", SubjectRank.UNIT),
        ("can bo cat goi y chi tien", SubjectRank.STAFF),
        ("goi cho 113 thi nguoi truc chui", SubjectRank.STAFF),
        ("csgt chan xe doi tien", SubjectRank.STAFF),
        ("canh sat hinh su ve ep cung", SubjectRank.STAFF),
        ("dai ta dung dau cong an tinh nhan nha", SubjectRank.DIRECTOR),
        ("sep lon nhat cong an ha tinh bao ke", SubjectRank.DIRECTOR),
        ("pho giam doc phu trach canh sat", SubjectRank.DIRECTOR),
        ("thanh tra ve cam phong bi", SubjectRank.INSPECTOR),
        ("admin trang nay doc tin cua toi", SubjectRank.OPERATOR),
        ("ky thuat vien quan ly phan mem ban so", SubjectRank.OPERATOR),
    ],
)
def test_ranks_named_in_texts(words: str, rank: SubjectRank) -> None:
    assert rank in extract_subjects(words, {}).ranks


@pytest.mark.parametrize(
    "words",
    [
        "cong an xa danh em, kinh mong lanh dao cong an tinh xem xet",
        "de nghi ban giam doc cong an tinh lam ro anh can bo nay",
        "xin gui den giam doc cong an tinh, can bo xa nhan tien",
    ],
)
def test_an_addressee_asked_to_investigate_is_not_the_subject(words: str) -> None:
    """Otherwise nothing about the province's leaders would be stored unless the person insists."""
    assert SubjectRank.DIRECTOR not in extract_subjects(words, {}).ranks
    assert SubjectRank.DIRECTOR in extract_subjects(f"{words}. giam doc cong an tinh cung nhan", {}).ranks, "control"


def test_an_addressee_of_the_letter_is_not_accused() -> None:
    names = {1: "vo trong hai", 2: "tran van binh"}
    assert extract_subjects(
        "kinh gui dong chi vo trong hai, toi to cao anh tran van binh cong an xa", names
    ).officer_ids == {2}
    assert extract_subjects("kinh gui vo trong hai. chinh vo trong hai bao che", names).officer_ids == {1}, (
        "named in addition"
    )


def test_sand_is_no_police_of_the_province() -> None:
    assert extract_subjects("cong an xa nhan tien cua bai cat, bao ke cat tac", {}).ranks == {SubjectRank.OFFICER}


def test_officers_are_found_by_their_whole_name() -> None:
    names = {1: "tran van binh", 2: "nguyen thi hanh", 3: "binh"}
    assert extract_subjects("anh tran van binh o xa, va chi nguyen thi hanhh", names).officer_ids == {1}
