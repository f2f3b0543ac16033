"""One object of each kind in every relation to the unit of xã Lộc Hà; its visible texts carry a mark.

A mark is `zq` + kind + relation, e.g. `zqcasesibling`: found in an answer, it identifies the object that was shown.
"""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from binhyen.aid.models import AidDelivery, Need, Pledge
from binhyen.areas.models import Area, Level, Unit
from binhyen.audit import services
from binhyen.audit.services import checkpoints
from binhyen.bulletins.models import Bulletin, BulletinDocument, BulletinPicture, ManualGroup
from binhyen.cases.models import Case
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.channels.models import Attachment, Channel, Flag, Group, Message, Outgoing
from binhyen.consents.models import Consent
from binhyen.deeds.models import Deed
from binhyen.found.models import FoundItem, Receipt
from binhyen.kit import clock, file_storage
from binhyen.missing.models import CareRegistration, PersonRecord, Sighting
from binhyen.people.models import DutyShift, Officer
from binhyen.people.roles import Role, role_allowed_in_unit
from binhyen.privacy.models import Breach, Request
from binhyen.procedures.models import UnansweredQuestion
from binhyen.procedures.tests.scene import create_draft as create_procedure
from binhyen.scams.models import Indicator, IndicatorReport
from binhyen.stats.area_filter import ALL_AREAS
from binhyen.stats.models import Contribution, IssuedReport, Mailing, RemarkRequest, SavedQuestion, UnitRemark
from binhyen.stats.periods import label_period
from binhyen.stats.reports.build import build_content
from binhyen.stats.reports.content import to_json
from binhyen.weapons.models import Weapon, WeaponAppointment, WeaponReceipt, WeaponRecord

OWN, CHILD, PARENT, SIBLING = "own", "child", "parent", "sibling"  # the owner, seen from Lộc Hà
CONFLICT = "conflict"  # reported in Lộc Hà's group about its police; belongs to the province
TASK = "task"  # Lộc Hà's, assigned to the village team that requests it
EVERYWHERE = (OWN, CHILD, PARENT, SIBLING)
CLOSED_DAY = dt.date(2025, 8, 1)  # of the report
COMMON_WORD = "zqchung"  # is in every text, for searches


@dataclass
class Scene:
    """The objects. `known[kind, relation]`: the address parts of that object."""

    units: dict[str, Unit]
    team: Officer
    address_parts: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)


def build_scene(unit: Callable[[str], Any], officer: Callable[..., Any]) -> Scene:
    """Create everything, in half a second. The folder of files must be a temporary one."""
    own_unit, now = unit("18568"), clock.now()
    village = Area.objects.filter(
        level=Level.VILLAGE, child_versions=None, versions__parent_id=own_unit.area_id
    ).first()
    child = Unit.objects.create(
        code="TT-thu", name="Tổ thử", level="VILLAGE", parent=own_unit, area=village, valid_from=dt.date(2025, 7, 1)
    )
    team = officer("VILLAGE_TEAM", "18568", name="zqofficerteam")
    scene = Scene({OWN: own_unit, CHILD: child, PARENT: unit("42"), SIBLING: unit("18073")}, team)
    photo = _make_picture()
    for relation, where in scene.units.items():
        _create_things(scene, relation, where, photo, now)
        _create_people(scene, relation, where, officer, now)
    _create_task(scene, officer, photo, now)
    _create_conflict(scene, now)
    _create_sealed_picture(scene, photo, now)
    _create_data_requests(scene, team, now)
    services.chain_waiting()
    signed = checkpoints.sign_if_due(now=now, at_once=True)
    assert signed is not None
    scene.address_parts["checkpoint", OWN] = {"<int:size>": str(signed.size)}
    return scene


def make_mark(kind: str, relation: str) -> str:
    return f"zq{kind}{relation}"


def _make_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(out, "JPEG")
    return out.getvalue()


def _create_file(message: Message | None, photo: bytes) -> str:
    """Create a displayable picture; return its public id."""
    path = file_storage.store_file(photo, "zq")
    attachment = Attachment.objects.create(
        message=message, kind="image", state="READY", preview=path, original=path, mime="image/jpeg"
    )
    return str(attachment.public_id)


