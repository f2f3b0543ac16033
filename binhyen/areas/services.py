"""Services on areas: load, import villages, add names."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas.models import Alias, Area, AreaVersion, Landmark, Level, Reorganisation, Succession
from binhyen.areas.queries.directory import Directory, get_directory, mark_areas_changed
from binhyen.areas.rules.names import COMMUNE_TYPES, format_full_name, format_unit_name
from binhyen.areas.rules.reorganisation import ReorganisationFacts, ReorganisationPlan, check_reorganisation
from binhyen.areas.rules.spreadsheet import ImportProblem, read_sheet
from binhyen.areas.rules.village_import import (
    CommuneFact,
    ImportFacts,
    ImportPlan,
    VillageAddition,
    VillageChange,
    VillageFact,
    plan_import,
)
from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.bulk_insert import reserve_ids
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.kit.text import collapse_spaces, fold_text, to_name_key, to_nfc

# Place names learned from cases: confirmed when officers close a case, removed by an operator.


@dataclass(frozen=True, slots=True)
class LandmarkConfirmation:
    """Confirmation by a case that `name` is in the commune `area_id`. `source`: fingerprint of the case; the latest
    counts.
    """

    name: str
    area_id: int
    source: str
    at: dt.datetime


@transaction.atomic
def store_landmarks(confirmed: Sequence[LandmarkConfirmation], *, withdrawn: Sequence[str] = ()) -> int:
    """Store confirmations; return the number new or changed. Idempotent.

    `withdrawn`: fingerprints of cases without a valid confirmation. A name removed by an operator is not learned
    again.
    """
    names = {fold_text(c.name) for c in confirmed}
    removed_names = set(Landmark.objects.filter(search_text__in=names, gone=True).values_list("search_text", flat=True))
    changes = Landmark.objects.filter(source__in=withdrawn, gone=False).delete()[0] if withdrawn else 0
    for confirmation in confirmed:
        folded = fold_text(confirmation.name)
        if folded in removed_names:
            continue
        fields = {"name": confirmation.name, "area_id": confirmation.area_id, "at": confirmation.at}
        row, is_changed = Landmark.objects.get_or_create(
            search_text=folded, source=confirmation.source, defaults=fields
        )
        if not is_changed and row.area_id != confirmation.area_id:
            row.area_id, row.at, is_changed = confirmation.area_id, confirmation.at, True
            row.save(update_fields=["area", "at"])
        changes += is_changed
    if changes:
        mark_areas_changed()
    return changes


@transaction.atomic
def remove_landmark(*, folded: str, actor: str, now: dt.datetime) -> bool:
    """Remove a name for good: it locates nothing and is not learned again. Tell whether it existed."""
    changes = Landmark.objects.filter(search_text=folded, gone=False).update(gone=True)
    if changes:
        mark_areas_changed()
        record_actions([AuditAction(actor, "landmark_taken_off", "landmark", None, {"cases": changes})], now=now)
    return bool(changes)


@transaction.atomic
def restore_landmark(*, folded: str, actor: str, now: dt.datetime) -> bool:
    """Undo `remove_landmark`. Tell whether the name was removed before."""
    changes = Landmark.objects.filter(search_text=folded, gone=True).update(gone=False)
    if changes:
        mark_areas_changed()
        record_actions([AuditAction(actor, "landmark_put_back", "landmark", None, {"cases": changes})], now=now)
    return bool(changes)


# Aliases of areas and landmarks: makes everyday names searchable.

ALIAS, LANDMARK = "ALIAS", "LANDMARK"
_MAX_NAME_LENGTH = 80


class InvalidName(ValueError):
    """Invalid name; the text is Vietnamese and goes on the screen."""


@transaction.atomic
def add_alias(*, area_id: int, name: str, kind: str = ALIAS, actor: str, now: dt.datetime) -> bool:
    """Add an alias; tell whether it was new. Raises `BadName` for an empty, too long or one-letter name,
    Area.DoesNotExist.
    """
    clean_name = collapse_spaces(to_nfc(name))
    if kind not in {ALIAS, LANDMARK} or len(fold_text(clean_name)) < 2 or len(clean_name) > _MAX_NAME_LENGTH:
        raise InvalidName(_("Tên phải dài từ 2 đến 80 chữ."))
    area = Area.objects.get(pk=area_id)
    defaults = {"name": clean_name, "kind": kind}
    was_created: bool = Alias.objects.get_or_create(area=area, search_text=fold_text(clean_name), defaults=defaults)[1]
    if was_created:
        mark_areas_changed()
        record_actions([AuditAction(actor, "area_name_added", f"area:{area.public_id}", None, {"kind": kind})], now=now)
    return was_created


@transaction.atomic
def remove_alias(*, area_id: int, name: str, actor: str, now: dt.datetime) -> bool:
    """Remove an alias; tell whether it existed."""
    removed = Alias.objects.filter(area_id=area_id, search_text=fold_text(collapse_spaces(to_nfc(name)))).delete()[0]
    if removed:
        mark_areas_changed()
        record_actions([AuditAction(actor, "area_name_removed", f"area:{area_id}")], now=now)
    return bool(removed)


# Village import from the province's list: check, apply as a whole or not at all, close and merge villages.

_FIRST_DAY = dt.date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """Result or preview of an import (`saved`: applied). With errors nothing is written."""

    rows: int
    added: int
    changed: int
    closed: int
    unchanged: int
    errors: tuple[ImportProblem, ...]
    warnings: tuple[ImportProblem, ...]
    saved: bool = False


def check_villages(data: bytes, *, now: dt.datetime) -> ImportPreview:
    """Check the list against the tables without writing. Never raises for the file's content."""
    plan, rows = _plan_file(data, now)
    return _build_preview(plan, rows)


