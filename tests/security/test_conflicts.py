"""Attack A2: the officer complained about, their unit, subordinates, relatives and former colleagues cannot detect that
a complaint exists. In random organisations every surface of theirs is compared, byte for byte and statement for
statement, with the same world without the complaint. In a third of them the complainant has an ordinary case there
(`beside.py`).

`BINHYEN_A2` sets the number of organisations (300 in CI, 3,000 by night).
"""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db.models import Q

from binhyen.api.scopes import Scope
from binhyen.api.services import create_token
from binhyen.areas.models import Unit
from binhyen.areas.queries import directory
from binhyen.areas.queries import directory as queries_directory
from binhyen.areas.queries.directory import changed
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case
from binhyen.cases.services import unit_of_work
from binhyen.cases.services.alarms import escalate
from binhyen.channels.models import Outgoing
from binhyen.channels.tests.windows import zalo_answers
from binhyen.conduct.models import Complaint, Summons
from binhyen.conduct.routing import Rank, may_pass_on
from binhyen.conduct.services import alarms, handling, seal_case, worker_tasks
from binhyen.intake import web_reports
from binhyen.intake.tests.web import picture
from binhyen.kit import clock, prepared_queries
from binhyen.kit.ids import token
from binhyen.kit.sse import Feed
from binhyen.people import access
from binhyen.people.demo import demo_factor
from binhyen.people.models import Officer
from binhyen.people.roles import May, Role, may
from binhyen.stats import services as stats
from tests import rls
from tests.faults.desks import numbered
from tests.security.beside import STORIES, Beside, begin
from tests.security.org_factory import Maker, Organisation
from tests.security.response_diff import (
    PAGES,
    SURFACES,
    differences,
    lists_of,
    looks,
    one_of,
    pages_of,
    undone,
)

HOW_MANY = int(os.environ.get("BINHYEN_A2", "300"))
SHARDS = 6
CODES = ("18568", "18073", "18406", "18652", "18586")
pytestmark = pytest.mark.django_db


