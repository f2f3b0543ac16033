"""Write a simulated year by COPY: officers, groups, members, messages, cases with events and clocks, bulletins."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from binhyen.areas.queries import (
    CommuneEntry,
    find_commune_at,
    get_directory,
    list_commune_points,
    list_villages_of_commune,
)
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins.models import Bulletin, GroupDelivery, Population
from binhyen.bulletins.rules import BulletinState
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, PROOF_REQUIRED_OUTCOMES, Grade, State, Verb
from binhyen.cases.event_data import build_opened_data, build_state_data
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Alarm, Case, CaseEvent, CaseMessage, Clock, Evidence, Report
from binhyen.cases.rules import Due, build_clocks, should_alarm
from binhyen.channels.models import Channel, Conversation, Group, GroupSize, Membership, Message, Outgoing
from binhyen.kit.bulk_insert import copy_rows, reserve_ids
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import ALPHABET, CODE_LENGTH
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.stats.services import rebuild_counts, restate_posts
from binhyen.stats.simulate import plan, texts
from binhyen.stats.simulate.plan import DAYS, SimulatedCase, Volumes
from binhyen.vault.services import copy_reporters

OFFICERS_PER_COMMUNE = 4  # the first is the chief
_CHANNEL_NAME = "Zalo OA (mô phỏng)"
_PRIVATE_SHARE, _WEB_SHARE = 0.75, 0.15  # of reports that became a case
_TALK_IN_PRIVATE = 0.12
_POSITION_SHARE, _POSITION_SPREAD = 0.4, 0.012  # degrees
_KEEP_DAYS = dt.timedelta(days=30)
_BULLETIN_DAYS = dt.timedelta(days=30)
_PROVINCE_BULLETINS = 0.002
_VILLAGE_BULLETINS = 0.03  # of those of a commune: also to the groups of its villages
_SILENT_SHARE = 0.03  # of the groups of villages: no small talk
_INHABITANTS = 1_320_000  # of Hà Tĩnh, rounded; the division among villages is made up
_INTAKE = "system:intake"
_PAIRS = [first + second for second in ALPHABET for first in ALPHABET]


class RegisterNotEmpty(Exception):
    """The register already has cases: a simulation would mix with them."""


@dataclass(frozen=True, slots=True)
class SimulatedPlace:
    """A commune with its villages: (area id, name), and officers: (id, public id)."""

    commune: CommuneEntry
    villages: tuple[tuple[int, str], ...]
    officers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A simulated group. `members`: the range of its members in the list of reporters."""

    id: int
    place: int
    level: str
    members: range