@transaction.atomic
def import_villages(data: bytes, *, actor: str, now: dt.datetime) -> ImportPreview:
    """Apply the whole list or nothing; idempotent."""
    acquire_xact_lock(AdvisoryLock.AREAS)
    plan, rows = _plan_file(data, now)
    preview = _build_preview(plan, rows, saved=not plan.errors)
    if plan.errors or not (plan.adds or plan.changes):
        return preview
    apply_plan(plan)
    detail = {
        "added": preview.added,
        "changed": preview.changed,
        "closed": preview.closed,
        "communes": sorted({add.commune for add in plan.adds}),
    }
    record_actions([AuditAction(actor, "villages_imported", "areas:villages", None, detail)], now=now)
    return preview


@transaction.atomic
def merge_villages(
    *, area_ids: Sequence[int], name: str, type: str, commune: str, day: dt.date, actor: str, now: dt.datetime
) -> int:
    """Merge several villages of a commune into a new one from `day`; return its area id. The old ones keep their
    history.
    """
    add = VillageAddition(0, commune, type, name, day, absorbs=tuple(area_ids))
    new_areas = apply_plan(ImportPlan(adds=(add,)))
    record_actions(
        [AuditAction(actor, "villages_merged", f"area:{new_areas[0]}", None, {"old": list(area_ids), "day": str(day)})],
        now=now,
    )
    return new_areas[0]


@transaction.atomic
def close_village(*, area_id: int, day: dt.date, actor: str, now: dt.datetime) -> None:
    """Close a village from `day`; its area stays with its commune."""
    _close_areas([area_id], day)
    mark_areas_changed()
    record_actions([AuditAction(actor, "village_closed", f"area:{area_id}", None, {"day": str(day)})], now=now)


def _build_preview(plan: ImportPlan, rows: int, *, saved: bool = False) -> ImportPreview:
    ended_count = sum(len(addition.absorbs) for addition in plan.adds) + sum(
        len(change.absorbs) + bool(change.until) for change in plan.changes
    )
    return ImportPreview(
        rows, len(plan.adds), len(plan.changes), ended_count, plan.unchanged, plan.errors, plan.warnings, saved
    )


def _plan_file(data: bytes, now: dt.datetime) -> tuple[ImportPlan, int]:
    sheet = read_sheet(data)
    if sheet.problems and not sheet.rows:
        return ImportPlan(errors=sheet.problems), 0
    plan = plan_import(sheet.rows, load_import_facts(), today=to_vietnam_day(now))
    errors = tuple(sorted((*sheet.problems, *plan.errors), key=lambda problem: problem.line))
    return ImportPlan(plan.adds, plan.changes, plan.unchanged, errors, plan.warnings), len(sheet.rows)


