"""Writes of help for people in hardship. Each is one transaction with case event and audit row."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.aid import queries
from binhyen.aid.models import AidDelivery, Need, Pledge
from binhyen.aid.rules import (
    CONFIRMED_SPAN,
    MAX_NAME_CHARS,
    MAX_NOTE_CHARS,
    MAX_OPEN_PLEDGES,
    MAX_REASON_CHARS,
    PLEDGE_SPAN,
    THANKS_DAYS,
    DonorKind,
    NeedKind,
    PledgeState,
    count_reserved,
    find_closing_problem,
    find_delivery_problem,
    find_pledge_problem,
    find_verification_problem,
    make_household_key,
    make_place_key,
)
from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.choices import CATEGORY_LABELS, WELFARE_CATEGORY, Lane, Outcome, UnreadUpdate, Verb
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case
from binhyen.cases.services.closing import add_evidence, close_case
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import (
    CITIZEN_ACTOR,
    audit_subject,
    lock_case,
    lock_case_for_system,
    lock_open_case,
    record_case_action,
    require_permission,
    save_change,
    to_actor,
)
from binhyen.channels.dlp.detectors import LABELS, DlpContext, FindingKind, check_text
from binhyen.consents.rules import GivenBy, Purpose
from binhyen.consents.services import (
    ConsentForm,
    record_consent,
    record_contact_consent,
    record_naming_consent,
    withdraw_consent,
)
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import L_, N_
from binhyen.kit.ids import generate_token, hash_token
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text, fold_to_words
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.services.identities import erase_identities
from binhyen.vault.rules import DisclosurePurpose
from binhyen.vault.services import create_reporter
from binhyen.vault.services.disclosure import request_disclosure

_CLOSED = N_("Vụ này đã xong. Mở lại vụ việc trước.")
_ENDED = N_("Lời hứa này đã kết thúc.")
GONE = N_("Hoàn cảnh này không còn nhận lời hứa. Cảm ơn bạn.")
_MINUTES = L_("Biên bản {minutes}: {units} {unit_name}")
_ENOUGH = L_("Hoàn cảnh này đã được giúp. Phần bạn hứa được trả lại, cảm ơn bạn.")


@dataclass(frozen=True, slots=True)
class NeedForm:
    """A need as an officer or the village team enters it. `summary`, `unit_name` are public, the rest is not."""

    kind: NeedKind
    summary: str
    unit_name: str
    needed: int
    household: str
    household_place: str = ""
    reason: str = ""

    @property
    def public_text(self) -> str:
        return f"{self.summary}, {self.unit_name}"


@dataclass(frozen=True, slots=True)
class PledgeForm:
    """A pledge as a donor gives it on the page. `donor_name`, `phone`, `contact_name`: only with the consents."""

    donor_kind: DonorKind
    units: int | None
    note: str = ""
    donor_name: str = ""
    agrees_naming: bool = False
    contact_name: str = ""
    phone: str = ""
    agrees_contact: bool = False


@transaction.atomic
def register_need(*, form: NeedForm, case_code: str, officer: Officer, now: dt.datetime) -> Need:
    """Enter a need for a case, or for a new one of the commune. Raises RuleViolation, NotAllowed, NotFound.

    The village team may enter one too: a second person verifies it.
    """
    can_work = officer_may(officer, Permission.WORK_CASES)
    if not can_work:
        require_permission(officer, Permission.REPORT_BACK)
    _check_form(form)
    if case_code:
        case = lock_case(case_code, officer=officer, version=None)
        if not queries.can_have_need(case):
            raise RuleViolation(_("Chỉ ghi hoàn cảnh cho vụ «Cứu giúp, hỗ trợ» đang mở."))
        if Need.objects.filter(case=case).exists():
            raise RuleViolation(_("Vụ này đã có trong sổ."))
    else:
        case = _open_case(form, officer, now=now)
    need = Need.objects.create(
        case=case,
        kind=form.kind,
        summary=form.summary,
        unit_name=form.unit_name,
        needed=form.needed,
        commune_id=case.commune_id,
        household=form.household[:100],
        household_place=form.household_place[:120],
        household_key=make_household_key(form.household),
        place_key=make_place_key(form.household_place),
        reason=form.reason[:MAX_REASON_CHARS],
        search_text=fold_to_words(form.public_text)[:200],
        by_team=not can_work,
        officer=officer,
        at=now,
    )
    if not can_work:  # the desk of the commune sees «Ghi chú mới»
        case.unread_reason = UnreadUpdate.NOTE
        save_change(case, Verb.NOTED, actor=to_actor(officer), now=now)
    record_case_action(need.case, "aid.entered", officer, now=now)
    return need


def _check_form(form: NeedForm) -> None:
    if len(form.summary) < 10:
        raise RuleViolation(_("Viết một câu cho mọi người đọc: hoàn cảnh thế nào, không nêu tên."))
    if len(form.unit_name) < 2 or form.unit_name[0].isdigit():
        raise RuleViolation(_("Ghi cần thứ gì, tính theo gì: «suất quà», «bao xi măng», «bộ sách»."))
    if len(form.household) < 2:
        raise RuleViolation(_("Ghi tên chủ hộ. Tên này không hiện ra công khai."))
    private = [text for text in (form.household, form.household_place) if len(text) >= 4]
    if findings := check_text(form.public_text, DlpContext(secrets=private)):
        first = findings[0]
        raise RuleViolation(
            _("Phần ai cũng đọc có {what}: «{words}». Bỏ đi, hoặc chuyển xuống phần giữ kín.").format(
                what=_(LABELS[first.kind]), words=form.public_text[first.start : first.end]
            )
        )


def _open_case(form: NeedForm, officer: Officer, *, now: dt.datetime) -> Case:
    kind, unit = get_kind_for_category(WELFARE_CATEGORY), officer.unit
    if unit.level == unit.Level.VILLAGE and unit.parent is not None:
        unit = unit.parent
    commune_id = unit.area_id if unit.level == unit.Level.COMMUNE else None
    (case,) = create_cases(
        [
            NewCase(
                kind=kind.code,
                lane=Lane(kind.get_lane(WELFARE_CATEGORY)),
                category=WELFARE_CATEGORY,
                urgency=0,
                sensitive=False,
                title=f"{CATEGORY_LABELS[WELFARE_CATEGORY]} · {form.summary}"[:160],
                unit_id=unit.pk,
                actor=to_actor(officer),
                folded=fold_text(form.summary),
                search_accented=accented_words(form.summary),
                area_id=commune_id,
                commune_id=commune_id,
                words=form.summary,
                assignee_id=officer.pk,
            )
        ],
        ladder=get_alarm_delays(),
        now=now,
    )
    return case


@transaction.atomic
def verify_need(*, need: Need, check_note: str, accepts_double: bool, officer: Officer, now: dt.datetime) -> Need:
    """Verify a need: from now on the public page shows it. Double aid has to be seen first."""
    need = _lock_need(need, officer)
    if need.verified_at is not None:
        raise RuleViolation(_("Hoàn cảnh này đã được xác minh."))
    if problem := find_verification_problem(
        was_entered_by_team=need.by_team, is_enterer=need.officer_id == officer.pk, check_note=check_note
    ):
        raise RuleViolation(_(problem))
    same = queries.find_double_aid(officer, need, now=now)
    if (same.needs or same.elsewhere) and not accepts_double:
        raise RuleViolation(_("Hộ này có thể đã được giúp. Xem các hoàn cảnh cùng hộ, rồi đánh dấu «Đã xem»."))
    need.verified_by, need.verified_at, need.check_note = officer, now, check_note.strip()[:MAX_NOTE_CHARS]
    need.save(update_fields=["verified_by", "verified_at", "check_note"])
    record_case_action(need.case, "aid.verified", officer, now=now)
    return need


@transaction.atomic
def set_need_visibility(*, need: Need, is_public: bool, officer: Officer, now: dt.datetime) -> None:
    """Show a need on the public page, or take it off; pledges stay."""
    need = _lock_need(need, officer)
    need.is_public = is_public
    need.save(update_fields=["is_public"])
    record_case_action(need.case, "aid.published" if is_public else "aid.unpublished", officer, now=now)


@transaction.atomic
def submit_pledge(*, need_code: str, link: str, form: PledgeForm, now: dt.datetime) -> Pledge:
    """Reserve units for a donor, who returns by `link`; the same link twice is one pledge. Raises RuleViolation.

    Name and phone are sealed to the custodians; neither is stored without its consent.
    """
    with rls_scope(PROGRAM_SCOPE):
        if existing := Pledge.objects.filter(link_hash=hash_token(link), need__code=need_code).first():
            return existing
        listed = Need.objects.filter(queries.ON_BOARD, code=need_code).values_list("case", flat=True).first()
        if listed is None:
            raise RuleViolation(_(GONE))
        case = lock_case_for_system(listed)  # before the need, as officers' writes do
        need = Need.objects.select_for_update(of=("self",)).filter(queries.ON_BOARD, case=case).first()
        if need is None:
            raise RuleViolation(_(GONE))
        _check_donor(form)
        if queries.count_open_pledges(need, now=now) >= MAX_OPEN_PLEDGES:
            raise RuleViolation(_("Đang có nhiều lời hứa cho hoàn cảnh này. Bạn quay lại sau vài ngày."))
        units = _check_units(need, form.units, now=now)
        facts = {"NAME": form.contact_name[:100], "PHONE": form.phone[:40]}
        has_contact = any(facts.values())
        reporter_id = create_reporter(facts, now=now) if has_contact else None
        if reporter_id is not None:
            record_contact_consent(reporter_id=reporter_id, now=now)
        consent = None
        if form.agrees_naming and form.donor_name:
            until = to_vietnam_day(now) + dt.timedelta(days=THANKS_DAYS)
            consent = record_naming_consent(
                reporter_id=reporter_id, case_id=case.pk, unit_id=case.unit_id, until=until, now=now
            )
        pledge = Pledge.objects.create(
            need=need,
            link_hash=hash_token(link),
            donor_kind=form.donor_kind,
            donor_name=form.donor_name[:MAX_NAME_CHARS] if consent else "",
            consent=consent,
            reporter_id=reporter_id,
            has_contact=has_contact,
            units=units,
            expires_at=now + PLEDGE_SPAN,
            note=form.note[:MAX_NOTE_CHARS],
            at=now,
        )
        case.unread_reason = UnreadUpdate.MESSAGE
        save_change(case, Verb.NOTED, actor=CITIZEN_ACTOR, now=now)
        record_actions([AuditAction("citizen", "aid.pledged", f"aid:{need.code}", None, {"units": units})], now=now)
        return pledge


def _check_donor(form: PledgeForm) -> None:
    if (form.contact_name or form.phone) and not form.agrees_contact:
        raise RuleViolation(_("Để lại tên, số điện thoại thì đánh dấu đồng ý. Không muốn thì để trống hai ô đó."))
    if form.donor_name and not form.agrees_naming:
        raise RuleViolation(_("Muốn được nêu tên khi cảm ơn thì đánh dấu đồng ý. Không muốn thì để trống ô tên."))
    findings = [f for f in check_text(form.donor_name, DlpContext()) if f.kind != FindingKind.NAME]
    if findings:
        raise RuleViolation(_("Tên để cảm ơn chỉ ghi tên, không ghi số điện thoại hay địa chỉ."))


def _check_units(need: Need, units: int | None, *, now: dt.datetime) -> int:
    balance = queries.get_balance(need, now=now)
    if (problem := find_pledge_problem(units, balance)) or units is None:
        raise RuleViolation(_(problem).format(left=f"{balance.units_left} {need.unit_name}"))
    return units


@transaction.atomic
def record_pledge(
    *,
    need: Need,
    donor_kind: DonorKind,
    units: int | None,
    donor_name: str,
    note: str,
    officer: Officer,
    now: dt.datetime,
) -> Pledge:
    """Record a pledge given at the counter or by phone. A name: the donor agreed in person to be named."""
    need = _lock_need(need, officer)
    if need.verified_at is None:
        raise RuleViolation(_("Xác minh hoàn cảnh trước."))
    units = _check_units(need, units, now=now)
    consent = None
    if donor_name:
        form = ConsentForm(
            Purpose.PRAISE,
            GivenBy.SELF,
            _("Gặp trực tiếp hoặc qua điện thoại"),
            until=to_vietnam_day(now) + dt.timedelta(days=THANKS_DAYS),
        )
        consent = record_consent(
            form=form, case_id=need.case_id, unit_id=need.case.unit_id, reporter_id=None, officer=officer, now=now
        )
    pledge = Pledge.objects.create(
        need=need,
        link_hash=hash_token(generate_token()),
        donor_kind=donor_kind,
        donor_name=donor_name[:MAX_NAME_CHARS],
        consent=consent,
        units=units,
        expires_at=now + CONFIRMED_SPAN,
        note=note[:MAX_NOTE_CHARS],
        officer=officer,
        at=now,
    )
    record_case_action(need.case, "aid.pledged", officer, now=now)
    return pledge


@transaction.atomic
def answer_pledge(*, pledge: Pledge, answer: str, confirms: bool, officer: Officer, now: dt.datetime) -> None:
    """Answer a donor behind their link; `confirms`: hold the units longer, an expired pledge only if units are left."""
    need, pledge = _lock_pledge(pledge, officer)
    if len(answer.strip()) < 5:
        raise RuleViolation(_("Viết cho người giúp: mang đến đâu, ngày giờ nào, gặp ai."))
    if pledge.state != PledgeState.RESERVED:
        raise RuleViolation(_(_ENDED))
    pledge.answer = answer.strip()[:MAX_NOTE_CHARS]
    if confirms:
        rest = pledge.units - pledge.delivered
        balance = queries.get_balance(need, now=now)
        if rest > balance.units_left + count_reserved(pledge.facts, now):
            raise RuleViolation(_("Phần này đã có người khác hứa. Chỉ còn {left}.").format(left=balance.units_left))
        pledge.expires_at = now + CONFIRMED_SPAN
    pledge.save(update_fields=["answer", "expires_at"])
    record_case_action(need.case, "aid.answered", officer, now=now)


@transaction.atomic
def cancel_pledge(*, pledge: Pledge, answer: str, officer: Officer, now: dt.datetime) -> None:
    """Cancel a pledge that will not come; its units are free again."""
    need, pledge = _lock_pledge(pledge, officer)
    if pledge.state != PledgeState.RESERVED:
        raise RuleViolation(_(_ENDED))
    _end_pledge(pledge, answer.strip(), now=now)
    record_case_action(need.case, "aid.cancelled", officer, now=now)


@transaction.atomic
def withdraw_pledge(*, pledge: Pledge, now: dt.datetime) -> None:
    """Withdraw one's own pledge behind its link: units and name at once, the sealed contact in the next sweep."""
    with rls_scope(PROGRAM_SCOPE):
        need = Need.objects.select_for_update(of=("self",)).get(pk=pledge.need_id)
        pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge.pk)
        if pledge.state != PledgeState.RESERVED:
            raise RuleViolation(_(_ENDED))
        _withdraw_name(pledge, now=now)
        pledge.has_contact = False
        pledge.save(update_fields=["has_contact"])
        _end_pledge(pledge, "", now=now)
        record_actions([AuditAction("citizen", "aid.cancelled", f"aid:{need.code}", None, {})], now=now)