class Ids:
    """Public ids and codes from the generator, so that a seed gives the same ones."""

    def __init__(self, rng: Random) -> None:
        self._rng, self._codes = rng, set[str]()

    def make_uuid(self, at: dt.datetime) -> str:
        """Return a UUID version 7 of that moment in hexadecimal."""
        value = int(at.timestamp() * 1000) << 80 | self._rng.getrandbits(80)
        value = value & ~(0xF << 76) | 7 << 76
        return f"{value & ~(0x3 << 62) | 0x2 << 62:032x}"

    def make_code(self) -> str:
        while True:
            number, pairs = self._rng.randrange(len(ALPHABET) ** CODE_LENGTH), []
            for _ in range(CODE_LENGTH // 2):
                number, rest = divmod(number, len(_PAIRS))
                pairs.append(_PAIRS[rest])
            code = "".join(pairs)
            if code not in self._codes:
                self._codes.add(code)
                return code


@transaction.atomic
def simulate_year(*, seed: int, scale: float, until: dt.datetime) -> Counter[str]:
    """Fill an empty register with the year before `until`; return rows by name. Raises RegisterNotEmpty."""
    if Case.objects.exists() or Message.objects.exists():
        raise RegisterNotEmpty
    until = until.astimezone(plan.VIETNAM).replace(microsecond=0)
    simulation = _Simulation(seed, Volumes().scaled(scale), until)
    simulation.run()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    detail = {"seed": seed, "cases": simulation.counts["cases"]}
    record_actions([AuditAction("command:simulate", "demo_year_simulated", detail=detail)], now=until)
    return simulation.counts


class _Simulation:
    def __init__(self, seed: int, volumes: Volumes, until: dt.datetime) -> None:
        # nosemgrep: dice-for-secrets  made-up data
        self.rng, self.volumes, self.until = Random(seed), volumes, until  # noqa: S311  made-up data, not a secret
        self.ids = Ids(self.rng)
        self.first = to_vietnam_day(until) - dt.timedelta(days=DAYS - 1)
        self.start = dt.datetime.combine(self.first, dt.time(), plan.VIETNAM)
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        self.channel = Channel.objects.filter(kind="zalo_oa").first() or Channel.objects.create(
            kind="zalo_oa", name=_CHANNEL_NAME, is_active=False
        )
        self.web = Channel.objects.get(kind="web")
        self.places = self._create_places()
        self.centres = list_commune_points()
        self.place_weights = plan.draw_weights(self.rng, len(self.places), spread=0.6)
        self._create_groups()
        self._create_population()
        self._create_conversations()
        cases = plan.plan_cases(self.rng, self.volumes, first=self.first, until=self.until)
        self._write_cases(cases)
        self._write_bulletins()
        self._set_last_messages()
        rebuild_counts()
        restate_posts(now=self.until)

    def _create_places(self) -> list[SimulatedPlace]:
        """Create the officers of every commune and of the province; they cannot sign in."""
        directory, day = get_directory(), to_vietnam_day(self.until)
        communes = sorted(directory.communes.values(), key=lambda commune: commune.code)
        password = make_password(None)
        people = [
            self._build_officer(f"mp.{commune.code}.{seat}", commune.unit_id, Role.OFFICER if seat else Role.CHIEF)
            for commune in communes
            for seat in range(OFFICERS_PER_COMMUNE)
        ]
        people.append(self._build_officer("mp.tinh.0", directory.province_unit_id, Role.PROVINCE_STAFF))
        people.append(self._build_officer("mp.tinh.1", directory.province_unit_id, Role.PROVINCE_DUTY))
        for person in people:
            person.password = password
        officers = [(person.pk, str(person.public_id)) for person in Officer.objects.bulk_create(people)]
        self.counts["officers"] = len(officers)
        self.province_officers = officers[-2:]
        self.province_unit_id = directory.province_unit_id
        return [
            SimulatedPlace(
                commune,
                tuple((village.area_id, village.name) for village in list_villages_of_commune(commune.area_id, day)),
                tuple(officers[index * OFFICERS_PER_COMMUNE : (index + 1) * OFFICERS_PER_COMMUNE]),
            )
            for index, commune in enumerate(communes)
        ]

    def _build_officer(self, username: str, unit_id: int, role: Role) -> Officer:
        names = (texts.FAMILY_NAMES, texts.MIDDLE_NAMES, texts.GIVEN_NAMES)
        name = " ".join(self.rng.choice(part) for part in names)
        return Officer(username=username, name=name, unit_id=unit_id, role=role)

    def _create_groups(self) -> None:
        """Create the groups of communes and villages with their members and sizes over the year."""
        wanted = [
            (index, Group.Level.COMMUNE, place.commune.area_id, place.commune.full_name)
            for index, place in self._iter_commune_groups()
        ]
        wanted += [
            (index, Group.Level.VILLAGE, area_id, name)
            for index, place in enumerate(self.places)
            for area_id, name in place.villages
        ]
        weights = [
            self.place_weights[index] * (9 if level == Group.Level.COMMUNE else 1) * self.rng.uniform(0.6, 1.4)
            for index, level, _, _ in wanted
        ]
        sizes = plan.share_out(self.volumes.members, weights)
        ids = reserve_ids(Group, len(wanted))
        self.groups: list[GroupInfo] = []
        begin = 0
        for pk, (index, level, _, _), size in zip(ids, wanted, sizes, strict=True):
            self.groups.append(GroupInfo(pk, index, level, range(begin, begin + size)))
            begin += size
        opened = self.start - dt.timedelta(days=20)
        copy_rows(
            Group,
            _GROUP_COLUMNS,
            (
                (
                    group.id,
                    self.ids.make_uuid(opened),
                    self.channel.pk,
                    area_id,
                    self.places[index].commune.unit_id,
                    level,
                    name[:30],
                    Group.State.OPEN,
                    "",
                    "",
                    "",
                    1,
                    len(group.members),
                    opened,
                    self.until,
                )
                for group, (index, level, area_id, name) in zip(self.groups, wanted, strict=True)
            ),
        )
        self._create_members(opened)
        self.counts["groups"] = len(self.groups)

    def _create_population(self) -> None:
        """Create the numbers of inhabitants of villages, as the chiefs entered them."""
        villages = [
            (area_id, place.officers[0][0], weight * self.rng.uniform(0.7, 1.3))
            for place, weight in zip(self.places, self.place_weights, strict=True)
            for area_id, _ in place.villages
        ]
        people = plan.share_out(_INHABITANTS, [weight**0.5 for _, _, weight in villages])
        Population.objects.bulk_create(
            Population(area_id=area_id, people=number, officer_id=officer, changed_at=self.start)
            for (area_id, officer, _), number in zip(villages, people, strict=True)
        )

    def _set_last_messages(self) -> None:
        """Set each group's last message; of groups without one, the day they opened."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE channels_group g SET last_message_at = coalesce(m.at, g.opened_at)
                FROM channels_group o
                LEFT JOIN (SELECT group_id, max(sent_at) AS at FROM channels_message GROUP BY group_id) m
                ON m.group_id = o.id
                WHERE o.id = g.id AND g.channel_id = %s
                """,
                [self.channel.pk],
            )

    def _iter_commune_groups(self) -> Iterator[tuple[int, SimulatedPlace]]:
        """Return the place of each commune's group: at least one each, the rest where former communes had theirs."""
        for number in range(max(self.volumes.commune_groups, len(self.places))):
            yield number % len(self.places), self.places[number % len(self.places)]

    def _create_members(self, opened: dt.datetime) -> None:
        at = opened.isoformat()
        self.reporters = copy_reporters(
            [(self.ids.make_uuid(opened), self.ids.make_code(), at) for _ in range(self.volumes.members)]
        )
        copy_rows(
            Membership,
            ("group_id", "reporter_id", "joined_at"),
            ((group.id, self.reporters[member], at) for group in self.groups for member in group.members),
        )
        copy_rows(GroupSize, ("group_id", "day", "members"), self._iter_sizes())
        self.counts["members"] = self.volumes.members

    def _iter_sizes(self) -> Iterator[tuple[Any, ...]]:
        """Return the size of each group at the start of each month: it grows to the present one."""
        days = [
            self.first,
            *(day for day in plan.list_days(self.first)[1:] if day.day == 1),
            to_vietnam_day(self.until),
        ]
        for group in self.groups:
            for day in dict.fromkeys(days):
                share = 0.55 + 0.45 * (day - self.first).days / (DAYS - 1)
                yield group.id, day, round(len(group.members) * share)

    def _create_conversations(self) -> None:
        """Create private conversations: of one member in eight on Zalo, and of people on the web page."""
        members = sorted(self.rng.sample(range(len(self.reporters)), max(1, len(self.reporters) // 8)))
        at = self.start.isoformat()
        web = copy_reporters(
            [
                (self.ids.make_uuid(self.start), self.ids.make_code(), at)
                for _ in range(max(1, round(self.volumes.cases * _PRIVATE_SHARE * _WEB_SHARE)))
            ]
        )
        pairs = [(self.channel.pk, self.reporters[member]) for member in members]
        pairs += [(self.web.pk, reporter) for reporter in web]
        ids = reserve_ids(Conversation, len(pairs))
        columns = ("id", "public_id", "channel_id", "reporter_id", "last_interaction_at")
        copy_rows(
            Conversation,
            columns,
            (
                (pk, self.ids.make_uuid(self.start), channel, reporter, at)
                for pk, (channel, reporter) in zip(ids, pairs, strict=True)
            ),
        )
        rows = [(pk, channel, reporter) for pk, (channel, reporter) in zip(ids, pairs, strict=True)]
        self.private, self.of_web = rows[: len(members)], rows[len(members) :]
        groups_by_place: dict[int, list[GroupInfo]] = {}
        for group in self.groups:
            if len(group.members):
                groups_by_place.setdefault(group.place, []).append(group)
        self.groups_by_place = groups_by_place

    def _write_cases(self, cases: Sequence[SimulatedCase]) -> None:
        """Write the cases with all their rows, and the messages of the year."""
        valuable = plan.choose_valuable(self.rng, cases, self.volumes.valuable_tips)
        rows = CaseRows(self, cases, valuable)
        talk = self._plan_talk(max(0, self.volumes.messages - len(cases)))
        rows.write(talk)
        self.counts.update(cases=len(cases), valuable=len(valuable), messages=len(cases) + len(talk))

    def _plan_talk(self, number: int) -> list[tuple[dt.datetime, int, int | None, int | None, int, str]]:
        """Return small talk: (moment, channel, conversation, group, reporter, text), each in its place's unit."""
        days = plan.list_days(self.first)
        day_weights, hour_weights = plan.list_talk_weights(days)
        groups = [group for group in self.groups if len(group.members)]
        # nosemgrep: dice-for-secrets  made-up data
        silent = Random(len(groups))  # noqa: S311  made-up data
        groups = [g for g in groups if g.level == Group.Level.COMMUNE or silent.random() > _SILENT_SHARE]
        group_choices = iter(self.rng.choices(groups, [len(group.members) for group in groups], k=number))
        talk: list[tuple[dt.datetime, int, int | None, int | None, int, str]] = []
        for group in group_choices:
            moment = plan.draw_moment(self.rng, days, day_weights, hour_weights)
            text = self.rng.choice(texts.SMALL_TALK)
            if moment >= self.until:
                moment -= dt.timedelta(days=1)
            if self.rng.random() < _TALK_IN_PRIVATE:
                conversation, channel, reporter = self.rng.choice(self.private)
                talk.append((moment, channel, conversation, None, reporter, text))
            else:
                reporter = self.reporters[self.rng.choice(group.members)]
                talk.append((moment, self.channel.pk, None, group.id, reporter, text))
        return talk

    def _write_bulletins(self) -> None:
        """Write released bulletins: most to the commune's groups, some of the province to every commune."""
        days = plan.list_days(self.first)
        weights = [plan.WEEKDAYS[day.weekday()] for day in days]
        moments = sorted(
            moment if moment < self.until else moment - dt.timedelta(days=1)
            for day in self.rng.choices(days, weights, k=self.volumes.bulletins)
            for moment in [
                dt.datetime.combine(day, dt.time(self.rng.randrange(7, 21), self.rng.randrange(60)), plan.VIETNAM)
            ]
        )
        commune_groups: dict[int, list[GroupInfo]] = {}
        village_groups: dict[int, list[GroupInfo]] = {}
        for group in self.groups:
            by_place = commune_groups if group.level == Group.Level.COMMUNE else village_groups
            by_place.setdefault(group.place, []).append(group)
        every = [group for groups in commune_groups.values() for group in groups]
        ids, rows, deliveries = reserve_ids(Bulletin, len(moments)), [], []
        places = self.rng.choices(range(len(self.places)), self.place_weights, k=len(moments))
        for pk, moment, index in zip(ids, moments, places, strict=True):
            officers: Sequence[tuple[int, str]] = self.province_officers
            level: str = Group.Level.COMMUNE
            if self.rng.random() < _PROVINCE_BULLETINS:
                unit_id, area_id, groups = self.province_unit_id, get_directory().province_area_id, every
            else:
                place = self.places[index]
                unit_id, officers, area_id = place.commune.unit_id, place.officers, place.commune.area_id
                groups = [self.rng.choice(commune_groups[index])]
                if self.rng.random() < _VILLAGE_BULLETINS:
                    groups, level = [*commune_groups[index], *village_groups.get(index, ())], ""
            rows.append(self._build_bulletin(pk, moment, unit_id, officers, area_id, groups, level))
            deliveries += [(pk, group.id, moment, len(group.members), unit_id) for group in groups]
        copy_rows(Bulletin, _BULLETIN_COLUMNS, rows)
        self._write_deliveries(deliveries)
        self.counts.update(bulletins=len(rows), deliveries=len(deliveries))

    def _build_bulletin(
        self,
        pk: int,
        moment: dt.datetime,
        unit_id: int,
        officers: Sequence[tuple[int, str]],
        area_id: int,
        groups: Sequence[GroupInfo],
        level: str,
    ) -> tuple[Any, ...]:
        topic = self.rng.choice(list(texts.BULLETIN_TITLES))
        expires, approver, author = moment + _BULLETIN_DAYS, officers[0][0], self.rng.choice(officers[1:])[0]
        state = BulletinState.RELEASED if expires > self.until else BulletinState.EXPIRED
        heads = sum(len(group.members) for group in groups)
        return (
            pk,
            self.ids.make_uuid(moment),
            self.ids.make_code(),
            unit_id,
            author,
            topic,
            texts.BULLETIN_TITLES[topic],
            texts.BULLETIN_TEXT,
            "",
            f"{{{area_id}}}",
            "{}",
            level,
            state,
            "[]",
            moment,
            moment,
            expires,
            "",
            approver,
            moment,
            moment,
            moment,
            moment,
            len(groups),
            heads,
            expires if state is BulletinState.EXPIRED else None,
            "",
        )

    def _write_deliveries(self, deliveries: Sequence[tuple[int, int, dt.datetime, int, int]]) -> None:
        """Write the deliveries; messages older than a month are gone, as after their retention."""
        recent = [row for row in deliveries if row[2] > self.until - _KEEP_DAYS]
        ids = reserve_ids(Outgoing, len(recent))
        outgoing = dict(zip(recent, ids, strict=True))
        copy_rows(
            Outgoing,
            _OUTGOING_COLUMNS,
            (
                (
                    pk,
                    self.ids.make_uuid(moment),
                    f"mp-{pk}",
                    self.channel.pk,
                    group_id,
                    unit_id,
                    "BULLETIN",
                    texts.BULLETIN_TEXT,
                    Outgoing.State.SENT,
                    1,
                    moment,
                    moment,
                    moment,
                    moment,
                    "",
                    "",
                    "[]",
                    False,
                    "[]",
                )
                for pk, (_, group_id, moment, _, unit_id) in zip(ids, recent, strict=True)
            ),
        )
        columns = ("bulletin_id", "group_id", "kind", "members", "outgoing_id", "is_cancelled", "queued_at")
        copy_rows(
            GroupDelivery,
            columns,
            ((row[0], row[1], GroupDelivery.Kind.POST, row[3], outgoing.get(row), False, row[2]) for row in deliveries),
        )


def _split_names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GROUP_COLUMNS = _split_names(
    """
    id public_id channel_id area_id unit_id level name state reason external_id link rules_version members opened_at
    last_message_at
    """
)
_BULLETIN_COLUMNS = _split_names(
    """
    id public_id code unit_id author_id topic title text ground areas excluded_areas group_level state
    accepted_kinds created_at changed_at expires_at returned_note approved_by_id approved_at release_at released_at
    groups_fixed_at group_count head_count ended_at reason
    """
)
_OUTGOING_COLUMNS = _split_names(
    """
    id public_id key channel_id group_id unit_id purpose text state attempts created_at due_at tried_at sent_at code
    reason external_ids delivery_unknown dlp_findings
    """
)
_CASE_COLUMNS = _split_names(
    """
    id public_id code kind lane state category urgency sensitive title unit_id area_id commune_id place snippet
    assignee_id opened_at updated_at acknowledged_at due_at closed_at outcome result tip_value state_before_merge
    version search_text search_accented latitude longitude
    """
)
_MESSAGE_COLUMNS = _split_names(
    """
    id public_id channel_id conversation_id group_id reporter_id unit_id external_id text search_text sent_at
    received_at category urgency sensitive reading in_case expires_at
    """
)


class CaseRows:
    """Rows of the cases by table, and their messages."""

    def __init__(self, simulation: _Simulation, cases: Sequence[SimulatedCase], valuable: frozenset[int]) -> None:
        self._simulation, self._rng, self._ids = simulation, simulation.rng, simulation.ids
        self._planned, self._valuable = cases, valuable
        # of its own: positions change nothing else of the year
        # nosemgrep: dice-for-secrets  made-up data
        self._positions = Random(len(cases))  # noqa: S311  made-up data
        self._cases: list[tuple[Any, ...]] = []
        self._events: list[tuple[Any, ...]] = []
        self._clocks: list[tuple[Any, ...]] = []
        self._alarms: list[tuple[Any, ...]] = []
        self._reports: list[tuple[Any, ...]] = []
        self._evidence: list[tuple[Any, ...]] = []
        # (moment, channel, conversation, group, reporter, text, case, category, urgency, unit)
        self._messages: list[tuple[Any, ...]] = []

    def write(self, talk: Sequence[tuple[Any, ...]]) -> None:
        """Build the rows of every case and write all tables; messages are numbered by time."""
        ids = reserve_ids(Case, len(self._planned))
        places = self._rng.choices(
            range(len(self._simulation.places)), self._simulation.place_weights, k=len(self._planned)
        )
        for index, (pk, case, place) in enumerate(zip(ids, self._planned, places, strict=True)):
            self._add_case(pk, case, place, is_valuable=index in self._valuable)
        copy_rows(Case, _CASE_COLUMNS, self._cases)
        columns = ("case_id", "version", "at", "actor", "officer_id", "verb", "data")
        copy_rows(CaseEvent, columns, sorted(self._events, key=lambda row: row[2]))
        copy_rows(
            Clock, ("case_id", "name", "label", "due_at", "stopped_at", "paused_in_states", "next_at"), self._clocks
        )
        alarm_columns = ("case_id", "escalation_level", "raised_at", "next_at", "acknowledged_at", "acknowledged_by_id")
        copy_rows(Alarm, (*alarm_columns, "arrived_at"), self._alarms)
        report_columns = ("public_id", "case_id", "reporter_id", "conversation_id", "at", "was_helpful", "rated_at")
        copy_rows(Report, report_columns, self._reports)
        copy_rows(Evidence, ("public_id", "case_id", "officer_id", "text", "at"), self._evidence)
        self._write_messages(talk)

    def _add_case(self, pk: int, case: SimulatedCase, place_index: int, *, is_valuable: bool) -> None:
        place = self._simulation.places[place_index]
        village_id, village = self._rng.choice(place.villages) if place.villages else (place.commune.area_id, "")
        where = f"{village}, {place.commune.full_name}" if village else place.commune.full_name
        text = self._rng.choice(texts.CASE_TEXTS[case.category]).format(place=village or place.commune.full_name)
        title = f"{CATEGORY_LABELS[case.category]} · {where}"[:160]
        officer = self._rng.choice(place.officers)
        clocks = self._add_clocks(pk, case)
        running = [clock.due_at for clock, stopped in clocks if stopped is None]
        version = self._add_events(pk, case, place.commune.unit_id, officer, is_valuable=is_valuable)
        last = case.closed_at or case.passed_on_at or case.acknowledged_at or case.opened_at
        self._cases.append(
            (
                pk,
                self._ids.make_uuid(case.opened_at),
                self._ids.make_code(),
                case.kind,
                case.lane,
                case.state,
                case.category,
                case.urgency,
                False,
                title,
                place.commune.unit_id,
                village_id,
                place.commune.area_id,
                where[:160],
                text[:160],
                officer[0] if case.acknowledged_at else None,
                case.opened_at,
                last,
                case.acknowledged_at,
                min(running) if running and case.state in OPEN_STATES else None,
                case.closed_at,
                case.outcome,
                texts.RESULTS.get(case.outcome, texts.RESULT) if case.outcome else "",
                Grade.VALUABLE if is_valuable else Grade.NONE,
                "",
                version,
                fold_text(f"{title} {text}"),
                accented_words(f"{title} {text}"),
                *self._draw_position(place.commune.code),
            )
        )
        self._add_alarm(pk, case, officer[0])
        self._add_report(pk, case, place_index, text, place.commune.unit_id)
        if case.closed_at and case.outcome in PROOF_REQUIRED_OUTCOMES:
            proof = texts.PROOF.format(n=self._rng.randrange(1, 400))
            self._evidence.append((self._ids.make_uuid(case.closed_at), pk, officer[0], proof, case.closed_at))

    def _draw_position(self, code: str) -> tuple[float | None, float | None]:
        """Return latitude and longitude near the middle of a commune for the share of cases that have a position."""
        centre = self._simulation.centres.get(code)
        if centre is None or self._positions.random() > _POSITION_SHARE:
            return None, None
        latitude, longitude = (value + self._positions.gauss(0, _POSITION_SPREAD) for value in centre)
        return (latitude, longitude) if find_commune_at(latitude, longitude) == code else centre

    def _add_clocks(self, pk: int, case: SimulatedCase) -> list[tuple[Due, dt.datetime | None]]:
        clocks = []
        for clock in build_clocks(get_kind(case.kind), case.lane, opened_at=case.opened_at, urgency=case.urgency):
            stopped = case.closed_at
            if case.passed_on_at and State.PASSED_ON in clock.paused_in_states:
                stopped = case.passed_on_at
            states = json.dumps(list(clock.paused_in_states))
            next_at = clock.next_at if stopped is None else None
            self._clocks.append((pk, clock.name, clock.label, clock.due_at, stopped, states, next_at))
            clocks.append((clock, stopped))
        return clocks

    def _add_events(
        self, pk: int, case: SimulatedCase, unit_id: int, officer: tuple[int, str], *, is_valuable: bool
    ) -> int:
        """Add the events in their order; return the version of the case after them."""
        actor = f"officer:{officer[1]}"
        events: list[tuple[dt.datetime, Verb, Any]] = []
        if case.acknowledged_at:
            events.append((case.acknowledged_at, Verb.ACKNOWLEDGED, {}))
            events.append((case.acknowledged_at, Verb.ASSIGNED, {"to": officer[1]}))
        if case.state is State.WORKING or case.state is State.WAITING:
            assert case.acknowledged_at
            events.append((case.acknowledged_at, Verb.STATE, build_state_data(State.RECEIVED, case.state)))
        if case.passed_on_at:
            events.append((case.passed_on_at, Verb.STATE, build_state_data(State.RECEIVED, State.PASSED_ON)))
        if case.closed_at:
            if is_valuable:
                events.append((case.closed_at, Verb.GRADED, {"from": Grade.NONE, "to": Grade.VALUABLE}))
            events.append((case.closed_at, Verb.CLOSED, {"outcome": case.outcome}))
        opened = build_opened_data(case.category, case.urgency, unit_id, asked=False)
        self._events.append((pk, 1, case.opened_at, _INTAKE, None, Verb.OPENED, json.dumps(opened)))
        for version, (at, verb, data) in enumerate(events, 2):
            self._events.append((pk, version, at, actor, officer[0], verb, json.dumps(data)))
        return 1 + len(events)

    def _add_alarm(self, pk: int, case: SimulatedCase, officer_id: int) -> None:
        if should_alarm(case.urgency):
            noticed = case.acknowledged_at
            next_at = None if noticed else self._simulation.until + dt.timedelta(minutes=2)
            arrived = noticed + dt.timedelta(minutes=4 + pk * 7 % 38) if noticed and pk % 10 else None
            if arrived is not None and arrived > self._simulation.until:
                arrived = None
            self._alarms.append((pk, 0, case.opened_at, next_at, noticed, officer_id if noticed else None, arrived))

    def _add_report(self, pk: int, case: SimulatedCase, place_index: int, text: str, unit_id: int) -> None:
        simulation = self._simulation
        conversation: int | None = None
        group_id: int | None = None
        if self._rng.random() < _PRIVATE_SHARE or place_index not in simulation.groups_by_place:
            source = simulation.of_web if self._rng.random() < _WEB_SHARE else simulation.private
            conversation, channel, reporter = self._rng.choice(source)
        else:
            group = self._rng.choice(simulation.groups_by_place[place_index])
            channel, group_id = simulation.channel.pk, group.id
            reporter = simulation.reporters[self._rng.choice(group.members)]
        rated_at = case.closed_at if case.is_rated is not None else None
        public_id = self._ids.make_uuid(case.opened_at)
        self._reports.append((public_id, pk, reporter, conversation, case.opened_at, case.is_rated, rated_at))
        self._messages.append(
            (case.opened_at, channel, conversation, group_id, reporter, text, pk, case.category, case.urgency, unit_id)
        )

    def _write_messages(self, talk: Sequence[tuple[Any, ...]]) -> None:
        """Write the messages of cases and small talk by time, then the links of those in cases."""
        simulation = self._simulation
        unit_by_group = {group.id: simulation.places[group.place].commune.unit_id for group in simulation.groups}
        messages = [*self._messages, *((*row, None, "other", 0, unit_by_group.get(row[3])) for row in talk)]
        messages.sort(key=lambda row: row[0])
        ids = reserve_ids(Message, len(messages))
        expires = (simulation.until + _KEEP_DAYS).isoformat()
        folded: dict[str, str] = {}
        copy_rows(
            Message,
            _MESSAGE_COLUMNS,
            (
                (
                    pk,
                    self._ids.make_uuid(moment),
                    channel,
                    conversation,
                    group,
                    reporter,
                    unit,
                    f"mp-{pk}",
                    text,
                    folded.setdefault(text, fold_text(text)),
                    at := moment.isoformat(),
                    at,
                    category,
                    urgency,
                    False,
                    "{}",
                    case is not None,
                    None if case is not None else expires,
                )
                for pk, (moment, channel, conversation, group, reporter, text, case, category, urgency, unit) in zip(
                    ids, messages, strict=True
                )
            ),
        )
        copy_rows(
            CaseMessage,
            ("case_id", "message_id", "attached_at", "attached_by"),
            ((row[6], pk, row[0], _INTAKE) for pk, row in zip(ids, messages, strict=True) if row[6] is not None),
        )
