"""Village import from the province's list: check, apply as a whole or not at all, close and merge villages."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from binhyen.areas.loading.write import new_ids
from binhyen.areas.models import Alias, Area, AreaVersion, Level, Succession
from binhyen.areas.queries.directory import Directory, changed, directory
from binhyen.areas.rules.import_plan import Add, Change, CommuneFact, Facts, Plan, VillageFact
from binhyen.areas.rules.names import full_name
from binhyen.areas.rules.spreadsheet import Problem, read_sheet
from binhyen.areas.rules.village_import import decide
from binhyen.audit.services import Act, record
from binhyen.kit.clock import vietnam_day
from binhyen.kit.locks import Lock, wait_for
from binhyen.kit.text import fold, name_key

_FIRST_DAY = dt.date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Preview:
    """Result or preview of an import (`saved`: applied). With errors nothing is written."""

    rows: int
    added: int
    changed: int
    closed: int
    unchanged: int
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    saved: bool = False


def check_villages(data: bytes, *, now: dt.datetime) -> Preview:
    """Check the list against the tables without writing. Never raises for the file's content."""
    plan, rows = _plan(data, now)
    return _preview(plan, rows)


@transaction.atomic
def import_villages(data: bytes, *, actor: str, now: dt.datetime) -> Preview:
    """Apply the whole list or nothing; idempotent."""
    wait_for(Lock.AREAS)
    plan, rows = _plan(data, now)
    preview = _preview(plan, rows, saved=not plan.errors)
    if plan.errors or not (plan.adds or plan.changes):
        return preview
    apply(plan)
    detail = {
        "added": preview.added,
        "changed": preview.changed,
        "closed": preview.closed,
        "communes": sorted({add.commune for add in plan.adds}),
    }
    record([Act(actor, "villages_imported", "areas:villages", None, detail)], now=now)
    return preview


@transaction.atomic
def merge_villages(
    *, area_ids: Sequence[int], name: str, type: str, commune: str, day: dt.date, actor: str, now: dt.datetime
) -> int:
    """Merge several villages of a commune into a new one from `day`; return its area id. The old ones keep their
    history.
    """
    add = Add(0, commune, type, name, day, absorbs=tuple(area_ids))
    made = apply(Plan(adds=(add,)))
    record([Act(actor, "villages_merged", f"area:{made[0]}", None, {"old": list(area_ids), "day": str(day)})], now=now)
    return made[0]


@transaction.atomic
def close_village(*, area_id: int, day: dt.date, actor: str, now: dt.datetime) -> None:
    """Close a village from `day`; its area stays with its commune."""
    _close([area_id], day)
    changed()
    record([Act(actor, "village_closed", f"area:{area_id}", None, {"day": str(day)})], now=now)


def _preview(plan: Plan, rows: int, *, saved: bool = False) -> Preview:
    ended = sum(len(a.absorbs) for a in plan.adds) + sum(len(c.absorbs) + bool(c.until) for c in plan.changes)
    return Preview(rows, len(plan.adds), len(plan.changes), ended, plan.unchanged, plan.errors, plan.warnings, saved)


def _plan(data: bytes, now: dt.datetime) -> tuple[Plan, int]:
    sheet = read_sheet(data)
    if sheet.problems and not sheet.rows:
        return Plan(errors=sheet.problems), 0
    plan = decide(sheet.rows, facts(), today=vietnam_day(now))
    errors = tuple(sorted((*sheet.problems, *plan.errors), key=lambda problem: problem.line))
    return Plan(plan.adds, plan.changes, plan.unchanged, errors, plan.warnings), len(sheet.rows)


def facts() -> Facts:
    """Load communes and villages in force, and former names with the present communes in their areas."""
    today = directory()
    ids = {entry.area_id: code for code, entry in today.communes.items()}
    current = AreaVersion.objects.filter(area_id__in=ids, current=True)
    communes = {v.code: CommuneFact(v.code, v.full_name, v.name, v.type, v.valid_from or _FIRST_DAY) for v in current}
    old: dict[str, set[str]] = defaultdict(set)
    past = AreaVersion.objects.filter(area__level=Level.COMMUNE, area_id__in=today.areas())
    for area, name, full in past.values_list("area_id", "name", "full_name"):
        for key in (name_key(name), name_key(full)):
            old[key].update(today.commune_codes_of_area(area))
    return Facts(communes, {key: frozenset(codes) for key, codes in old.items()}, _villages(today))