@transaction.atomic
def withdraw_name(*, pledge: Pledge, now: dt.datetime) -> None:
    """Withdraw the consent to be named behind the pledge's link."""
    with rls_scope(PROGRAM_SCOPE):
        _withdraw_name(Pledge.objects.select_for_update(of=("self",)).get(pk=pledge.pk), now=now)


def _withdraw_name(pledge: Pledge, *, now: dt.datetime) -> None:
    if pledge.consent is not None:
        withdraw_consent(consent=pledge.consent, officer=None, now=now)
    pledge.donor_name, pledge.is_named = "", False
    pledge.save(update_fields=["donor_name", "is_named"])


def _end_pledge(pledge: Pledge, answer: str, *, now: dt.datetime) -> None:
    """End a reservation: a part that was delivered before stays delivered."""
    pledge.state, pledge.ended_at = PledgeState.CANCELLED, now
    pledge.answer = answer[:MAX_NOTE_CHARS] or pledge.answer
    pledge.save(update_fields=["state", "ended_at", "answer"])


@transaction.atomic
def record_delivery(
    *,
    need: Need,
    pledge: Pledge | None,
    units: int | None,
    receiver: str,
    minutes: str,
    note: str,
    day: dt.date,
    names_donor: bool,
    attachment_ids: tuple[int, ...] = (),
    expected_number: int,
    officer: Officer,
    now: dt.datetime,
) -> AidDelivery:
    """Record units handed over, with the receiver and the signed minutes; the proof also stands on the case.

    `expected_number`: of the form, so that a form sent twice is one delivery.
    """
    need = _lock_need(need, officer)
    if need.verified_at is None:
        raise RuleViolation(_("Xác minh hoàn cảnh trước."))
    number = need.deliveries.count() + 1
    if expected_number != number:
        raise RuleViolation(_("Lần trao này đã được ghi. Xem lại danh sách bên dưới."))
    if day > to_vietnam_day(now):
        raise RuleViolation(_("Ngày trao không được sau hôm nay."))
    if pledge is not None:
        pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge.pk, need=need)
        if pledge.state != PledgeState.RESERVED:
            raise RuleViolation(_(_ENDED))
    balance = queries.get_balance(need, now=now)
    reserved = count_reserved(pledge.facts, now) if pledge else 0
    if (
        problem := find_delivery_problem(units, balance, reserved=reserved, receiver=receiver, minutes=minutes)
    ) or units is None:
        raise RuleViolation(_(problem).format(left=f"{balance.units_left + reserved} {need.unit_name}"))
    delivery = AidDelivery.objects.create(
        need=need,
        number=number,
        pledge=pledge,
        units=units,
        receiver=receiver.strip()[:100],
        minutes=minutes.strip()[:60],
        note=note[:MAX_NOTE_CHARS],
        day=day,
        officer=officer,
        at=now,
    )
    need.delivered += units
    need.save(update_fields=["delivered"])
    if pledge is not None:
        _settle_pledge(pledge, units, names_donor=names_donor, now=now)
    proof = _MINUTES.format(minutes=delivery.minutes, units=units, unit_name=need.unit_name)
    add_evidence(code=need.case.code, officer=officer, text=proof, attachment_ids=attachment_ids, version=None, now=now)
    record_case_action(need.case, "aid.delivered", officer, now=now)
    return delivery


