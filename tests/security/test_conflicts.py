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
from binhyen.areas.queries import directory as queries_directory
from binhyen.areas.queries import get_directory
from binhyen.areas.queries.directory import mark_areas_changed
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case
from binhyen.cases.services import unit_of_work
from binhyen.cases.services.alarms import escalate_alarms
from binhyen.channels.models import Outgoing
from binhyen.channels.tests.windows import fake_zalo_responses
from binhyen.conduct.models import Complaint, HandlerAlert
from binhyen.conduct.routing import SubjectRank, can_pass_on
from binhyen.conduct.services import alarms, handling, seal_case, worker_tasks
from binhyen.intake import web_reports
from binhyen.intake.tests.web import make_picture
from binhyen.kit import clock, periodic, prepared_queries
from binhyen.kit.ids import generate_token
from binhyen.kit.sse import Feed
from binhyen.people import access
from binhyen.people.demo import build_demo_factor
from binhyen.people.models import Officer
from binhyen.people.roles import Permission, Role, role_may
from binhyen.stats import services as stats
from binhyen.vault import group_keys
from tests import rls
from tests.faults.desks import use_sequential_ids
from tests.security.beside import STORIES, OrdinaryCase
from tests.security.beside import create_ordinary_case as begin
from tests.security.org_factory import Organisation, OrganisationFactory
from tests.security.response_diff import (
    PAGES,
    SURFACES,
    compare_surfaces,
    list_differences,
    list_pages,
    read_complaint,
    read_lists,
    roll_back,
)

HOW_MANY = int(os.environ.get("BINHYEN_A2", "300"))
SHARDS = 6
CODES = ("18568", "18073", "18406", "18652", "18586")
pytestmark = pytest.mark.django_db


@dataclass(slots=True)
class World:
    """The base state of all organisations of a test."""

    maker: OrganisationFactory
    now: dt.datetime
    fenced: bool = True
    share: int = 0  # which of the SHARDS parts of an officer's pages are compared first
    pages: int = 4  # how many of an officer's pages are compared each time
    only: tuple[str, ...] = ()  # of PAGES: those that a control compares, instead of all in turn
    role: str = ""  # excluded role that is observed first; empty: the least observed one
    # silent for nine days before the complaint; None: every other one, if the story permits it
    silent: bool | None = None
    # story of the complainant's ordinary case in each organisation; empty: in turns, in every third one
    story: str = ""
    made: int = 0  # organisations so far
    turns: Counter[str] = field(default_factory=Counter)  # by role: which of their pages come next

    def create_ordinary_case(self, made: Organisation) -> OrdinaryCase | None:
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
            made.excluded.pop("relative", None)
        made.excluded["colleague" if made.place else "elsewhere"].append(worker)
        place, away = home.name.removeprefix("Công an "), [u for u in self.maker.units.values() if u != home]
        silent = self.made // 3 % 2 == 0 if self.silent is None else self.silent
        return begin(
            story,
            words=made.words,
            unit=home,
            place=place,
            worker=worker,
            above=above,
            away=away[0],
            staff=staff,
            silent=silent,
            now=self.now,
        )

    @contextmanager
    def custody(self) -> Iterator[None]:
        with rls.acting_as("custody") if self.fenced else nullcontext():
            yield


@pytest.fixture(autouse=True)
def nothing_compiled() -> Iterator[None]:
    """Clear the cache of prepared queries: a planted defect affects queries built after it, and must not remain for
    other tests.
    """
    prepared_queries._cache.clear()
    yield
    prepared_queries._cache.clear()


