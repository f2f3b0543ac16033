"""Writes of weapons handed in. Each is one transaction with case event or audit row, and messages to reporters."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.choices import CATEGORY_LABELS, Lane, Outcome
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case, Report
from binhyen.cases.services.closing import add_evidence, close_case
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.officer_actions import answer_reporters
from binhyen.cases.services.unit_of_work import (
    lock_case,
    lock_open_case,
    record_case_action,
    require_permission,
    to_actor,
)
from binhyen.intake.web_reports import Submission, UploadedPhoto, send_report
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.hash_chain import compute_step_digest
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import format_code, hash_token
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.search_terms import accented_words
from binhyen.kit.signature_strokes import parse_strokes
from binhyen.kit.text import fold_text
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.weapons.models import (
    Weapon,
    WeaponAppointment,
    WeaponCampaign,
    WeaponCustody,
    WeaponReceipt,
    WeaponRecord,
)
from binhyen.weapons.queries import (
    WEAPON_CATEGORY,
    can_see_custody,
    find_same_serial,
    is_registrable_weapon_case,
    list_expired_records,
    list_weapons,
)
from binhyen.weapons.rules import (
    DAY_PART_LABELS,
    END_STEPS,
    EXPLOSIVE_KINDS,
    MAX_QUANTITY,
    VISIT_MODE_LABELS,
    WEAPON_KIND_LABELS,
    DayPart,
    Measure,
    SignatureFacts,
    StepForm,
    VisitMode,
    WeaponKind,
    WeaponOrigin,
    WeaponStatus,
    WeaponStep,
    find_campaign_problem,
    find_signature_problem,
    find_visit_problem,
    find_weapon_step_problem,
    get_record_outcome,
    get_visit_mode,
    normalize_serial,
)

_URGENCY = 0
UNNAMED_GIVER = L_("Không nêu tên")  # stored party of a step
# Openings of a citizen's report, as stored.
HANDOVER_REPORT = L_("Tôi muốn giao nộp vũ khí")
EXPLOSIVE_REPORT = L_("Khẩn cấp: phát hiện bom, mìn, vật liệu nổ")
ENGINEERS_REQUEST = L_("Xin công an, công binh đến ngay")
FINDER_ON_SITE = L_("Tại nơi phát hiện")
# Sent to reporters: neither place nor person.
_RESULTS = {
    Outcome.HANDED_IN: L_("Công an đã nhận vật bạn giao nộp và lập biên nhận. Cảm ơn bạn."),
    Outcome.SEIZED: L_("Công an đã thu giữ. Cảm ơn bạn đã báo."),
    Outcome.PASSED_TO_ARMY: L_("Quân đội đã tiếp nhận, xử lý an toàn. Cảm ơn bạn đã báo."),
}
_RECEIPT_EVIDENCE = L_("Biên nhận {number}")
_APPOINTMENT_ANSWERS = {
    VisitMode.BRING: L_(
        "Công an hẹn bạn {part} ngày {day} tại trụ sở {unit}. Súng để riêng với đạn, gói kín, không chĩa vào người. "
        "Không đi được thì nhắn tại đây."
    ),
    VisitMode.COLLECT: L_(
        "Công an đến nhận {part} ngày {day}. Bạn để nguyên vật đó, không chạm, không cho ai lại gần. "
        "Không có nhà thì nhắn tại đây."
    ),
}


@dataclass(frozen=True, slots=True)
class VisitForm:
    """The citizen's form: kind, present place, way and day of the hand-over. No name is asked."""

    kind: WeaponKind
    description: str
    place: str
    mode: VisitMode
    day: dt.date
    part: DayPart
    phone: str = ""
    photos: tuple[UploadedPhoto, ...] = ()

    def with_photos(self, photos: tuple[UploadedPhoto, ...]) -> "VisitForm":
        return replace(self, photos=photos)

    def build_text(self) -> str:
        """Build the report's text from the fields. That of an explosive is worded so that intake rings the desk."""
        details = f": {self.description}" if self.description else ""
        label = f"{WEAPON_KIND_LABELS[self.kind]}{details}"
        if self.kind in EXPLOSIVE_KINDS:
            return f"{EXPLOSIVE_REPORT}: {label}. {ENGINEERS_REQUEST}."
        mode = get_visit_mode(self.kind, self.mode)
        visit = f"{VISIT_MODE_LABELS[mode]}, {DAY_PART_LABELS[self.part]} {self.day:%d/%m/%Y}"
        return f"{HANDOVER_REPORT}: {label}. {visit}."