def _settle_pledge(pledge: Pledge, units: int, *, names_donor: bool, now: dt.datetime) -> None:
    """Count units as delivered by a pledge; a donor who brings more than promised gave more."""
    pledge.delivered += units
    pledge.units = max(pledge.units, pledge.delivered)
    if pledge.delivered == pledge.units:
        pledge.state, pledge.ended_at = PledgeState.DELIVERED, now
    pledge.is_named = names_donor and bool(pledge.donor_name)
    pledge.save(update_fields=["delivered", "units", "state", "ended_at", "is_named"])


@transaction.atomic
def close_as_helped(*, need: Need, result: str, accepts_rest: bool, officer: Officer, now: dt.datetime) -> Case:
    """Close the case as helped, proved by the minutes; units that are still reserved are given back."""
    need = _lock_need(need, officer)
    balance = queries.get_balance(need, now=now)
    if problem := find_closing_problem(balance, accepts_rest=accepts_rest):
        rest = f"{balance.needed - balance.delivered} {need.unit_name}"
        raise RuleViolation(_(problem).format(rest=rest))
    proofs = [
        _MINUTES.format(minutes=row.minutes, units=row.units, unit_name=need.unit_name)
        for row in need.deliveries.order_by("number")
    ]
    for pledge in need.pledges.select_for_update(of=("self",)).filter(state=PledgeState.RESERVED):
        _end_pledge(pledge, _ENOUGH, now=now)
    case = close_case(
        code=need.case.code,
        officer=officer,
        outcome=Outcome.HELPED,
        result=result,
        evidence="; ".join(proofs)[:2000],
        in_register=True,
        version=None,
        now=now,
    )
    record_case_action(need.case, "aid.helped", officer, now=now)
    return case