def _create_case(scene: Scene, relation: str, where: Unit, photo: bytes, **more: Any) -> Case:
    name = make_mark("case", relation)
    case = open_case(where, text=f"{name} {COMMON_WORD}", title=name, place=name, urgency=3, **more)
    scene.cases[relation] = case
    agreed = Consent.objects.create(
        case=case, unit=where, purpose="CHILD", version=1, by="PARENT", given_at=case.opened_at
    )
    scene.address_parts["case", relation] = {"<str:code>": case.code, "<code>": case.code, "consent": agreed.code}
    scene.address_parts["file", relation] = {"<uuid:file>": _create_file(case.case_messages.get().message, photo)}
    _count_case(case)
    _create_indicator(scene, relation, case)
    _create_need(scene, relation, case)
    return case


def _create_need(scene: Scene, relation: str, case: Case) -> None:
    """Create a verified need with a delivery of a named donor on the case of that relation."""
    mark, now = make_mark("case", relation), case.opened_at
    need = Need.objects.create(
        case=case,
        kind="OTHER",
        summary=mark,
        unit_name="suất",
        needed=3,
        delivered=1,
        household=mark,
        household_key=mark,
        officer=scene.team,
        at=now,
        verified_at=now,
    )
    agreed = Consent.objects.create(case=case, unit=case.unit, purpose="PRAISE", version=1, by="SELF", given_at=now)
    pledge = Pledge.objects.create(
        need=need,
        link_hash=f"{case.pk:064}",
        donor_kind="SCHOOL",
        donor_name=mark,
        consent=agreed,
        is_named=True,
        units=1,
        delivered=1,
        state="DELIVERED",
        expires_at=now,
        at=now,
    )
    delivery = AidDelivery.objects.create(
        need=need,
        number=1,
        pledge=pledge,
        units=1,
        receiver=mark,
        minutes="1",
        day=clock.to_vietnam_day(now),
        officer=scene.team,
        at=now,
    )
    scene.address_parts["aid", relation] = {
        "<uuid:need>": str(need.public_id),
        "<uuid:delivery>": str(delivery.public_id),
        "<slug:action>": "dang",
    }


def _create_indicator(scene: Scene, relation: str, case: Case) -> None:
    indicator = Indicator.objects.create(
        kind="LINK", value=f"{make_mark('indicator', relation)}.top/", first_at=case.opened_at, last_at=case.opened_at
    )
    IndicatorReport.objects.create(indicator=indicator, case=case, at=case.opened_at)
    scene.address_parts["indicator", relation] = {
        "<uuid:indicator>": str(indicator.public_id),
        "<slug:decision>": "de-nghi",
    }
    account = Indicator.objects.create(
        kind="ACCOUNT", value=f"9{case.pk:011}", first_at=case.opened_at, last_at=case.opened_at
    )
    IndicatorReport.objects.create(indicator=account, case=case, at=case.opened_at)
    scene.address_parts["account", relation] = {"<uuid:indicator>": str(account.public_id)}


def _count_case(case: Case) -> None:
    Contribution.objects.create(case=case, metric="REPORTS", day=clock.to_vietnam_day(case.opened_at), unit=case.unit)