def _villages(today: Directory) -> list[VillageFact]:
    """Load villages in force with their present commune: their own row may still refer to one that ended."""
    aliases: dict[int, set[str]] = defaultdict(set)
    for area_id, folded in Alias.objects.values_list("area_id", "folded"):
        aliases[area_id].add(folded)
    rows = AreaVersion.objects.filter(area__level=Level.VILLAGE, current=True).select_related("area")
    return [
        VillageFact(
            area_id=v.area_id,
            code=v.code,
            commune=commune,
            type=v.type,
            name=v.name,
            since=v.valid_from,
            aliases=frozenset(aliases[v.area_id]),
            point=_point(v.area),
            demo=v.area.demo,
        )
        for v in rows
        if (commune := today.commune_code_of_area(v.area_id)) is not None
    ]


def _point(area: Area) -> tuple[float, float] | None:
    return (area.latitude, area.longitude) if area.latitude is not None and area.longitude is not None else None


def apply(plan: Plan) -> list[int]:
    """Apply a plan without errors; return area ids of the new villages, in order. Call inside a transaction."""
    for change in plan.changes:
        _change(change)
    made = _add(plan.adds)
    changed()
    return made


def _change(change: Change) -> None:
    area = Area.objects.get(pk=change.area_id)
    if change.until is not None:
        _close([area.pk], change.until)
    if change.renamed:
        version = AreaVersion.objects.select_for_update().get(area=area, valid_to=None)
        version.valid_to = change.since
        version.save(update_fields=["valid_to"])
        named = (change.type, change.name)
        _version(area.pk, version.code, named, parent=version.parent_id, since=change.since).save()
    if change.point is not None:
        area.latitude, area.longitude = change.point
    area.demo = False  # it is in the province's own list
    area.save(update_fields=["latitude", "longitude", "demo"])
    _absorb(change.absorbs, area.pk, change.since)
    _name((area.pk, alias) for alias in change.aliases)


def _add(adds: Sequence[Add]) -> list[int]:
    """Add all new villages in a few statements: a province's first list has two thousand."""
    today = directory()
    numbers = _last_numbers()
    made = new_ids(Area, len(adds))
    areas: list[Area] = []
    versions: list[AreaVersion] = []
    names: list[tuple[int, str]] = []
    for area, add in zip(made, adds, strict=True):
        numbers[add.commune] += 1
        code = f"{add.commune}-{numbers[add.commune]:03d}"
        latitude, longitude = add.point or (None, None)
        areas.append(Area(pk=area, key=f"thon-{code}", level=Level.VILLAGE, latitude=latitude, longitude=longitude))
        parent = today.communes[add.commune].area_id
        versions.append(_version(area, code, (add.type, add.name), parent=parent, since=add.since))
        names += [(area, alias) for alias in add.aliases]
    Area.objects.bulk_create(areas)
    AreaVersion.objects.bulk_create(versions)
    _name(names)
    for area, add in zip(made, adds, strict=True):
        _absorb(add.absorbs, area, add.since)
    return made


def _version(area: int, code: str, named: tuple[str, str], *, parent: int | None, since: dt.date) -> AreaVersion:
    """Build a version. `named`: kind and name."""
    kind, name = named
    shown = full_name(kind, name)
    return AreaVersion(
        area_id=area,
        code=code,
        type=kind,
        name=name,
        full_name=shown,
        name_key=name_key(name),
        folded=fold(shown),
        parent_id=parent,
        valid_from=None if since == _FIRST_DAY else since,
        date_quality="province",
    )


def _last_numbers() -> Counter[str]:
    """Return the highest village number by commune code; numbers are never reused."""
    last: Counter[str] = Counter()
    for code in AreaVersion.objects.filter(area__level=Level.VILLAGE).values_list("code", flat=True):
        commune, _, number = code.partition("-")
        last[commune] = max(last[commune], int(number))
    return last


def _absorb(old: Sequence[int], new: int, day: dt.date) -> None:
    if not old:
        return
    _close(old, day)
    Succession.objects.bulk_create(
        Succession(old_id=area, new_id=new, event_date=day, share=Succession.Share.WHOLE) for area in old
    )
    # People continue to use the old names.
    versions = AreaVersion.objects.filter(area_id__in=old, valid_to=day)
    names = [*versions.values_list("name", flat=True)]
    names += Alias.objects.filter(area_id__in=old, kind="ALIAS").values_list("name", flat=True)
    _name((new, name) for name in names)


def _close(areas: Sequence[int], day: dt.date) -> None:
    AreaVersion.objects.filter(area_id__in=areas, valid_to=None).update(valid_to=day)


def _name(names: Iterable[tuple[int, str]]) -> None:
    unique = {(area, fold(name)): name for area, name in names}
    Alias.objects.bulk_create(
        [Alias(area_id=area, name=name, folded=folded) for (area, folded), name in unique.items()],
        ignore_conflicts=True,
    )