def submit_weapon_report(*, key: str, form: VisitForm, insists: bool, now: dt.datetime) -> str:
    """Send the report through intake and store the wished appointment; return the token of its status page.

    Idempotent by `key`. Raises RuleViolation, and what `send_report` raises.
    """
    if problem := find_visit_problem(form.day, today=to_vietnam_day(now)):
        raise RuleViolation(_(problem))
    submission = Submission(
        key=key,
        text=form.build_text(),
        photos=form.photos,
        place=form.place,
        phone=form.phone,
        is_insisting=insists,
    )
    token = send_report(sending=submission, now=now)
    with rls_scope(PROGRAM_SCOPE), transaction.atomic():
        report = Report.objects.filter(link_hash=hash_token(token)).select_related("case").first()
        if report is not None and not report.case.is_restricted:
            WeaponAppointment.objects.get_or_create(
                case_id=report.case.merged_into_id or report.case_id,
                day=form.day,
                part=form.part,
                mode=get_visit_mode(form.kind, form.mode),
                defaults={"kind": form.kind, "at": now},
            )
    return token


@transaction.atomic
def confirm_appointment(
    *, appointment: WeaponAppointment, day: dt.date, part: DayPart, officer: Officer, now: dt.datetime
) -> None:
    """Agree to an appointment, perhaps on another day; the reporter gets the answer at once."""
    case = lock_open_case(appointment.case.code, officer=officer)
    if problem := find_visit_problem(day, today=to_vietnam_day(now)):
        raise RuleViolation(_(problem))
    row = WeaponAppointment.objects.select_for_update().get(pk=appointment.pk)
    if row.answered_at is not None and (row.day, row.part) == (day, part):
        return  # sent twice
    others = WeaponAppointment.objects.filter(case=case, day=day, part=part, mode=row.mode).exclude(pk=row.pk)
    if others.exists():
        raise RuleViolation(_("Vụ này đã có hẹn vào lúc đó."))
    row.day, row.part, row.officer, row.answered_at = day, part, officer, now
    row.save(update_fields=["day", "part", "officer", "answered_at"])
    text = _APPOINTMENT_ANSWERS[VisitMode(row.mode)].format(
        part=DAY_PART_LABELS[part], day=f"{day:%d/%m/%Y}", unit=officer.unit.name
    )
    answer_reporters(code=case.code, officer=officer, text=text, version=None, now=now)
    record_case_action(case, "weapon.appointment", officer, now=now)


@dataclass(frozen=True, slots=True)
class WeaponForm:
    """A weapon as an officer enters it. `place`, `engineers`: of an explosive, where it lies and who was called.

    `is_confirmed`: another weapon with this serial number is really another one.
    """

    kind: WeaponKind
    description: str
    quantity: int
    measure: Measure
    serial: str = ""
    condition: str = ""
    place: str = ""
    engineers: str = ""
    is_confirmed: bool = False

    @property
    def is_explosive(self) -> bool:
        return self.kind in EXPLOSIVE_KINDS


@transaction.atomic
def register_weapons(
    *, form: WeaponForm, origin: WeaponOrigin, case_code: str, officer: Officer, now: dt.datetime
) -> WeaponRecord:
    """Open the record of a case with its first weapon, or of a new case for what was brought to the counter."""
    require_permission(officer, Permission.WORK_CASES)
    _check_weapon(form)
    if case_code:
        case = lock_case(case_code, officer=officer, version=None)
        if not is_registrable_weapon_case(case):
            raise RuleViolation(_("Chỉ ghi sổ cho vụ «Giao nộp vũ khí» đang mở."))
        if WeaponRecord.objects.filter(case=case).exists():
            raise RuleViolation(_("Vụ này đã có trong sổ vũ khí."))
    else:
        case = _open_weapon_case(form, officer, now=now)
    record = WeaponRecord.objects.create(case=case, origin=origin, officer=officer, at=now)
    _store_weapon(record, form, officer, now=now)
    record_case_action(case, "weapon.registered", officer, now=now)
    return record