def load_import_facts() -> ImportFacts:
    """Load communes and villages in force, and former names with the present communes in their areas."""
    snapshot = get_directory()
    ids = {entry.area_id: code for code, entry in snapshot.communes.items()}
    current = AreaVersion.objects.filter(area_id__in=ids, current=True)
    communes = {
        version.code: CommuneFact(
            version.code, version.full_name, version.name, version.type, version.valid_from or _FIRST_DAY
        )
        for version in current
    }
    codes_by_name: dict[str, set[str]] = defaultdict(set)
    former_versions = AreaVersion.objects.filter(area__level=Level.COMMUNE, area_id__in=snapshot.areas())
    for area, name, long_name in former_versions.values_list("area_id", "name", "full_name"):
        for key in (to_name_key(name), to_name_key(long_name)):
            codes_by_name[key].update(snapshot.list_commune_codes(area))
    return ImportFacts(
        communes, {key: frozenset(codes) for key, codes in codes_by_name.items()}, _load_villages(snapshot)
    )


def _load_villages(snapshot: Directory) -> list[VillageFact]:
    """Load villages in force with their present commune: their own row may still refer to one that ended."""
    aliases: dict[int, set[str]] = defaultdict(set)
    for area_id, folded in Alias.objects.values_list("area_id", "search_text"):
        aliases[area_id].add(folded)
    rows = AreaVersion.objects.filter(area__level=Level.VILLAGE, current=True).select_related("area")
    return [
        VillageFact(
            area_id=version.area_id,
            code=version.code,
            commune=commune,
            type=version.type,
            name=version.name,
            since=version.valid_from,
            aliases=frozenset(aliases[version.area_id]),
            point=_get_point(version.area),
            demo=version.area.demo,
        )
        for version in rows
        if (commune := snapshot.get_commune_code(version.area_id)) is not None
    ]


def _get_point(area: Area) -> tuple[float, float] | None:
    return (area.latitude, area.longitude) if area.latitude is not None and area.longitude is not None else None


def apply_plan(plan: ImportPlan) -> list[int]:
    """Apply a plan without errors; return area ids of the new villages, in order. Call inside a transaction."""
    for change in plan.changes:
        _apply_change(change)
    new_areas = _add_villages(plan.adds)
    mark_areas_changed()
    return new_areas


def _apply_change(change: VillageChange) -> None:
    area = Area.objects.get(pk=change.area_id)
    if change.until is not None:
        _close_areas([area.pk], change.until)
    if change.renamed:
        version = AreaVersion.objects.select_for_update().get(area=area, valid_to=None)
        version.valid_to = change.since
        version.save(update_fields=["valid_to"])
        kind_and_name = (change.type, change.name)
        _build_version(area.pk, version.code, kind_and_name, parent=version.parent_id, since=change.since).save()
    if change.point is not None:
        area.latitude, area.longitude = change.point
    area.demo = False  # it is in the province's own list
    area.save(update_fields=["latitude", "longitude", "demo"])
    _merge_into(change.absorbs, area.pk, change.since)
    _add_aliases((area.pk, alias) for alias in change.aliases)


def _add_villages(adds: Sequence[VillageAddition]) -> list[int]:
    """Add all new villages in a few statements: a province's first list has two thousand."""
    snapshot = get_directory()
    numbers = _last_numbers()
    new_areas = reserve_ids(Area, len(adds))
    areas: list[Area] = []
    versions: list[AreaVersion] = []
    names: list[tuple[int, str]] = []
    for area, add in zip(new_areas, adds, strict=True):
        numbers[add.commune] += 1
        code = f"{add.commune}-{numbers[add.commune]:03d}"
        latitude, longitude = add.point or (None, None)
        areas.append(Area(pk=area, key=f"thon-{code}", level=Level.VILLAGE, latitude=latitude, longitude=longitude))
        parent = snapshot.communes[add.commune].area_id
        versions.append(_build_version(area, code, (add.type, add.name), parent=parent, since=add.since))
        names += [(area, alias) for alias in add.aliases]
    Area.objects.bulk_create(areas)
    AreaVersion.objects.bulk_create(versions)
    _add_aliases(names)
    for area, add in zip(new_areas, adds, strict=True):
        _merge_into(add.absorbs, area, add.since)
    return new_areas


def _build_version(
    area: int, code: str, kind_and_name: tuple[str, str], *, parent: int | None, since: dt.date
) -> AreaVersion:
    """Build a version. `named`: kind and name."""
    kind, name = kind_and_name
    whole_name = format_full_name(kind, name)
    return AreaVersion(
        area_id=area,
        code=code,
        type=kind,
        name=name,
        full_name=whole_name,
        name_key=to_name_key(name),
        search_text=fold_text(whole_name),
        parent_id=parent,
        valid_from=None if since == _FIRST_DAY else since,
        date_quality="province",
    )