@dataclass(slots=True)
class World:
    """The base state of all organisations of a test."""

    maker: Maker
    now: dt.datetime
    fenced: bool = True
    share: int = 0  # which of the SHARDS parts of an officer's pages are compared first
    pages: int = 4  # how many of an officer's pages are compared each time
    role: str = ""  # excluded role that is observed first; empty: the least observed one
    # silent for nine days before the complaint; None: every other one, if the story permits it
    silent: bool | None = None
    # story of the complainant's ordinary case in each organisation; empty: in turns, in every third one
    story: str = ""
    made: int = 0  # organisations so far
    turns: Counter[str] = field(default_factory=Counter)  # by role: which of their pages come next

    def beside(self, made: Organisation) -> Beside | None:
        """Create the ordinary case of the complainant in this organisation."""
        self.made += 1
        if not self.story and self.made % 3:
            return None
        story = self.story or STORIES[self.made // 3 % len(STORIES)]
        if story == "detached" and not made.place:
            story = "answer"  # text that names no officer of the province is hidden from none there
        home = made.unit if made.place else next(iter(self.maker.units.values()))
        worker = above = self.maker.officer("OFFICER", home)
        if made.place:
            above = self.maker.officer("PROVINCE_DUTY", self.maker.province)
        staff = self.maker.officer("PROVINCE_STAFF", self.maker.province)
        if story == "detached":  # this text names no officer, so it is hidden from no relative
            made.barred.pop("relative", None)
        made.barred["colleague" if made.place else "elsewhere"].append(worker)
        place, away = home.name.removeprefix("Công an "), [u for u in self.maker.units.values() if u != home]
        silent = self.made // 3 % 2 == 0 if self.silent is None else self.silent
        return begin(
            story, words=made.words, unit=home, place=place, worker=worker, above=above, away=away[0], staff=staff,
            silent=silent, now=self.now,
        )  # fmt: skip

    @contextmanager
    def custody(self) -> Iterator[None]:
        with rls.acting_as("custody") if self.fenced else nullcontext():
            yield


@pytest.fixture(autouse=True)
def nothing_compiled() -> Iterator[None]:
    """Clear the cache of prepared queries: a planted defect affects queries built after it, and must not remain for
    other tests.
    """
    prepared_queries._known.clear()
    yield
    prepared_queries._known.clear()


@pytest.fixture
def world(request: Any, unit: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> World:
    """Create a frozen clock, five communes that each absorbed a unit, some ordinary cases, and a Zalo that accepts
    letters to recent writers.
    """
    zalo_answers(monkeypatch)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    units = {code: unit(code) for code in CODES}
    merged = {}
    for code, today in units.items():
        old = next(a for a in sorted(directory().areas()) if a != today.area_id and _is_commune(a, code))
        merged[today.pk] = Unit.objects.create(
            code=f"CU-{code}", name=f"Công an xã cũ {code}", level=Unit.Level.COMMUNE, area_id=old, parent=unit("42"),
            valid_from=dt.date(2020, 1, 1), valid_to=dt.date(2025, 7, 1),
        )  # fmt: skip
    changed()
    # The units are unchanged from here on; otherwise each lookup would check whether they changed.
    known = queries_directory.current()
    monkeypatch.setattr(queries_directory, "current", lambda: known)
    monkeypatch.delattr(queries_directory, "bump")
    for text in ("Mất xe máy ở xã Lộc Hà", "Đánh nhau có dao ở phường Thành Sen", "Ống nước vỡ ở xã Can Lộc"):
        web_reports.send_report(sending=web_reports.Sending(key=token(), text=text), now=moment)
    stats.count()
    seed = getattr(request, "param", 0)
    return World(Maker(seed, units=units, province=unit("42"), merged=merged, now=moment), moment, share=seed % SHARDS)


def _is_commune(area: int, code: str) -> bool:
    from binhyen.areas.models import Area

    return directory().commune_codes_of_area(area) == (code,) and Area.objects.filter(pk=area, level=3).exists()


def token_of(officer: Officer, now: dt.datetime) -> str:
    scopes = {Scope.READ} | ({Scope.LEDGER} if may(officer.role, May.READ_LEDGER) else set())
    if officer.role == Role.OPERATOR:
        return ""
    demo_factor(officer, now=now).save()
    made = create_token(officer=officer, name="a2", scopes=frozenset(scopes), days=1, actor="test", now=now)
    return made.value


UNHANDLED: list[str] = []  # of this process; too many would make the comparison meaningless


def complain(
    made: Organisation, now: dt.datetime, *, photo: bool = False, beside: Beside | None = None
) -> Complaint:  # fmt: skip
    """File a complaint on the web page or in a chat, let the program read it and its handlers work on it, and run the
    background jobs that follow.
    """
    photos = (web_reports.Photo("a.jpg", picture().read()),) if photo else ()
    if beside is not None:
        beside.complains()
    else:
        web_reports.send_report(
            sending=web_reports.Sending(key=token(), text=made.words, photos=photos, insists=True), now=now
        )
    seal_case.lift_all(now=now)
    complaint = Complaint.objects.select_related("case", "veto").latest("id")
    for minutes in (0, 6, 12):  # an urgent one has reached the highest escalation level by then
        alarms.tick(now=now + dt.timedelta(minutes=minutes))
    able = [o for o in made.free if one_of(o, str(complaint.public_id)) != [None, None, None]]
    if (
        not able
    ):  # all possible handlers are concerned themselves: it waits for the Ministry, and is hidden all the same
        UNHANDLED.append(made.words)
    own = [o for o in able if access.veto.desk_of(o.role) == complaint.veto.desk]
    if own:
        handling.accept(complaint=complaint, officer=own[0], now=now)
        handling.answer(complaint=complaint, text="Đã nhận, đang làm rõ.", officer=own[0], now=now)
        handling.name(
            complaint=complaint, rank=Rank.OFFICER, unit_ids=[made.unit.pk] if made.place else [],
            who=made.subject.name, officer=own[0], now=now,
        )  # fmt: skip
        pass_on(complaint, own[0], now)
    Outgoing.objects.filter(case=complaint.case).update(state=Outgoing.State.DEAD)
    meanwhile(now)
    alarms.tick(now=now + dt.timedelta(days=31))  # the others are overdue
    return complaint


def pass_on(complaint: Complaint, officer: Officer, now: dt.datetime) -> None:
    """Pass on the facts of a crime, if permitted: the resulting case is hidden from the same people."""
    complaint.veto.refresh_from_db()
    if may_pass_on(complaint.veto.kept_from):
        more = {"officer_id": officer.pk, "urgency": complaint.urgency, "ladder": ladder(), "now": now}
        worker_tasks.open_extract("Có người thái độ hách dịch, giả danh thu lệ phí", complaint_id=complaint.pk, **more)


def meanwhile(now: dt.datetime) -> None:
    """Run the background jobs of both worlds."""
    stats.count()
    escalate(ladder=ladder(), now=now)


def observers(made: Organisation, seen: Counter[str], role: str = "") -> Iterator[tuple[str, Officer]]:
    """Return one of those who must learn nothing, with all their surfaces: of the least observed role, then kind."""
    asked = [(kind, o) for kind in sorted(made.barred) for o in made.barred[kind] if role in ("", o.role)]
    asked = asked or [(kind, o) for kind in sorted(made.barred) for o in made.barred[kind]]
    yield min(asked, key=lambda one: (seen[one[1].role], seen[one[0]]))


def told_apart(world: World, seen: Counter[str]) -> list[str]:
    """Build one organisation with and without its complaint; return the differences that an observer could see."""
    found: list[str] = []
    with undone():
        made = world.maker.make()
        beside = world.beside(made)
        chosen = list(observers(made, seen, world.role))
        tokens = {o.pk: token_of(o, world.now) for _, o in chosen}
        asks = {"words": made.subject.name, "custody": world.custody}
        # Some pages of each, others every time: over all organisations each page is compared many times.
        pages = {o.pk: [*_some(o, world), *(beside.pages(o) if beside else ())] for _, o in chosen}
        asks |= {"beside": beside.case.code, "said": beside.said, "asked": beside.asked} if beside else {}
        with undone():
            complaint = complain(made, world.now, beside=beside)
            names = {"code": complaint.case.code, "ref": str(complaint.public_id)}
            seen.update(name for why, o in chosen for name in (why, o.role))
            seen.update([beside.story] if beside else [])
            called = set(Summons.objects.values_list("officer_id", flat=True))
            seen["called"] += len(called)
            before = {o.pk: looks(o, token=tokens[o.pk], pages=pages[o.pk], **names, **asks) for _, o in chosen}
            for _, o in chosen if beside is not None else ():
                before[o.pk] += beside.deeds(o)
            leaks = [
                f"{why}: desks"
                for why, people in made.barred.items()
                for o in people
                if (lists_of(o), one_of(o, names["ref"])) != ([[], [], []], [None, None, None])
            ] + [f"{why}: called" for why, people in made.barred.items() for o in people if o.pk in called]
        # Clocks and sequences of the database that a rollback does not reset must reveal nothing either.
        for why, o in chosen:
            with undone():
                if beside is not None:
                    beside.keeps_to_the_case()
                    meanwhile(world.now)
                after = looks(o, token=tokens[o.pk], pages=pages[o.pk], **names, **asks)
                after += beside.deeds(o) if beside is not None else []
            found += [f"{why} ({o.role}): {difference}" for difference in differences(before[o.pk], after)]
            seen.update(f"{o.role} {look.name}" for look in after)
        found += leaks
    return found


@pytest.mark.parametrize("world", range(SHARDS), indirect=True)
def test_nobody_on_the_side_concerned_can_tell(world: World) -> None:
    seen: Counter[str] = Counter()
    UNHANDLED.clear()
    for _ in range(HOW_MANY // SHARDS):
        shows = told_apart(world, seen)
        assert not shows, "\n".join(shows)
    assert sum(seen[kind] for kind in KINDS) == HOW_MANY // SHARDS
    assert len(UNHANDLED) <= max(1, HOW_MANY // SHARDS // 10)
    if HOW_MANY >= 300:
        assert missing(seen, world.share) == []


KINDS = ("subject", "colleague", "relative", "transferred", "acting chief", "merged unit", "elsewhere")
LEAST = 3  # of fifty, in each sixth of the organisations: the whole test observes each at least eighteen times


def share_of(pages: list[str], share: int) -> list[str]:
    """Return a sixth of an officer's pages: all six shares together are all of them."""
    return pages[len(pages) * share // SHARDS : len(pages) * (share + 1) // SHARDS]


def missing(seen: Counter[str], share: int) -> list[str]:
    """Return observers with too few observations, and pages of this share and surfaces that were never compared."""
    lack = [f"{who}: {seen[who]}" for who in (*KINDS[:5], *Role) if seen[who] < LEAST]
    for role in Role:
        own = [*share_of([shape for shape, roles in PAGES if role in roles], share), "live", "custody"]
        lack += [f"{role} {shape}" for shape in own if not seen[f"{role} {shape}"]]
    for surface, shapes in SURFACES.items():
        if not sum(seen[f"{role} {shape}"] for role in Role for shape in shapes):
            lack.append(surface)
    lack += [story for story in STORIES if seen[story] < LEAST]
    return lack + ([] if seen["called"] else ["no officer was called by an alarm"])


def test_control_an_observer_or_surface_left_out_is_noticed() -> None:
    """The counts are of a run in which the inspectors never observed, and the export was never compared."""
    full = Counter(dict.fromkeys(("called", *STORIES, *KINDS, *Role), 9))
    full.update(f"{role} {shape}" for role in Role for shape in (*(s for s, _ in PAGES), "live", "custody"))
    assert [missing(full, share) for share in range(SHARDS)] == [[]] * SHARDS
    assert missing(full - Counter({"INSPECTOR": 9}), 0) == ["INSPECTOR: 0"]
    without = Counter({name: n for name, n in full.items() if not name.endswith(".csv")})
    lacks = [missing(without, share) for share in range(SHARDS)]
    assert all("export" in lack for lack in lacks) and sum("OFFICER /ban-truc.csv" in lack for lack in lacks) == 1


@pytest.mark.parametrize("world", [7], indirect=True)
def test_without_the_veto_on_lists_it_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control. Row-level security would hide the forgotten filter, so it is disabled as well."""
    take_the_fence_down(world, monkeypatch)
    monkeypatch.setattr(
        access, "cases", lambda o, prefix="": access.within(o, unit=f"{prefix}unit_id", assignee=f"{prefix}assignee_id")
    )
    assert any_shows(world)


@pytest.mark.parametrize("world", [8], indirect=True)
def test_without_the_veto_on_the_desks_it_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    take_the_fence_down(world, monkeypatch)
    monkeypatch.setattr(access, "sides_of", lambda officer: frozenset())
    assert any_shows(world)


@pytest.mark.parametrize("world", [9], indirect=True)
@pytest.mark.parametrize("defect", ["live", "numbers", "ledger", "outbox", "book", "facts"])
def test_each_surface_that_forgets_shows_it(world: World, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    take_the_fence_down(world, monkeypatch)
    if defect == "live":
        monkeypatch.setattr(unit_of_work, "leave_traces", _loud(unit_of_work.leave_traces))
        monkeypatch.setattr("binhyen.cases.services.create.leave_traces", unit_of_work.leave_traces)
    elif defect == "numbers":  # sequential ids, as the live events once had
        monkeypatch.setattr(Feed, "hear", numbered(Feed.hear))
    elif defect == "ledger":
        monkeypatch.setattr(stats, "_contributions", _openly(stats._contributions))
    elif defect == "outbox":
        monkeypatch.setattr(access, "outgoing", lambda o: Q() if may(o.role, May.OPERATE) else access.within(o))
    elif defect == "facts":  # the case created from passed-on facts excludes no one
        world.role = Role.PROVINCE_STAFF
        monkeypatch.setattr(worker_tasks, "barred_by", lambda kept: [])
    else:
        world.role = Role.INSPECTOR  # the only role with the audit log
        monkeypatch.setattr(access, "book", lambda o: Q() if access.may(o, May.READ_AUDIT) else access.NOTHING)
    assert any_shows(world)


@pytest.mark.parametrize("world", [10], indirect=True)
def test_the_databases_own_fence_hides_what_a_filter_forgot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row-level security alone: no list filters by the veto any more, and still the complaint is undetectable."""
    monkeypatch.setattr(
        access, "cases", lambda o, prefix="": access.within(o, unit=f"{prefix}unit_id", assignee=f"{prefix}assignee_id")
    )
    monkeypatch.setattr(access, "outgoing", lambda o: Q() if may(o.role, May.OPERATE) else access.within(o))
    seen: Counter[str] = Counter()
    for _ in range(12):
        assert told_apart(world, seen) == []


def _some(officer: Officer, world: World) -> list[str]:
    """Return the next of their pages, so that all are covered in turn."""
    pages = pages_of(officer)
    start = world.turns[officer.role] + len(pages) * world.share // SHARDS
    count = min(world.pages, len(pages))
    world.turns[officer.role] += count
    return [pages[(start + number) % len(pages)] for number in range(count)]


def any_shows(world: World, times: int = 24) -> bool:
    seen: Counter[str] = Counter()
    return any(told_apart(world, seen) for _ in range(times))


def take_the_fence_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fenced, world.pages = False, 99
    monkeypatch.setattr(rls, "acting_as", lambda process: nullcontext())


def _loud(traces: Callable[..., None]) -> Callable[..., None]:
    """Publish live events for restricted cases, too (defect)."""

    def leave(all_: Any, *, now: dt.datetime) -> None:
        traces(all_, now=now)
        for trace in all_:
            steps_publish(trace, now)

    return leave


def steps_publish(trace: Any, now: dt.datetime) -> None:
    from binhyen.kit.live_events import Live, publish

    if trace.case.apart:
        publish(
            [Live(unit_of_work.topics(trace.case), trace.name, unit_of_work.live_data(trace.case, trace.verb))], now=now
        )


def _openly(count: Callable[[Case], Any]) -> Callable[[Case], Any]:
    """Count restricted cases in the ledger, too (defect)."""

    def contributions(case: Case, onward: Any) -> Any:
        case.apart = False
        return count(case, onward)

    return contributions