@transaction.atomic
def add_weapon(*, record: WeaponRecord, form: WeaponForm, officer: Officer, now: dt.datetime) -> Weapon:
    """Add a weapon to a record whose receipt is not signed yet."""
    record, case = _lock_record(record, officer)
    if not case.is_open or WeaponReceipt.objects.filter(record=record, signed_at__isnull=False).exists():
        raise RuleViolation(_("Biên nhận đã ký hoặc vụ đã xong. Ghi thành vụ mới."))
    _check_weapon(form)
    weapon = _store_weapon(record, form, officer, now=now)
    record_case_action(case, "weapon.added", officer, now=now)
    return weapon


def _check_weapon(form: WeaponForm) -> None:
    if len(form.description) < 2:
        raise RuleViolation(_("Ghi vật gì: loại, hiệu, kiểu."))
    if not 1 <= form.quantity <= MAX_QUANTITY:
        raise RuleViolation(_("Số lượng phải từ 1 trở lên."))
    if form.is_explosive and (len(form.place) < 3 or len(form.engineers) < 3):
        raise RuleViolation(
            _("Bom, mìn, vật liệu nổ: khoanh vùng, báo công binh trước. Ghi nơi khoanh vùng và đã báo ai.")
        )
    if not form.is_confirmed and find_same_serial(form.serial, form.kind) is not None:
        raise RuleViolation(_("Số hiệu này đã có trong sổ. Nếu đúng là vật khác, đánh dấu ô xác nhận rồi ghi lại."))


def _store_weapon(record: WeaponRecord, form: WeaponForm, officer: Officer, *, now: dt.datetime) -> Weapon:
    weapon = Weapon.objects.create(
        record=record,
        kind=form.kind,
        description=form.description,
        serial=form.serial,
        serial_key=normalize_serial(form.serial)[:40],
        quantity=form.quantity,
        measure=form.measure,
        condition=form.condition,
    )
    if form.is_explosive:
        step = StepForm(WeaponStep.GUARDED, receiver=form.engineers, place=form.place)
        _append_custody(weapon, step, giver=FINDER_ON_SITE, officer=officer, now=now)
    return weapon


def _open_weapon_case(form: WeaponForm, officer: Officer, *, now: dt.datetime) -> Case:
    kind, unit = get_kind_for_category(WEAPON_CATEGORY), officer.unit
    commune_id = unit.area_id if unit.level == unit.Level.COMMUNE else None
    (case,) = create_cases(
        [
            NewCase(
                kind=kind.code,
                lane=Lane(kind.get_lane(WEAPON_CATEGORY)),
                category=WEAPON_CATEGORY,
                urgency=_URGENCY,
                sensitive=False,
                title=f"{CATEGORY_LABELS[WEAPON_CATEGORY]} · {form.description}",
                unit_id=unit.pk,
                actor=to_actor(officer),
                folded=fold_text(form.description),
                search_accented=accented_words(form.description),
                area_id=commune_id,
                commune_id=commune_id,
                words=form.description,
                assignee_id=officer.pk,
            )
        ],
        ladder=get_alarm_delays(),
        now=now,
    )
    return case


@transaction.atomic
def draw_up_weapon_receipt(
    *, record: WeaponRecord, giver_name: str, place: str, seal: str, officer: Officer, now: dt.datetime
) -> WeaponReceipt:
    """Draw up the receipt, unsigned; again until it is signed. `giver_name`: empty for an unnamed giver."""
    record, case = _lock_record(record, officer)
    if len(place) < 3:
        raise RuleViolation(_("Ghi nơi cất giữ sau khi nhận: kho nào, tủ nào."))
    if WeaponReceipt.objects.filter(record=record, signed_at__isnull=False).exists():
        raise RuleViolation(_("Biên nhận đã ký, không lập lại được. Sai thì ghi bước đính chính."))
    receipt, _created = WeaponReceipt.objects.update_or_create(
        record=record,
        defaults={
            "giver_name": giver_name[:100],
            "place": place[:120],
            "seal": seal[:40],
            "officer": officer,
            "at": now,
        },
    )
    record_case_action(case, "weapon.receipt", officer, now=now)
    return receipt