def _last_numbers() -> Counter[str]:
    """Return the highest village number by commune code; numbers are never reused."""
    highest: Counter[str] = Counter()
    for code in AreaVersion.objects.filter(area__level=Level.VILLAGE).values_list("code", flat=True):
        commune, _, number = code.partition("-")
        highest[commune] = max(highest[commune], int(number))
    return highest


def _merge_into(old: Sequence[int], new: int, day: dt.date) -> None:
    if not old:
        return
    _close_areas(old, day)
    Succession.objects.bulk_create(
        Succession(old_id=area, new_id=new, event_date=day, share=Succession.Share.WHOLE) for area in old
    )
    # People continue to use the old names.
    versions = AreaVersion.objects.filter(area_id__in=old, valid_to=day)
    names = [*versions.values_list("name", flat=True)]
    names += Alias.objects.filter(area_id__in=old, kind="ALIAS").values_list("name", flat=True)
    _add_aliases((new, name) for name in names)


def _close_areas(areas: Sequence[int], day: dt.date) -> None:
    AreaVersion.objects.filter(area_id__in=areas, valid_to=None).update(valid_to=day)


def _add_aliases(names: Iterable[tuple[int, str]]) -> None:
    unique = {(area, fold_text(name)): name for area, name in names}
    Alias.objects.bulk_create(
        [Alias(area_id=area, name=name, search_text=folded) for (area, folded), name in unique.items()],
        ignore_conflicts=True,
    )


# Reorganisations of communes: planned here; `stats` applies them with all rows that follow the unit.


def load_reorganisation_facts() -> ReorganisationFacts:
    """Load the facts for the validation of a reorganisation."""
    snapshot = get_directory()
    communes = {entry.area_id: code for code, entry in snapshot.communes.items()}
    areas_by_code = {code: area for area, code in communes.items()}
    villages = AreaVersion.objects.filter(area__level=Level.VILLAGE, current=True).values_list("area_id", flat=True)
    planned = Reorganisation.objects.filter(state=Reorganisation.State.PLANNED).values_list("old_areas", "code")
    used = AreaVersion.objects.filter(current=True, area__level=Level.COMMUNE).values_list("code", flat=True)
    return ReorganisationFacts(
        communes,
        frozenset(area for areas, _code in planned for area in areas),
        frozenset(used) | {code for _areas, code in planned},
        {entry.area_id: entry.full_name for entry in snapshot.communes.values()},
        {area: areas_by_code[code] for area in villages if (code := snapshot.get_commune_code(area)) is not None},
    )


@transaction.atomic
def plan_reorganisation(plan: ReorganisationPlan, *, actor: str, now: dt.datetime) -> Reorganisation:
    """Plan a reorganisation of communes. Raises InvalidReorganisation."""
    acquire_xact_lock(AdvisoryLock.AREAS)
    check_reorganisation(plan, load_reorganisation_facts(), today=to_vietnam_day(now))
    full_name = f"{COMMUNE_TYPES[plan.type]} {plan.name}"
    row = Reorganisation.objects.create(
        day=plan.day,
        kind=plan.kind,
        old_areas=list(plan.old_areas),
        villages=list(plan.villages) or None,
        code=plan.code,
        type=plan.type,
        name=plan.name,
        full_name=full_name,
        name_key=to_name_key(plan.name),
        search_text=fold_text(full_name),
        unit_name=format_unit_name(full_name),
        legal_basis=plan.legal_basis,
        planned_by=actor,
        planned_at=now,
    )
    detail = {"old": len(plan.old_areas), "day": str(plan.day)}
    record_actions([AuditAction(actor, "reorganisation_planned", f"area:{row.public_id}", None, detail)], now=now)
    return row


@transaction.atomic
def cancel_reorganisation(*, public_id: UUID, actor: str, now: dt.datetime) -> bool:
    """Cancel a planned reorganisation before its day; tell whether it was still planned."""
    acquire_xact_lock(AdvisoryLock.AREAS)
    planned = Reorganisation.objects.filter(public_id=public_id, state=Reorganisation.State.PLANNED)
    is_cancelled = bool(planned.update(state=Reorganisation.State.CANCELLED))
    if is_cancelled:
        record_actions([AuditAction(actor, "reorganisation_cancelled", f"area:{public_id}")], now=now)
    return is_cancelled