def _create_things(scene: Scene, relation: str, where: Unit, photo: bytes, now: dt.datetime) -> None:
    case = _create_case(scene, relation, where, photo)
    _create_found_item(scene, relation, case, where, now)
    _create_person_record(scene, relation, case, now)
    _create_weapons(scene, relation, case, where, now)
    _create_deed(scene, relation, case, now)
    loose = create_message(where, text=f"{make_mark('message', relation)} {COMMON_WORD}")
    scene.address_parts["message", relation] = {"<uuid:message>": str(loose.public_id)}
    channel = Channel.objects.get(kind="web")
    level = Group.Level.VILLAGE if where.level == "VILLAGE" else Group.Level.COMMUNE
    group = Group.objects.create(
        channel=channel,
        area_id=where.area_id,
        unit=where,
        level=level,
        name=make_mark("group", relation),
        members=3,
        state=Group.State.OPEN,
        external_id=f"g-{relation}",
        opened_at=now,
    )
    _create_registration(scene, relation, where, photo, now)
    scene.address_parts["group", relation] = {"<uuid:group>": str(group.public_id)}
    manual_group = ManualGroup.objects.create(
        unit=where, area_id=where.area_id, level=level, name=f"Nhóm tự mở {relation}", created_at=now
    )
    scene.address_parts["manual group", relation] = {"<uuid:group>": str(manual_group.public_id)}
    _create_flag(
        scene, relation, group, create_message(where, text=f"{make_mark('flag', relation)} {COMMON_WORD}"), now
    )
    talk = case.reports.get().conversation
    common = {"channel": channel, "unit": where, "purpose": "ANSWER", "created_at": now, "due_at": now}
    quarantined = Outgoing.objects.create(
        key=f"h-{relation}", group=group, text=make_mark("held", relation), state="HELD", **common
    )
    scene.address_parts["held", relation] = {"<uuid:message>": str(quarantined.public_id)}
    dead = Outgoing.objects.create(
        key=f"d-{relation}", conversation=talk, case=case, text=make_mark("dead", relation), state="DEAD", **common
    )
    scene.address_parts["dead", relation] = {"<uuid:message>": str(dead.public_id)}


def _create_found_item(scene: Scene, relation: str, case: Case, where: Unit, now: dt.datetime) -> None:
    """Create a found thing with its receipt on the case of that relation."""
    item = FoundItem.objects.create(
        case=case,
        kind="OTHER",
        description=make_mark("case", relation),
        found_on=clock.to_vietnam_day(now),
        holder="FINDER",
        officer=scene.team,
        at=now,
    )
    Receipt.objects.create(item=item, receiver_name=make_mark("case", relation), officer=scene.team, at=now)
    scene.address_parts["found", relation] = {"<uuid:item>": str(item.public_id), "<slug:action>": "bang"}


def _create_person_record(scene: Scene, relation: str, case: Case, now: dt.datetime) -> None:
    """Create a public record of a missing person with a picture and a sighting on the case of that relation."""
    photo = Attachment.objects.filter(message__case_messages__case=case, state="READY").first()
    record = PersonRecord.objects.create(
        case=case,
        side="MISSING",
        kind="ELDER",
        name=make_mark("case", relation),
        sex="FEMALE",
        movement="WALK",
        seen_at=now,
        photo=photo,
        officer=scene.team,
        at=now,
        released_at=now,
        released_by=scene.team,
        ground="EMERGENCY",
        public_until=clock.to_vietnam_day(now + dt.timedelta(days=1)),
        shows_photo=True,
    )
    sighting = Sighting.objects.create(
        record=record,
        key_hash=relation,
        seen_at=now,
        place=make_mark("case", relation),
        photo=photo,
        at=now,
    )
    scene.address_parts["missing", relation] = {
        "<uuid:record>": str(record.public_id),
        "<uuid:sighting>": str(sighting.public_id),
        "<slug:action>": "soat",
    }


def _create_registration(scene: Scene, relation: str, where: Unit, photo: bytes, now: dt.datetime) -> None:
    """Create the advance registration of a person that may get lost, in the unit of that relation."""
    row = CareRegistration.objects.create(
        unit=where,
        kind="DEMENTIA",
        name=make_mark("care", relation),
        sex="FEMALE",
        guardian_paper="01",
        photo=Attachment.objects.get(public_id=_create_file(None, photo)),
        officer=scene.team,
        at=now,
        valid_until=clock.to_vietnam_day(now + dt.timedelta(days=1)),
    )
    scene.address_parts["care", relation] = {"<uuid:registration>": str(row.public_id), "<slug:action>": "gia-han"}


def _create_weapons(scene: Scene, relation: str, case: Case, where: Unit, now: dt.datetime) -> None:
    """Create a record of weapons with its receipt, and an appointment, on the case of that relation."""
    record = WeaponRecord.objects.create(case=case, origin="HANDED_IN", officer=scene.team, at=now)
    Weapon.objects.create(
        record=record, kind="KNIFE", description=make_mark("case", relation), quantity=1, measure="PIECE"
    )
    WeaponReceipt.objects.create(record=record, giver_name=make_mark("case", relation), officer=scene.team, at=now)
    appointment = WeaponAppointment.objects.create(
        case=case, kind="KNIFE", mode="BRING", day=clock.to_vietnam_day(now), part="MORNING", at=now
    )
    address_parts = {"<uuid:record>": str(record.public_id), "<slug:action>": "ket-thuc"}
    scene.address_parts["weapons", relation] = scene.address_parts["weapon receipt", relation] = address_parts
    scene.address_parts["appointment", relation] = {"<uuid:appointment>": str(appointment.public_id)}