@transaction.atomic
def sign_weapon_receipt(
    *,
    record: WeaponRecord,
    giver_signed: bool,
    officer_signed: bool,
    witness: str,
    paper: str,
    clearance: str,
    giver_strokes: str = "",
    officer_strokes: str = "",
    attachment_ids: Sequence[int] = (),
    officer: Officer,
    now: dt.datetime,
) -> WeaponReceipt:
    """Complete the receipt: each weapon is received; the case closes once every weapon is accounted for.

    `clearance`: the engineers' paper that an explosive is safe; without it explosives stay where they lie.
    """
    record, case = _lock_record(record, officer)
    receipt = WeaponReceipt.objects.select_for_update(of=("self",)).filter(record=record).first()
    if receipt is None or receipt.signed_at is not None:
        raise RuleViolation(_("Biên nhận này đã ký rồi.") if receipt else _("Lập biên nhận trước khi ký."))
    weapons = [weapon for weapon in list_weapons(record) if _can_receive(weapon, clearance)]
    if not weapons:
        raise RuleViolation(
            _("Bom, mìn, vật liệu nổ không nhận về trụ sở. Bàn giao quân đội tại chỗ, hoặc ghi giấy của công binh.")
        )
    facts = SignatureFacts(
        WeaponOrigin(record.origin), not receipt.giver_name, giver_signed, officer_signed, witness, paper
    )
    if problem := find_signature_problem(facts):
        raise RuleViolation(_(problem))
    try:
        parse_strokes(giver_strokes), parse_strokes(officer_strokes)
    except ValueError:
        raise RuleViolation(_("Chữ ký trên màn hình chưa rõ. Ký lại, hoặc ký trên giấy.")) from None
    receipt.signed_at, receipt.paper, receipt.witness = now, paper[:60], witness[:100]
    receipt.giver_signature, receipt.officer_signature = giver_strokes, officer_strokes
    receipt.save(update_fields=["signed_at", "paper", "witness", "giver_signature", "officer_signature"])
    giver = receipt.giver_name or UNNAMED_GIVER
    for weapon in weapons:
        step = StepForm(
            WeaponStep.RECEIVED,
            receiver=officer.unit.name,
            place=receipt.place,
            seal=receipt.seal,
            paper=paper or format_code(record.code),
            note=clearance if weapon.kind in EXPLOSIVE_KINDS else "",
        )
        _append_custody(weapon, step, giver=giver, officer=officer, now=now)
    record_case_action(case, "weapon.signed", officer, now=now)
    if (
        not _close_if_complete(record, case, attachment_ids, officer=officer, now=now)
        and attachment_ids
        and case.is_open
    ):
        add_evidence(code=case.code, officer=officer, text="", attachment_ids=attachment_ids, version=None, now=now)
    return receipt


def _can_receive(weapon: Weapon, clearance: str) -> bool:
    if weapon.kind in EXPLOSIVE_KINDS:
        return weapon.last_step == WeaponStep.GUARDED and len(clearance) >= 3
    return not weapon.last_step


@transaction.atomic
def record_weapon_step(
    *, weapon: Weapon, form: StepForm, expected_number: int, officer: Officer, now: dt.datetime
) -> WeaponCustody:
    """Append a step of custody, also after the case was closed. Raises RuleViolation for a repeated or wrong step."""
    record, case = _lock_record(weapon.record, officer)
    weapon = Weapon.objects.select_for_update(of=("self",)).get(pk=weapon.pk)
    number = weapon.custody.count() + 1
    if problem := find_weapon_step_problem(form, weapon.last_step, number=number, expected_number=expected_number):
        raise RuleViolation(_(problem))
    entry = _append_custody(weapon, form, giver=officer.unit.name, officer=officer, now=now)
    record_case_action(case, "weapon.custody", officer, now=now)
    if record.completed_on is None:
        _close_if_complete(record, case, (), officer=officer, now=now)
    return entry