def request_contact(*, pledge: Pledge, reason: str, hours: int, officer: Officer, now: dt.datetime) -> None:
    """Ask the custodians for a donor's sealed contact. Raises RuleViolation."""
    require_permission(officer, Permission.WORK_CASES)
    if pledge.reporter_id is None or not pledge.has_contact:
        raise RuleViolation(_("Người này không để lại liên hệ. Viết trả lời để họ đọc qua đường dẫn riêng."))
    request_disclosure(
        officer=officer,
        reporter_id=pledge.reporter_id,
        subject=audit_subject(pledge.need.case),
        why=DisclosurePurpose.RETURN,
        reason=reason,
        hours=hours,
        now=now,
    )


def _lock_need(need: Need, officer: Officer) -> Need:
    """Lock the case, which decides about access, then the need. Raises NotFound, NotAllowed, RuleViolation."""
    lock_open_case(need.case.code, officer=officer)
    return Need.objects.select_for_update(of=("self",)).select_related("case").get(pk=need.pk)


def _lock_pledge(pledge: Pledge, officer: Officer) -> tuple[Need, Pledge]:
    need = _lock_need(pledge.need, officer)
    return need, Pledge.objects.select_for_update(of=("self",)).get(pk=pledge.pk, need=need)


def delete_expired_aid(now: dt.datetime, limit: int) -> int:
    """Erase contacts of donors some days after their pledge ended; delete needs whose case lost its content."""
    pledges = list(queries.list_expired_contacts(now - get_retention_span("donor"))[:limit])
    erase_identities([pledge.reporter_id for pledge in pledges if pledge.reporter_id is not None], now=now)
    Pledge.objects.filter(pk__in=[pledge.pk for pledge in pledges]).update(
        reporter=None, has_contact=False, note="", answer=""
    )
    ids = list(queries.list_erased_needs().order_by("pk").values_list("pk", flat=True)[:limit])
    Need.objects.filter(pk__in=ids).delete()
    return len(pledges) + len(ids)