def _create_deed(scene: Scene, relation: str, case: Case, now: dt.datetime) -> None:
    """Create an approved good deed on the case of that relation, with a consent in force."""
    agreed = Consent.objects.create(
        case=case, unit=case.unit, purpose="PRAISE", version=1, by="SELF", given_at=case.opened_at
    )
    deed = Deed.objects.create(
        case=case,
        consent=agreed,
        kind="HELPED",
        person_name=make_mark("case", relation),
        text="x",
        state="APPROVED",
        author=scene.team,
        at=now,
        approved_on=clock.to_vietnam_day(now),
    )
    scene.address_parts["deed", relation] = {"<uuid:deed>": str(deed.public_id), "<slug:action>": "gui-truong"}


def _create_flag(scene: Scene, relation: str, group: Group, message: Message, now: dt.datetime) -> None:
    Message.objects.filter(pk=message.pk).update(group=group)
    flag = Flag.objects.create(message=message, group=group, kind="abuse", why="x", answer="Xin nhắc nhẹ", at=now)
    scene.address_parts["flag", relation] = {"<uuid:group>": str(group.public_id), "<uuid:flag>": str(flag.public_id)}


def _create_people(scene: Scene, relation: str, where: Unit, officer: Callable[..., Any], now: dt.datetime) -> None:
    role = {PARENT: Role.PROVINCE_DUTY, CHILD: Role.VILLAGE_TEAM}.get(relation, Role.OFFICER)
    person = officer(role, "18568", name=make_mark("officer", relation))
    Officer.objects.filter(pk=person.pk).update(unit=where)
    assert role_allowed_in_unit(role, where.level)
    scene.address_parts["officer", relation] = {
        "<uuid:officer>": str(person.public_id),
        "officer": str(person.public_id),
    }
    scene.address_parts["roster", relation] = {"unit": where.code, "officer": str(person.public_id)}
    bulletin = Bulletin.objects.create(
        unit=where,
        author=person,
        topic="SECURITY",
        title=make_mark("bulletin", relation),
        text="Xin bà con khóa cửa cẩn thận.",
        areas=[where.area_id],
        created_at=now,
        changed_at=now,
    )
    picture = BulletinPicture.objects.create(
        bulletin=bulletin, data=b"jpeg", width=1, height=1, alt=make_mark("bulletin", relation), created_at=now
    )
    document = BulletinDocument.objects.create(bulletin=bulletin, data=b"%PDF-", name="a.pdf", size=5, created_at=now)
    scene.address_parts["bulletin", relation] = {
        "<str:code>": bulletin.code,
        "<slug:action>": "gui-duyet",
        "<uuid:picture>": str(picture.public_id),
        "<uuid:document>": str(document.public_id),
    }
    procedure = create_procedure(person, title=make_mark("procedure", relation), unit=where, now=now)
    scene.address_parts["procedure", relation] = {
        "<uuid:procedure>": str(procedure.public_id),
        "<slug:action>": "gui-duyet",
    }
    content = to_json(build_content(person, label_period(CLOSED_DAY, CLOSED_DAY), ground=ALL_AREAS, now=now))
    report = IssuedReport.objects.create(
        unit=where,
        year=CLOSED_DAY.year,
        number=1,
        first=CLOSED_DAY,
        last=CLOSED_DAY,
        content=content,
        issued_by=person,
        issued_at=now,
    )
    scene.address_parts["report", relation] = {"<uuid:report>": str(report.public_id), "<slug:format>": "json"}
    asking = RemarkRequest.objects.create(
        first=CLOSED_DAY - dt.timedelta(days=len(scene.address_parts)),
        last=CLOSED_DAY,
        due_on=CLOSED_DAY,
        asked_by=person,
        asked_at=now,
    )
    remark = UnitRemark.objects.create(request=asking, unit=where)
    scene.address_parts["asking", relation] = {"<uuid:asking>": str(asking.public_id)}
    scene.address_parts["remark", relation] = {"<uuid:remark>": str(remark.public_id)}
    saved = SavedQuestion.objects.create(
        officer=person, unit=where, name=make_mark("question", relation), query="hang=xa", saved_at=now
    )
    scene.address_parts["saved question", relation] = {"<uuid:question>": str(saved.public_id)}
    mailing = Mailing.objects.create(
        officer=person, address="a@example.org", schedule="DAILY", next_on=CLOSED_DAY, created_at=now
    )
    scene.address_parts["mailing", relation] = {"<uuid:mailing>": str(mailing.public_id)}
    DutyShift.objects.create(unit=where, officer=person, starts_at=now, ends_at=now + dt.timedelta(hours=8))