@pytest.fixture
def world(request: Any, unit: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> World:
    """Create a frozen clock, five communes that each absorbed a unit, some ordinary cases, and a Zalo that accepts
    letters to recent writers.
    """
    fake_zalo_responses(monkeypatch)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    monkeypatch.setattr(periodic, "measure_clock_offset", lambda: 0.0)  # of the frozen clock: grows while the test runs
    # read again after half a minute of the real clock, on a busy machine in one of the two worlds only
    monkeypatch.setattr(group_keys, "_CACHE_SECONDS", 1e9)
    units = {code: unit(code) for code in CODES}
    merged = {}
    for code, today in units.items():
        old = next(a for a in sorted(get_directory().areas()) if a != today.area_id and is_commune_code(a, code))
        merged[today.pk] = Unit.objects.create(
            code=f"CU-{code}",
            name=f"Công an xã cũ {code}",
            level=Unit.Level.COMMUNE,
            area_id=old,
            parent=unit("42"),
            valid_from=dt.date(2020, 1, 1),
            valid_to=dt.date(2025, 7, 1),
        )
    mark_areas_changed()
    # The units are unchanged from here on; otherwise each lookup would check whether they changed.
    current_token = queries_directory.get_token()
    monkeypatch.setattr(queries_directory, "get_token", lambda: current_token)
    monkeypatch.delattr(queries_directory, "renew_token")
    for text in ("Mất xe máy ở xã Lộc Hà", "Đánh nhau có dao ở phường Thành Sen", "Ống nước vỡ ở xã Can Lộc"):
        web_reports.send_report(sending=web_reports.Submission(key=generate_token(), text=text), now=moment)
    stats.update_counts()
    seed = getattr(request, "param", 0)
    return World(
        OrganisationFactory(seed, units=units, province=unit("42"), merged=merged, now=moment),
        moment,
        share=seed % SHARDS,
    )


def is_commune_code(area: int, code: str) -> bool:
    from binhyen.areas.models import Area

    return get_directory().list_commune_codes(area) == (code,) and Area.objects.filter(pk=area, level=3).exists()


def issue_token(officer: Officer, now: dt.datetime) -> str:
    scopes = {Scope.READ} | ({Scope.LEDGER} if role_may(officer.role, Permission.READ_LEDGER) else set())
    if officer.role == Role.OPERATOR:
        return ""
    build_demo_factor(officer, now=now).save()
    made = create_token(officer=officer, name="a2", scopes=frozenset(scopes), days=1, actor="test", now=now)
    return made.value


UNHANDLED: list[str] = []  # of this process; too many would make the comparison meaningless


def file_complaint(
    made: Organisation, now: dt.datetime, *, photo: bool = False, beside: OrdinaryCase | None = None
) -> Complaint:
    """File a complaint on the web page or in a chat, let the program read it and its handlers work on it, and run the
    background jobs that follow.
    """
    photos = (web_reports.UploadedPhoto("a.jpg", make_picture().read()),) if photo else ()
    if beside is not None:
        beside.file_complaint()
    else:
        web_reports.send_report(
            sending=web_reports.Submission(key=generate_token(), text=made.words, photos=photos, is_insisting=True),
            now=now,
        )
    seal_case.seal_all_cases(now=now)
    complaint = Complaint.objects.select_related("case", "veto").latest("id")
    for minutes in (0, 6, 12):  # an urgent one has reached the highest escalation level by then
        alarms.run_alarms(now=now + dt.timedelta(minutes=minutes))
    able = [o for o in made.possible_handlers if read_complaint(o, str(complaint.public_id)) != [None, None, None]]
    if (
        not able
    ):  # all possible handlers are concerned themselves: it waits for the Ministry, and is hidden all the same
        UNHANDLED.append(made.words)
    desk_handlers = [o for o in able if access.conflicts.get_queue(o.role) == complaint.veto.desk]
    if desk_handlers:
        handling.accept_complaint(complaint=complaint, officer=desk_handlers[0], now=now)
        handling.answer_complaint(complaint=complaint, text="Đã nhận, đang làm rõ.", officer=desk_handlers[0], now=now)
        handling.set_subject(
            complaint=complaint,
            rank=SubjectRank.OFFICER,
            unit_ids=[made.unit.pk] if made.place else [],
            name_text=made.subject.name,
            officer=desk_handlers[0],
            now=now,
        )
        pass_facts_on(complaint, desk_handlers[0], now)
    Outgoing.objects.filter(case=complaint.case).update(state=Outgoing.State.DEAD)
    run_background_jobs(now)
    alarms.run_alarms(now=now + dt.timedelta(days=31))  # the others are overdue
    return complaint


def pass_facts_on(complaint: Complaint, officer: Officer, now: dt.datetime) -> None:
    """Pass on the facts of a crime, if permitted: the resulting case is hidden from the same people."""
    complaint.veto.refresh_from_db()
    if can_pass_on(complaint.veto.conflict_keys):
        more = {"officer_id": officer.pk, "urgency": complaint.urgency, "ladder": get_alarm_delays(), "now": now}
        worker_tasks.open_extract_case(
            "Có người thái độ hách dịch, giả danh thu lệ phí", complaint_id=complaint.pk, **more
        )


def run_background_jobs(now: dt.datetime) -> None:
    """Run the background jobs of both worlds."""
    stats.update_counts()
    escalate_alarms(ladder=get_alarm_delays(), now=now)


def pick_observers(
    made: Organisation, observation_counts: Counter[str], role: str = ""
) -> Iterator[tuple[str, Officer]]:
    """Return one of those who must learn nothing, with all their surfaces: of the least observed role, then kind."""
    asked = [(kind, o) for kind in sorted(made.excluded) for o in made.excluded[kind] if role in ("", o.role)]
    asked = asked or [(kind, o) for kind in sorted(made.excluded) for o in made.excluded[kind]]
    yield min(asked, key=lambda pair: (observation_counts[pair[1].role], observation_counts[pair[0]]))


def find_differences(world: World, observation_counts: Counter[str]) -> list[str]:
    """Build one organisation with and without its complaint; return the differences that an observer could see."""
    visible_differences: list[str] = []
    with roll_back():
        made = world.maker.make()
        beside = world.create_ordinary_case(made)
        chosen = list(pick_observers(made, observation_counts, world.role))
        if world.role and chosen[0][1].role != world.role:
            return []  # a control: the defect shows to this role, and none of them is concerned here
        tokens = {o.pk: issue_token(o, world.now) for _, o in chosen}
        asks = {"words": made.subject.name, "custody": world.custody}
        # Some pages of each, others every time: over all organisations each page is compared many times.
        pages = {o.pk: [*pick_pages(o, world), *(beside.pages(o) if beside else ())] for _, o in chosen}
        asks |= {"beside": beside.case.code, "said": beside.text, "asked": beside.asked} if beside else {}
        with roll_back():
            complaint = file_complaint(made, world.now, beside=beside)
            names = {"code": complaint.case.code, "ref": str(complaint.public_id)}
            observation_counts.update(name for why, o in chosen for name in (why, o.role))
            observation_counts.update([beside.story] if beside else [])
            called = set(HandlerAlert.objects.values_list("officer_id", flat=True))
            observation_counts["called"] += len(called)
            before = {
                o.pk: compare_surfaces(o, token=tokens[o.pk], pages=pages[o.pk], **names, **asks) for _, o in chosen
            }
            for _, o in chosen if beside is not None else ():
                before[o.pk] += beside.deeds(o)
            leaks = [
                f"{why}: desks"
                for why, people in made.excluded.items()
                for o in people
                if (read_lists(o), read_complaint(o, names["ref"])) != ([[], [], []], [None, None, None])
            ] + [f"{why}: called" for why, people in made.excluded.items() for o in people if o.pk in called]
        # Clocks and sequences of the database that a rollback does not reset must reveal nothing either.
        for why, o in chosen:
            with roll_back():
                if beside is not None:
                    beside.create_without_complaint()
                    run_background_jobs(world.now)
                after = compare_surfaces(o, token=tokens[o.pk], pages=pages[o.pk], **names, **asks)
                after += beside.deeds(o) if beside is not None else []
            visible_differences += [
                f"{why} ({o.role}): {difference}" for difference in list_differences(before[o.pk], after)
            ]
            observation_counts.update(f"{o.role} {look.name}" for look in after)
        visible_differences += leaks
    return visible_differences


@pytest.mark.parametrize("world", range(SHARDS), indirect=True)
def test_nobody_on_the_side_concerned_can_tell(world: World) -> None:
    observation_counts: Counter[str] = Counter()
    UNHANDLED.clear()
    for _ in range(HOW_MANY // SHARDS):
        shows = find_differences(world, observation_counts)
        assert not shows, "\n".join(shows)
    assert sum(observation_counts[kind] for kind in KINDS) == HOW_MANY // SHARDS
    assert len(UNHANDLED) <= max(1, HOW_MANY // SHARDS // 10)
    if HOW_MANY >= 300:
        assert list_unobserved(observation_counts, world.share) == []


KINDS = ("subject", "colleague", "relative", "transferred", "acting chief", "merged unit", "elsewhere")
MIN_OBSERVATIONS = (
    3  # of fifty, in each sixth of the organisations: the whole test observes each at least eighteen times
)


def get_share(pages: list[str], share: int) -> list[str]:
    """Return a sixth of an officer's pages: all six shares together are all of them."""
    return pages[len(pages) * share // SHARDS : len(pages) * (share + 1) // SHARDS]


def list_unobserved(observation_counts: Counter[str], share: int) -> list[str]:
    """Return observers with too few observations, and pages of this share and surfaces that were never compared."""
    lack = [
        f"{observer}: {observation_counts[observer]}"
        for observer in (*KINDS[:5], *Role)
        if observation_counts[observer] < MIN_OBSERVATIONS
    ]
    for role in Role:
        own_surfaces = [*get_share([shape for shape, roles in PAGES if role in roles], share), "live", "custody"]
        lack += [f"{role} {shape}" for shape in own_surfaces if not observation_counts[f"{role} {shape}"]]
    for surface, shapes in SURFACES.items():
        if not sum(observation_counts[f"{role} {shape}"] for role in Role for shape in shapes):
            lack.append(surface)
    lack += [story for story in STORIES if observation_counts[story] < MIN_OBSERVATIONS]
    return lack + ([] if observation_counts["called"] else ["no officer was called by an alarm"])


def test_control_an_observer_or_surface_left_out_is_noticed() -> None:
    """The counts are of a run in which the inspectors never observed, and the export was never compared."""
    full = Counter(dict.fromkeys(("called", *STORIES, *KINDS, *Role), 9))
    full.update(f"{role} {shape}" for role in Role for shape in (*(s for s, _ in PAGES), "live", "custody"))
    assert [list_unobserved(full, share) for share in range(SHARDS)] == [[]] * SHARDS
    assert list_unobserved(full - Counter({"INSPECTOR": 9}), 0) == ["INSPECTOR: 0"]
    without = Counter({name: n for name, n in full.items() if not name.endswith(".csv")})
    lacks = [list_unobserved(without, share) for share in range(SHARDS)]
    assert all("export" in lack for lack in lacks) and sum("OFFICER /ban-truc.csv" in lack for lack in lacks) == 1


@pytest.mark.parametrize("world", [7], indirect=True)
def test_without_the_veto_on_lists_it_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control. Row-level security would hide the forgotten filter, so it is disabled as well."""
    disable_rls(world, monkeypatch)
    world.only = (*SURFACES["list"], *SURFACES["search"], *SURFACES["count"])
    monkeypatch.setattr(
        access,
        "filter_cases",
        lambda o, prefix="": access.visible_filter(o, unit=f"{prefix}unit_id", assignee=f"{prefix}assignee_id"),
    )
    assert has_difference(world)


@pytest.mark.parametrize("world", [8], indirect=True)
def test_without_the_veto_on_the_desks_it_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    disable_rls(world, monkeypatch)
    world.pages = 0  # the desks are compared each time
    monkeypatch.setattr(access, "conflict_keys_of", lambda officer: frozenset())
    assert has_difference(world)


# Where each defect shows; live feed and desks are compared each time besides.
PAGES_BY_DEFECT = {
    "live": (),
    "numbers": (),
    "ledger": SURFACES["ledger"],
    "outbox": ("/hop-thu-di",),
    "book": SURFACES["audit"],
    "facts": ("/ban-truc", "/tin-nhan"),
}


@pytest.mark.parametrize("world", [9], indirect=True)
@pytest.mark.parametrize("defect", PAGES_BY_DEFECT)
def test_each_surface_that_forgets_shows_it(world: World, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    disable_rls(world, monkeypatch)
    world.only = PAGES_BY_DEFECT[defect]
    world.pages = len(world.only)
    if defect == "live":
        monkeypatch.setattr(unit_of_work, "record_changes", publish_restricted(unit_of_work.record_changes))
        monkeypatch.setattr("binhyen.cases.services.create.record_changes", unit_of_work.record_changes)
    elif defect == "numbers":  # sequential ids, as the live events once had
        monkeypatch.setattr(Feed, "publish_event", use_sequential_ids(Feed.publish_event))
    elif defect == "ledger":
        monkeypatch.setattr(stats, "_build_contributions", count_restricted(stats._build_contributions))
    elif defect == "outbox":
        world.role = Role.OPERATOR  # the only role with all letters
        monkeypatch.setattr(
            access,
            "filter_outgoing",
            lambda o: Q() if role_may(o.role, Permission.OPERATE) else access.visible_filter(o),
        )
    elif defect == "facts":  # the case created from passed-on facts excludes no one
        world.role = Role.PROVINCE_STAFF
        monkeypatch.setattr(worker_tasks, "list_excluded_officers", lambda excluded_keys: [])
    else:
        world.role = Role.INSPECTOR  # the only role with the audit log
        monkeypatch.setattr(
            access,
            "filter_audit_entries",
            lambda o: Q() if access.officer_may(o, Permission.READ_AUDIT) else access.NOTHING,
        )
    assert has_difference(world)


@pytest.mark.parametrize("world", [10], indirect=True)
def test_the_databases_own_fence_hides_what_a_filter_forgot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row-level security alone: no list filters by the veto any more, and still the complaint is undetectable."""
    monkeypatch.setattr(
        access,
        "filter_cases",
        lambda o, prefix="": access.visible_filter(o, unit=f"{prefix}unit_id", assignee=f"{prefix}assignee_id"),
    )
    monkeypatch.setattr(
        access, "filter_outgoing", lambda o: Q() if role_may(o.role, Permission.OPERATE) else access.visible_filter(o)
    )
    observation_counts: Counter[str] = Counter()
    for _ in range(12):
        assert find_differences(world, observation_counts) == []


def pick_pages(officer: Officer, world: World) -> list[str]:
    """Return the next of their pages, so that all are covered in turn."""
    pages = [page for page in list_pages(officer) if not world.only or page in world.only]
    start = world.turns[officer.role] + len(pages) * world.share // SHARDS
    count = min(world.pages, len(pages))
    world.turns[officer.role] += count
    return [pages[(start + number) % len(pages)] for number in range(count)]


def has_difference(world: World, times: int = 24) -> bool:
    observation_counts: Counter[str] = Counter()
    return any(find_differences(world, observation_counts) for _ in range(times))


def disable_rls(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fenced, world.pages = False, 99
    monkeypatch.setattr(rls, "acting_as", lambda process: nullcontext())


def publish_restricted(traces: Callable[..., None]) -> Callable[..., None]:
    """Publish live events for restricted cases, too (defect)."""

    def publish_all(all_: Any, *, now: dt.datetime) -> None:
        traces(all_, now=now)
        for trace in all_:
            publish_trace(trace, now)

    return publish_all


def publish_trace(trace: Any, now: dt.datetime) -> None:
    from binhyen.kit.live_events import LiveEventData, publish_live

    if trace.case.is_restricted:
        publish_live(
            [
                LiveEventData(
                    unit_of_work.list_topics(trace.case),
                    trace.name,
                    unit_of_work.build_live_data(trace.case, trace.verb),
                )
            ],
            now=now,
        )


def count_restricted(count: Callable[[Case], Any]) -> Callable[[Case], Any]:
    """Count restricted cases in the ledger, too (defect)."""

    def count_all(case: Case, onward: Any) -> Any:
        case.is_restricted = False
        return count(case, onward)

    return count_all
