"""Merges of communes: no case without an owner or counted twice, all rows follow, undo before the day."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.db import connection

from binhyen.areas import queries as areas
from binhyen.areas.loading import load_areas
from binhyen.areas.models import Area, AreaVersion, Reorganisation, Unit
from binhyen.areas.queries.directory import load_province_history, mark_areas_changed
from binhyen.areas.rules.history import COMMUNE, VILLAGE, History, ValidityPeriod, find_communes_on_day
from binhyen.areas.rules.reorganisation import (
    InvalidReorganisation,
    ReorganisationFacts,
    ReorganisationKind,
    ReorganisationPlan,
    check_reorganisation,
    merge_history,
)
from binhyen.cases.choices import UnreadUpdate, Verb
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.channels.models import Channel, Group
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.people.models import Officer
from binhyen.stats import queries, reorganisation, services
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Contribution
from binhyen.stats.periods import get_current_period
from tests import rls

Make = Callable[..., Any]
URL = "/dia-ban/sap-xep"
START, TODAY = dt.date(2025, 7, 1), dt.date(2026, 11, 30)


def test_a_thousand_random_merges_lose_no_place_and_count_no_case_twice() -> None:
    rng = Random(19)
    for _province in range(25):
        communes, villages = list(range(1, 70)), list(range(100, 400))
        levels = dict.fromkeys(communes, COMMUNE) | dict.fromkeys(villages, VILLAGE)
        periods = {area: [ValidityPeriod(None, None, None)] for area in communes}
        periods |= {area: [ValidityPeriod(None, None, rng.choice(communes))] for area in villages}
        history, present, cases = History(levels, periods), set(communes), rng.choices([*communes, *villages], k=500)
        before = Counter(next(iter(find_communes_on_day(area, START, history))) for area in cases)
        for step in range(40):
            olds = rng.sample(sorted(present), min(len(present) - 1, rng.choice((2, 2, 3)))) if len(present) > 2 else []
            if olds:
                new = 1000 + step
                history = merge_history(history, olds, new, START + dt.timedelta(days=step + 1))
                present = present - set(olds) | {new}
        for area in {*communes, *villages}:
            for day in (START, START + dt.timedelta(days=20), TODAY):
                assert len(find_communes_on_day(area, day, history)) == 1, (area, day)
        today = Counter(next(iter(find_communes_on_day(area, TODAY, history))) for area in cases)
        assert today.keys() <= present and sum(today.values()) == len(cases)
        assert before == Counter(next(iter(find_communes_on_day(area, START, history))) for area in cases)


FACTS = ReorganisationFacts(
    {1: "18568", 2: "18073", 3: "18100"},
    frozenset({3}),
    frozenset({"18568", "18073", "18100", "99999"}),
    {1: "Xã Lộc Hà"},
    {11: 1, 12: 1, 21: 2},
)
SPLIT = {"kind": ReorganisationKind.SPLIT, "old_areas": (1,), "code": "18999", "villages": (11,)}
RENAME = {"kind": ReorganisationKind.RENAME, "old_areas": (1,), "name": "Hà Lộc"}
GOOD = ReorganisationPlan(TODAY + dt.timedelta(days=1), (1, 2), "18568", "xa", "Lộc Hà", "NQ 12/NQ-HĐND")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"old_areas": (1, 1)}, "ít nhất hai"),
        ({"old_areas": (1, 9)}, "không còn"),
        ({"old_areas": (1, 3)}, "đang chờ"),
        ({"day": TODAY}, "sau hôm nay"),
        ({"day": TODAY + dt.timedelta(days=2000)}, "xa quá"),
        ({"type": "huyen"}, "Hãy chọn xã"),
        ({"name": "X"}, "Tên mới"),
        ({"code": "1856"}, "5 chữ số"),
        ({"code": "99999"}, "đang dùng"),
        ({"legal_basis": ""}, "nghị quyết"),
        (SPLIT | {"old_areas": (1, 2)}, "Hãy chọn một xã"),
        (SPLIT | {"code": "18568"}, "đang dùng"),
        (SPLIT | {"villages": ()}, "Hãy chọn những thôn"),
        (SPLIT | {"villages": (11, 21)}, "không còn ở xã"),
        (SPLIT | {"villages": (11, 12)}, "để lại ít nhất một"),
        (RENAME | {"code": "18073"}, "đang dùng"),
        (RENAME | {"name": "Lộc Hà"}, "đang dùng"),
    ],
)
def test_an_impossible_reorganisation_is_refused(change: dict[str, Any], words: str) -> None:
    from dataclasses import replace

    for possible in ({}, SPLIT, RENAME):
        check_reorganisation(replace(GOOD, **possible), FACTS, today=TODAY)  # type: ignore[arg-type]
    with pytest.raises(InvalidReorganisation, match=words):
        check_reorganisation(replace(GOOD, **change), FACTS, today=TODAY)


@pytest.mark.django_db
def test_a_merge_moves_everything_on_its_day_and_can_be_undone_before(
    officer: Make, unit: Make, now: dt.datetime
) -> None:
    loc_ha, thanh_sen = unit("18568"), unit("18073")
    first, second = open_case(loc_ha, now=now), open_case(thanh_sen, now=now)
    village = areas.list_villages_of_commune(loc_ha.area_id, to_vietnam_day(now))[0]
    Case.objects.filter(pk=first.pk).update(area=village.area_id, commune=loc_ha.area_id)
    Case.objects.filter(pk=second.pk).update(area=thanh_sen.area_id, commune=thanh_sen.area_id)
    chief, colleague, staff = officer("CHIEF"), officer("OFFICER", "18073"), officer("PROVINCE_STAFF", "42")
    services.rebuild_counts()
    operator = sign_in_browser(officer("OPERATOR", "42"))
    channel = Channel.objects.create(kind="zalo_oa", name="Zalo", is_active=False)
    Group.objects.create(channel=channel, area=loc_ha.area, unit=loc_ha, name="Lộc Hà", members=4321, state="OPEN")
    form = {
        "xa": ["18568", "18073"],
        "loai": "phuong",
        "ten": "Hà Sen",
        "ma": "18568",
        "ngay": str(to_vietnam_day(now) + dt.timedelta(days=1)),
        "can-cu": "NQ 12/NQ-HĐND",
    }
    preview = operator.post(URL, form | {"viec": "xem"})
    assert preview.status_code == 200 and "Phường Hà Sen sẽ nhận" in preview.content.decode()
    assert '<td class="n">4.321</td>' in preview.content.decode(), "all members, also without a change today"
    assert not Reorganisation.objects.exists(), "a preview plans nothing"
    refused = operator.post(URL, form | {"viec": "len-lich", "can-cu": ""})
    assert refused.status_code == 422 and 'value="Hà Sen"' in refused.content.decode()
    assert operator.post(URL, form | {"viec": "len-lich"}).status_code == 303
    plan = Reorganisation.objects.get()
    assert reorganisation.apply_due(now=now) == 0, "its day has not come"
    assert operator.post(f"{URL}/{plan.public_id}/bo").status_code == 303
    assert reorganisation.apply_due(now=now + dt.timedelta(days=2)) == 0, "undone"
    assert operator.post(URL, form | {"viec": "len-lich"}).status_code == 303
    Reorganisation.objects.filter(state="PLANNED").update(day=to_vietnam_day(now))
    with rls.acting_as("worker"):
        assert reorganisation.apply_due(now=now) == 1 and reorganisation.apply_due(now=now) == 0

    merged = Unit.objects.get(name="Công an phường Hà Sen")
    assert not Case.objects.filter(unit__valid_to__isnull=False).exists(), "no case without an owner"
    assert {case.unit_id for case in Case.objects.all()} == {merged.pk}
    moved = CaseEvent.objects.get(case=first, verb=Verb.HANDED_ON)
    assert moved.data == {"from": loc_ha.pk, "to": merged.pk}
    assert Case.objects.get(pk=first.pk).version == first.version + 1
    assert set(Officer.objects.filter(pk__in=[chief.pk, colleague.pk]).values_list("unit", flat=True)) == {merged.pk}
    assert not Group.objects.filter(unit__valid_to__isnull=False).exists()
    directory = areas.get_directory()
    assert len(directory.communes) == 68 and directory.communes["18073"].unit_id == merged.pk
    assert directory.communes["18568"].full_name == "Phường Hà Sen"
    assert directory.get_responsible_unit(village.area_id) == (merged.pk, merged.area_id)
    assert village.area_id in {
        place.area_id for place in areas.list_villages_of_commune(merged.area_id, to_vietnam_day(now))
    }
    load_areas(now=now)
    assert len(areas.get_directory().communes) == 68, "the shipped lists, loaded at each start, undo no merge"
    assert len(areas.list_commune_rings("18568")) >= 2, "the outline of both"
    assert {place.area_id for place in areas.find_areas("Thành Sen", limit=5)} >= {merged.area_id}

    services.update_counts()
    year = get_current_period("nam-nay", today=to_vietnam_day(now))
    assert {row.unit_id for row in Contribution.objects.all()} == {merged.pk}
    assert (
        queries.count_cases_behind(staff, Metric.REPORTS, year)
        == 2
        == queries.recount_from_cases(staff, Metric.REPORTS, year)
    )
    assert services.reconcile_counts(since=now) == 0
    for person in (chief, colleague):
        person.refresh_from_db()
        page = sign_in_browser(person).get("/ban-truc?xem=tat-ca").content.decode()
        assert format_code(first.code) in page and format_code(second.code) in page, "rights follow"
    client = sign_in_browser(staff)
    for code in ("18568", "18073"):
        assert "Phường Hà Sen" in client.get(f"/bao-cao?ky=nam-nay&xa={code}").content.decode(), "a unit that ended"
    today_page = client.get("/ket-qua?ky=nam-nay").content.decode()
    assert "Phường Hà Sen" in today_page and "dia-gioi=khi-do" in today_page
    Reorganisation.objects.update(day=to_vietnam_day(now) + dt.timedelta(days=1))
    AreaVersion.objects.filter(valid_from=to_vietnam_day(now)).update(
        valid_from=to_vietnam_day(now) + dt.timedelta(days=1)
    )
    AreaVersion.objects.filter(valid_to=to_vietnam_day(now)).update(valid_to=to_vietnam_day(now) + dt.timedelta(days=1))
    then = queries.count_by_commune_then(staff, year)
    assert {name: counts[Metric.REPORTS] for name, counts in then.items()} == {"Xã Lộc Hà": 1, "Phường Thành Sen": 1}
    for role in ("PROVINCE_STAFF", "DIRECTOR", "INSPECTOR"):
        assert sign_in_browser(officer(role, "42")).get(URL).status_code == 403
    assert Area.objects.filter(level=3, key__startswith="gop-").count() == 1


@pytest.mark.django_db
def test_every_reference_to_a_unit_moves_or_stays_on_purpose() -> None:
    """A new table with a unit must say whether a merge moves it."""
    from django.apps import apps

    from binhyen.kit.database.sql_files import read_sql_file

    unmoved = {
        "vault_disclosurerequest.asked_unit_id": "who asked then",
        "channels_publishedtext.unit_id": "rebuilt from what is public",
        "channels_dlpoverride.unit_id": "a decision about one text",
        "intake_correction.unit_id": "statistics of that unit",
        "bulletins_acknowledgement.unit_id": "who confirmed then",
        "bulletins_sharedmessage.unit_id": "finds a message passed on twice, of that unit",
        "cases_replytemplate.unit_id": "labels of two units may be equal: written anew",
        "bulletins_station.unit_id": "telephones and places: declared anew",
        "stats_contribution.unit_id": "recounted",
        "stats_count.unit_id": "recounted",
        "stats_issuedreport.unit_id": "issued by that unit",
        "stats_reporttemplate.unit_id": "layout of that unit",
        "stats_unitremark.unit_id": "remark of that unit",
    }
    text = read_sql_file("stats", "stats_apply_reorganisation")
    fields = [
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Unit
    ]
    moved = {name for name in fields if "['{}', '{}']".format(*name.split(".")) in text} | {"cases_case.unit_id"}
    assert sorted({*moved, *unmoved}) == sorted(fields)


@pytest.mark.django_db
def test_a_split_moves_what_its_villages_have_and_a_renaming_nothing(
    officer: Make, unit: Make, now: dt.datetime
) -> None:
    loc_ha, today = unit("18568"), to_vietnam_day(now)
    village, other = areas.list_villages_of_commune(loc_ha.area_id, today)[:2]
    chief, staff = officer("CHIEF"), officer("PROVINCE_STAFF", "42")
    latitude, longitude = areas.list_commune_points()["18568"]
    for area, north in ((village.area_id, 0.01), (other.area_id, -0.01)):
        Area.objects.filter(pk=area).update(latitude=latitude + north, longitude=longitude)
    cases = [open_case(loc_ha, now=now) for _number in range(3)]
    for case, area in zip(cases, (village.area_id, other.area_id, loc_ha.area_id), strict=True):
        Case.objects.filter(pk=case.pk).update(area=area, commune=loc_ha.area_id, assignee=chief)
    Group.objects.filter(unit=loc_ha).update(area=other.area_id)
    group = Group.objects.filter(unit=loc_ha).first()
    services.rebuild_counts()
    operator = sign_in_browser(officer("OPERATOR", "42"))
    url = f"{URL}?kieu=tach"
    assert village.full_name in operator.get(f"{url}&xa=18568").content.decode()
    day = str(today + dt.timedelta(days=1))
    form = {"xa": "18568", "loai": "xa", "ten": "Mậu Sơn", "ma": "18999", "ngay": day, "can-cu": "NQ 12/NQ-HĐND"}
    refused = operator.post(url, form | {"viec": "xem", "thon": "mot"})
    assert refused.status_code == 422 and "không còn ở xã" in refused.content.decode()
    preview = operator.post(url, form | {"viec": "xem", "thon": str(village.area_id)}).content.decode()
    assert "Xã Mậu Sơn sẽ nhận" in preview and "chưa có cán bộ" in preview
    assert operator.post(url, form | {"viec": "len-lich", "thon": str(village.area_id)}).status_code == 303
    Reorganisation.objects.update(day=today)
    with rls.acting_as("worker"):
        assert reorganisation.apply_due(now=now) == 1 and reorganisation.apply_due(now=now) == 0
    created = Unit.objects.get(name="Công an xã Mậu Sơn")
    moved, stayed, unclear = (Case.objects.get(pk=case.pk) for case in cases)
    assert (moved.unit_id, moved.commune_id, moved.assignee_id) == (created.pk, created.area_id, None)
    assert moved.unread_reason == UnreadUpdate.ASSIGNED and moved.version == cases[0].version + 1
    assert CaseEvent.objects.get(case=moved, verb=Verb.HANDED_ON).data == {"from": loc_ha.pk, "to": created.pk}
    assert {(case.unit_id, case.assignee_id) for case in (stayed, unclear)} == {(loc_ha.pk, chief.pk)}
    assert group is None or Group.objects.get(pk=group.pk).unit_id == loc_ha.pk
    directory = areas.get_directory()
    assert len(directory.communes) == 70 and directory.get_responsible_unit(village.area_id)[0] == created.pk
    assert any(place.name == "Mậu Sơn" for place in areas.get_gazetteer().places), "the new name is read in messages"
    outline, whole = (
        [point for ring in areas.list_commune_rings(code) for point in ring] for code in ("18999", "18568")
    )
    assert min(y for _x, y in outline) > min(y for _x, y in whole) and max(y for _x, y in outline) == max(
        y for _x, y in whole
    ), "the north of the old outline"
    assert "<title>Xã Mậu Sơn" in sign_in_browser(staff).get("/ban-do?xa=18999").content.decode()

    rename = {**form, "ten": "Hà Lộc", "loai": "phuong", "ma": "18568", "viec": "len-lich"}
    assert operator.post(f"{URL}?kieu=doi-ten", rename).status_code == 303
    tomorrow = now + dt.timedelta(days=1)
    assert reorganisation.apply_due(now=tomorrow) == 1
    renamed = Unit.objects.get(pk=loc_ha.pk)
    assert renamed.name == "Công an phường Hà Lộc" and renamed.area_id == loc_ha.area_id
    assert areas.get_directory().communes["18568"].full_name == "Phường Hà Lộc"
    assert {place.area_id for place in areas.find_areas("Xã Lộc Hà", limit=9)} >= {loc_ha.area_id}
    assert load_areas(now=tomorrow).has_changes is False, "the shipped lists, loaded at each start, undo neither"
    services.update_counts()
    year = get_current_period("nam-nay", today=to_vietnam_day(now))
    assert queries.count_cases_behind(staff, Metric.REPORTS, year) == 3
    then = queries.count_by_commune_then(staff, year)
    assert sum(counts[Metric.REPORTS] for counts in then.values()) == 3
    page = operator.get(URL).content.decode()
    assert "Đổi tên" in page and "Xã Mậu Sơn" in page


@pytest.mark.django_db
def test_random_reorganisations_lose_no_case_and_count_none_twice(unit: Make, now: dt.datetime) -> None:
    """Merges, splits and renamings on the real tables; BINHYEN_REORGANISATIONS=1000 before a release."""
    rng, steps, first = Random(19), int(os.environ.get("BINHYEN_REORGANISATIONS", "24")), dt.date(2025, 8, 1)
    province = unit("42")
    places = list(Area.objects.filter(level__in=(3, 4), units__valid_to=None, units__level="COMMUNE"))
    places += list(Area.objects.filter(level=4, versions__valid_to=None))
    communes = {entry.area_id: entry.unit_id for entry in areas.get_directory().communes.values()}
    history = load_province_history(province.area_id)
    cases = []
    for area in rng.choices(places, k=60):
        [commune] = find_communes_on_day(area.pk, first, history)
        case = open_case(Unit.objects.get(pk=communes[commune]), now=now)
        Case.objects.filter(pk=case.pk).update(area=area, commune=commune)
        cases.append((case.pk, area.pk))
    services.rebuild_counts()
    before = {area: find_communes_on_day(area, first, history) for _case, area in cases}
    far = first + dt.timedelta(days=steps)
    halfway: dict[int, frozenset[int]] = {}
    done = Counter[str]()
    for step in range(steps):
        plan = _draw_plan(rng, first + dt.timedelta(days=step), code=f"{50000 + step}", now=now)
        with connection.cursor() as cursor:
            cursor.execute(reorganisation.STATEMENTS[ReorganisationKind(plan.kind)], [plan.pk, far, now])
            done[plan.kind] += cursor.fetchone()[0] is not None
        if step == steps // 2:
            history = load_province_history(province.area_id)
            halfway = {area: find_communes_on_day(area, plan.day, history) for _case, area in cases}
            middle = plan.day
    assert sum(done.values()) == steps and len(done) == 3
    mark_areas_changed()
    history = load_province_history(province.area_id)
    units = dict(Unit.objects.filter(valid_to=None, level="COMMUNE").values_list("area_id", "pk"))
    for pk, area in cases:
        case = Case.objects.get(pk=pk)
        [commune] = find_communes_on_day(area, far, history)
        assert (case.commune_id, case.unit_id) == (commune, units[commune])
        assert find_communes_on_day(area, first - dt.timedelta(days=1), history) == before[area]
        assert find_communes_on_day(area, middle, history) == halfway[area]
    services.update_counts()
    reports = Contribution.objects.filter(metric=Metric.REPORTS).values_list("case", "unit", "commune")
    assert sorted(reports) == sorted(Case.objects.values_list("pk", "unit", "commune"))
    assert services.reconcile_counts(since=now) == 0


def _draw_plan(rng: Random, day: dt.date, *, code: str, now: dt.datetime) -> Reorganisation:
    """Plan a random reorganisation of the communes of now."""
    parents: dict[int, list[int]] = {}
    for area, parent in AreaVersion.objects.filter(valid_to=None, area__level=4).values_list("area", "parent"):
        parents.setdefault(parent, []).append(area)
    units = Unit.objects.filter(valid_to=None, level="COMMUNE").order_by("pk")
    communes = list(units.values_list("area", flat=True))
    large = [area for area in communes if len(parents.get(area, ())) > 1]
    kinds = ["RENAME", "MERGE" if len(communes) > 60 else "SPLIT", "SPLIT" if len(communes) < 80 else "MERGE"]
    kind = rng.choice(kinds)
    old = rng.sample(communes, rng.choice((2, 2, 3))) if kind == "MERGE" else [rng.choice(large)]
    villages = None
    if kind == "SPLIT":
        villages = rng.sample(parents[old[0]], rng.randrange(1, len(parents[old[0]])))
    name = f"Sắp Xếp {code}"
    return Reorganisation.objects.create(
        kind=kind,
        day=day,
        old_areas=old,
        villages=villages,
        code=code,
        type="xa",
        name=name,
        full_name=f"Xã {name}",
        name_key=f"sap xep {code}",
        search_text=f"xa sap xep {code}",
        unit_name=f"Công an xã {name}",
        legal_basis="NQ 12/NQ-HĐND",
        planned_by="test",
        planned_at=now,
    )