def _append_custody(weapon: Weapon, form: StepForm, *, giver: str, officer: Officer, now: dt.datetime) -> WeaponCustody:
    """Append a checked step to a locked or new weapon."""
    last = weapon.custody.order_by("-number").first()
    entry = WeaponCustody(
        weapon=weapon,
        number=(last.number if last else 0) + 1,
        step=form.step,
        giver=giver[:120],
        receiver=form.receiver[:120],
        place=form.place[:120],
        seal=form.seal[:40],
        paper=form.paper[:60],
        note=form.note[:300],
        officer=officer,
        at=now,
    )
    entry.digest = compute_step_digest(last.digest if last else "", entry.parts)
    entry.save(force_insert=True)
    if form.step != WeaponStep.CORRECTED:
        weapon.last_step = form.step
        weapon.ended_at = now if form.step in END_STEPS else None
        weapon.save(update_fields=["last_step", "ended_at"])
    return entry


@transaction.atomic
def close_weapon_case(*, record: WeaponRecord, officer: Officer, now: dt.datetime) -> None:
    """Close a case that was reopened after its weapons were accounted for. Raises RuleViolation."""
    record, case = _lock_record(record, officer)
    if not _close_if_complete(record, case, (), officer=officer, now=now):
        raise RuleViolation(_("Còn vật chưa nhận hoặc chưa bàn giao, hoặc vụ đã xong."))


def _close_if_complete(
    record: WeaponRecord, case: Case, attachment_ids: Sequence[int], *, officer: Officer, now: dt.datetime
) -> bool:
    """Close the case with its outcome if every weapon is accounted for; return whether it closed."""
    weapons = list_weapons(record)
    receipt = WeaponReceipt.objects.filter(record=record, signed_at__isnull=False).first()
    statuses = [WeaponStatus(weapon.kind in EXPLOSIVE_KINDS, weapon.last_step) for weapon in weapons]
    outcome = get_record_outcome(WeaponOrigin(record.origin), statuses, was_received=receipt is not None)
    if outcome is None:
        return False
    if record.completed_on is None:
        record.completed_on = to_vietnam_day(now)
        record.save(update_fields=["completed_on"])
    if not case.is_open:
        return False
    close_case(
        code=case.code,
        officer=officer,
        outcome=outcome,
        result=_RESULTS[outcome],
        evidence=_RECEIPT_EVIDENCE.format(number=(receipt and receipt.paper) or format_code(record.code)),
        attachment_ids=attachment_ids,
        in_register=True,
        version=None,
        now=now,
    )
    return True


@transaction.atomic
def start_campaign(
    *, name: str, starts_on: dt.date, ends_on: dt.date, officer: Officer, now: dt.datetime
) -> WeaponCampaign:
    """Start a campaign of the officer's unit."""
    require_permission(officer, Permission.KEEP_WEAPONS)
    if problem := find_campaign_problem(name, starts_on, ends_on):
        raise RuleViolation(_(problem))
    campaign = WeaponCampaign.objects.create(
        unit=officer.unit, name=name[:120], starts_on=starts_on, ends_on=ends_on, officer=officer, at=now
    )
    action = AuditAction(get_audit_actor(officer), "weapon.campaign", f"weapon:{campaign.public_id}", officer.unit_id)
    record_actions([action], now=now)
    return campaign


def _lock_record(record: WeaponRecord, officer: Officer) -> tuple[WeaponRecord, Case]:
    """Lock the case, which decides about access, then the record. Raises NotFound, NotAllowed, RuleViolation."""
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(record.case.code, officer=officer, version=None)
    if not can_see_custody(officer, record):
        raise RuleViolation(_("Chỉ cán bộ ghi sổ, trưởng công an xã và trực ban tỉnh ghi được vào sổ này."))
    return WeaponRecord.objects.select_for_update(of=("self",)).select_related("case").get(pk=record.pk), case


def delete_expired_records(now: dt.datetime, limit: int) -> int:
    """Delete expired records with weapons, custody and receipt, and appointments of erased cases."""
    ids = list(list_expired_records(now).order_by("pk").values_list("pk", flat=True)[:limit])
    WeaponRecord.objects.filter(pk__in=ids).delete()
    WeaponAppointment.objects.filter(case__erased_at__isnull=False).delete()
    return len(ids)