def _create_task(scene: Scene, officer: Callable[..., Any], photo: bytes, now: dt.datetime) -> None:
    case = _create_case(scene, TASK, scene.units[OWN], photo)
    officer_actions.assign_case(code=case.code, officer=officer("CHIEF", "18568"), to=scene.team, version=None, now=now)
    case.refresh_from_db()


def _create_conflict(scene: Scene, now: dt.datetime) -> None:
    """Create a complaint about Lộc Hà's police, sent in Lộc Hà's group."""
    group = Group.objects.get(public_id=scene.address_parts["group", OWN]["<uuid:group>"])
    case = open_case(
        scene.units[PARENT],
        text=f"{make_mark('case', CONFLICT)} {COMMON_WORD}",
        title=make_mark("case", CONFLICT),
        place=make_mark("case", CONFLICT),
        category="officer_complaint",
        sensitive=True,
    )
    _count_case(case)
    _create_indicator(scene, CONFLICT, case)
    message = case.case_messages.get().message
    Message.objects.filter(pk=message.pk).update(group=group, sensitive=True)
    scene.cases[CONFLICT] = case
    scene.address_parts["case", CONFLICT] = {"<str:code>": case.code, "<code>": case.code}
    scene.address_parts["file", CONFLICT] = {"<uuid:file>": _create_file(message, _make_picture())}
    loose = create_message(scene.units[PARENT], text=f"{make_mark('message', CONFLICT)} {COMMON_WORD}")
    Message.objects.filter(pk=loose.pk).update(sensitive=True, group=group)
    scene.address_parts["message", CONFLICT] = {"<uuid:message>": str(loose.public_id)}
    about = create_message(scene.units[PARENT], text=f"{make_mark('flag', CONFLICT)} {COMMON_WORD}")
    Message.objects.filter(pk=about.pk).update(sensitive=True)
    _create_flag(scene, CONFLICT, group, about, now)


def _create_sealed_picture(scene: Scene, photo: bytes, now: dt.datetime) -> None:
    """Create a picture of a sealed message: displayed to no role."""
    loose = create_message(scene.units[OWN], text="")
    Message.objects.filter(pk=loose.pk).update(ciphertext=b"\x00", sensitive=True)
    scene.address_parts["sealed file", OWN] = {"<uuid:file>": _create_file(loose, photo)}


def _create_data_requests(scene: Scene, keeper: Officer, now: dt.datetime) -> None:
    """Create the data requests of two people, one of whom filed a complaint about police; and a breach."""
    for relation in (OWN, CONFLICT):
        report = scene.cases[relation].reports.get()
        asked = Request.objects.create(
            reporter_id=report.reporter_id,
            kind="CORRECT",
            via="LINK",
            is_restricted=relation == CONFLICT,
            asked_at=now,
            due_at=now,
        )
        scene.address_parts["asked", relation] = {"<uuid:asked>": str(asked.public_id)}
    breach = Breach.objects.create(found_at=now, due_at=now, what="x", who="x", measures="x", officer=keeper, at=now)
    today = clock.to_vietnam_day(now)
    question = UnansweredQuestion.objects.create(digest="d", text="Làm gì", first_on=today, last_on=today)
    scene.address_parts["question", OWN] = {"<uuid:question>": str(question.public_id)}
    scene.address_parts["breach", OWN] = {"<uuid:breach>": str(breach.public_id)}
