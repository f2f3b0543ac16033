"""Writes of the register of found things. Each is one transaction with case event and audit row."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.choices import CATEGORY_LABELS, Lane, Outcome, UnreadUpdate, Verb
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case
from binhyen.cases.services.closing import close_case
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.unit_of_work import (
    CITIZEN_ACTOR,
    lock_case,
    lock_case_for_system,
    lock_open_case,
    record_case_action,
    require_permission,
    save_change,
    to_actor,
)
from binhyen.channels.dlp.detectors import LABELS, DlpContext, check_text
from binhyen.env import SettingsError, env
from binhyen.found.models import Claim, CustodyEntry, FoundItem, HiddenDetail, Receipt
from binhyen.found.queries import can_claim_online, is_registrable, list_erased_items
from binhyen.found.rules import (
    DECIDABLE,
    FIELDS_BY_KIND,
    MAX_ANSWER_LENGTH,
    TO_DECIDE,
    BaseSalary,
    ClaimState,
    CustodyStep,
    Entitlement,
    FoundGround,
    HiddenField,
    ItemHolder,
    ItemKind,
    compute_entitlement,
    find_ending_problem,
    find_step_problem,
    get_state_after_try,
    parse_base_salaries,
    score_answers,
)
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.kit.hash_chain import compute_step_digest
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import format_code, hash_token
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.search_terms import accented_words
from binhyen.kit.signature_strokes import parse_strokes
from binhyen.kit.text import fold_text, fold_to_words
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation

_FOUND_URGENCY = 0
_CATEGORY = "found_item"
FINDER, POLICE, OWNER = L_("Người nhặt"), L_("Công an"), L_("Chủ")  # stored parties of a step
_RETURNED_RESULT = L_("Đồ đã được trao trả cho chủ. Cảm ơn người đã nhặt và báo.")
_RECEIPT_EVIDENCE = L_("Biên nhận {number}")
_RESULTS = {
    Outcome.RETURNED_ELSEWHERE: L_("Chủ đã nhận lại đồ ở nơi khác."),
    Outcome.TO_FINDER: L_("Hết thời hạn thông báo, đồ được giao cho người nhặt theo Bộ luật Dân sự."),
    Outcome.TO_STATE: L_("Hết thời hạn thông báo, đồ thuộc Nhà nước theo Bộ luật Dân sự."),
    Outcome.DESTROYED: L_("Đồ đã trả nơi cấp hoặc hủy theo quy định."),
    Outcome.WITHDRAWN: L_("Người báo đã rút lại tin nhặt được."),
}


# Base salaries of the installation, read once. A wrong value stops the start with a hint.


def _read_base_salaries() -> tuple[BaseSalary, ...]:
    text = env("BINHYEN_BASE_SALARIES", "", "later base salaries: 2026-07-01=2530000 decree, separated by «;»")
    try:
        return parse_base_salaries(text)
    except ValueError as error:
        raise SettingsError(
            "BINHYEN_BASE_SALARIES", str(error), "export BINHYEN_BASE_SALARIES='2026-07-01=2530000 ND 1/2026'"
        ) from None


BASE_SALARIES = _read_base_salaries()


@dataclass(frozen=True, slots=True)
class ItemForm:
    """A found thing as an officer enters it; `details`: field → what only the owner knows."""

    kind: ItemKind
    description: str
    found_on: dt.date
    holder: ItemHolder
    brand: str = ""
    colour: str = ""
    place: str = ""
    value: int | None = None
    is_free_roaming: bool = False
    ground: FoundGround = FoundGround.DROPPED
    found_time: dt.time | None = None
    is_public: bool = True
    details: Mapping[HiddenField, str] = field(default_factory=dict)

    @property
    def public_text(self) -> str:
        return ", ".join(filter(None, (self.description, self.brand, self.colour, self.place)))


@transaction.atomic
def register_item(*, form: ItemForm, case_code: str, officer: Officer, now: dt.datetime) -> FoundItem:
    """Enter a found thing for a case, or for a new one if it was brought to the counter. Raises RuleViolation."""
    require_permission(officer, Permission.WORK_CASES)
    _check_form(form, now=now)
    if case_code:
        case = lock_case(case_code, officer=officer, version=None)
        if not is_registrable(case):
            raise RuleViolation(_("Chỉ ghi sổ cho vụ «Nhặt được» đang mở."))
        if FoundItem.objects.filter(case=case).exists():
            raise RuleViolation(_("Vụ này đã có trong sổ."))
    else:
        case = _open_counter_case(form, officer, now=now)
    today = to_vietnam_day(now)
    item = FoundItem.objects.create(
        case=case,
        kind=form.kind,
        description=form.description,
        brand=form.brand,
        colour=form.colour,
        place=form.place,
        commune_id=case.commune_id,
        found_on=form.found_on,
        found_time=form.found_time,
        holder=form.holder,
        value=form.value,
        is_free_roaming=form.is_free_roaming,
        ground=form.ground,
        search_text=fold_to_words(form.public_text)[:400],
        is_public=form.is_public,
        announced_on=today if form.is_public else None,
        officer=officer,
        at=now,
    )
    HiddenDetail.objects.bulk_create(
        [HiddenDetail(item=item, field=name, text=text[:200]) for name, text in form.details.items() if text]
    )
    if form.holder is ItemHolder.POLICE:
        _append_step(item, CustodyStep.RECEIVED, FINDER, POLICE, "", officer=officer, now=now)
    enqueue_matching([case])  # again, for a case from a message: now with number, name and marks
    record_case_action(item.case, "found.registered", officer, now=now)
    return item


def _check_form(form: ItemForm, *, now: dt.datetime) -> None:
    if len(form.description) < 3:
        raise RuleViolation(_("Ghi đồ gì, vài chữ là đủ."))
    found_at = dt.datetime.combine(form.found_on, form.found_time or dt.time(), VIETNAM)
    if found_at > now:
        raise RuleViolation(_("Giờ nhặt không được sau lúc này."))
    if set(form.details) - set(FIELDS_BY_KIND[form.kind]):
        raise RuleViolation(_("Loại đồ này không có chi tiết đó."))
    context = DlpContext(secrets=[text for text in form.details.values() if len(text) >= 4])
    if findings := check_text(form.public_text, context):
        first = findings[0]
        raise RuleViolation(
            _("Phần ai cũng đọc có {what}: «{words}». Chuyển xuống phần chỉ chủ biết.").format(
                what=_(LABELS[first.kind]), words=form.public_text[first.start : first.end]
            )
        )


def _open_counter_case(form: ItemForm, officer: Officer, *, now: dt.datetime) -> Case:
    kind, unit = get_kind_for_category(_CATEGORY), officer.unit
    commune_id = unit.area_id if unit.level == unit.Level.COMMUNE else None
    words = form.public_text
    (case,) = create_cases(
        [
            NewCase(
                kind=kind.code,
                lane=Lane(kind.get_lane(_CATEGORY)),
                category=_CATEGORY,
                urgency=_FOUND_URGENCY,
                sensitive=False,
                title=f"{CATEGORY_LABELS[_CATEGORY]} · {form.description}",
                unit_id=unit.pk,
                actor=to_actor(officer),
                folded=fold_text(words),
                search_accented=accented_words(words),
                area_id=commune_id,
                commune_id=commune_id,
                place=form.place,
                words=words,
                assignee_id=officer.pk,
            )
        ],
        ladder=get_alarm_delays(),
        now=now,
    )
    return case


@transaction.atomic
def set_public(*, item: FoundItem, is_public: bool, officer: Officer, now: dt.datetime) -> None:
    """Put a thing on the board, or take it off. The period of the Civil Code runs from the first day on the board."""
    item = _lock_item(item, officer)
    item.is_public = is_public
    item.announced_on = item.announced_on or (to_vietnam_day(now) if is_public else None)
    item.save(update_fields=["is_public", "announced_on"])
    record_case_action(item.case, "found.published" if is_public else "found.unpublished", officer, now=now)


@transaction.atomic
def record_step(
    *,
    item: FoundItem,
    step: str,
    giver: str,
    receiver: str,
    note: str,
    expected_number: int,
    officer: Officer,
    now: dt.datetime,
) -> CustodyEntry:
    """Append a step by hand: received or moved. Hand-over and end are appended by their own services."""
    item = _lock_item(item, officer)
    if step not in (CustodyStep.RECEIVED, CustodyStep.MOVED):
        raise RuleViolation(_("Chọn việc bàn giao."))
    if len(giver) < 2 or len(receiver) < 2:
        raise RuleViolation(_("Ghi bên giao và bên nhận."))
    entry = _append_step(
        item, CustodyStep(step), giver, receiver, note, officer=officer, now=now, expected_number=expected_number
    )
    if item.holder != ItemHolder.POLICE:
        item.holder = ItemHolder.POLICE
        item.save(update_fields=["holder"])
    record_case_action(item.case, "found.custody", officer, now=now)
    return entry


def _append_step(
    item: FoundItem,
    step: CustodyStep,
    giver: str,
    receiver: str,
    note: str,
    *,
    officer: Officer,
    now: dt.datetime,
    expected_number: int | None = None,
) -> CustodyEntry:
    """Append a step; the item is locked. Raises RuleViolation for a repeated step or one out of order."""
    last = item.custody.order_by("-number").first()
    number = (last.number if last else 0) + 1
    if problem := find_step_problem(
        last.step if last else "",
        step,
        number=number,
        expected_number=number if expected_number is None else expected_number,
    ):
        raise RuleViolation(_(problem))
    entry = CustodyEntry(
        item=item,
        number=number,
        step=step,
        giver=giver[:120],
        receiver=receiver[:120],
        note=note[:300],
        officer=officer,
        at=now,
    )
    entry.digest = compute_step_digest(last.digest if last else "", entry.parts)
    entry.save(force_insert=True)
    return entry


@transaction.atomic
def submit_claim(*, item_code: str, link: str, answers: Mapping[str, str], now: dt.datetime) -> Claim:
    """Score a try of the claimant who holds `link`; the first one opens the claim. Raises RuleViolation.

    The same answers sent again are the same try. A second claim that matches freezes both for an officer.
    """
    with rls_scope(PROGRAM_SCOPE):
        item = FoundItem.objects.select_for_update(of=("self",)).filter(code=item_code, case__is_open=True).first()
        if item is None:
            raise RuleViolation(_("Đồ này không còn trên bảng."))
        claim = item.claims.filter(link_hash=hash_token(link)).first()
        if claim is None:
            if not (item.is_public and can_claim_online(item)):
                raise RuleViolation(_("Đồ này nhận tại trụ sở công an. Bạn mang giấy tờ đến."))
            claim = Claim(item=item, link_hash=hash_token(link), at=now)
        details = dict(item.details.values_list("field", "text"))
        given = {name: answers.get(name, "").strip()[:MAX_ANSWER_LENGTH] for name in details}
        if not any(given.values()):
            raise RuleViolation(_("Bạn trả lời ít nhất một câu."))
        if claim.state != ClaimState.OPEN or (claim.tries and given == claim.answers):
            return claim
        _score_try(claim, item, details, given, now=now)
        return claim


def _score_try(
    claim: Claim, item: FoundItem, details: Mapping[str, str], answers: dict[str, str], *, now: dt.datetime
) -> None:
    rivals = item.claims.filter(state__in=TO_DECIDE).exclude(pk=claim.pk)
    score = score_answers(details, answers)
    claim.tries += 1
    claim.answers, claim.right = answers, score.right
    claim.state = get_state_after_try(score, claim.tries, has_rival=rivals.exists())
    claim.save()
    if claim.state == ClaimState.FROZEN:
        rivals.update(state=ClaimState.FROZEN)
    if claim.state in TO_DECIDE:  # the desk sees «Tin mới»
        case = lock_case_for_system(item.case_id)
        case.unread_reason = UnreadUpdate.MESSAGE
        save_change(case, Verb.NOTED, actor=CITIZEN_ACTOR, now=now)
    action = AuditAction("citizen", "found.claimed", f"found:{item.code}", None, {"state": str(claim.state)})
    record_actions([action], now=now)


@transaction.atomic
def decide_claim(*, claim: Claim, accepts: bool, reason: str, officer: Officer, now: dt.datetime) -> None:
    """Accept or refuse a claim, with a reason. Acceptance refuses the other open claims."""
    item = _lock_item(claim.item, officer)
    claim = Claim.objects.select_for_update().get(pk=claim.pk)
    if claim.state not in DECIDABLE:
        raise RuleViolation(_("Người nhận đồ này đã có quyết định."))
    if len(reason.strip()) < 5:
        raise RuleViolation(_("Ghi vì sao: khớp chi tiết nào, đã xem giấy tờ gì."))
    if accepts and item.claims.filter(state=ClaimState.ACCEPTED).exists():
        raise RuleViolation(_("Đã có người được nhận đồ này."))
    others = item.claims.filter(state__in=(ClaimState.OPEN, *TO_DECIDE)).exclude(pk=claim.pk)
    if accepts:
        others.update(state=ClaimState.REFUSED, officer=officer, decided_at=now, reason=reason.strip()[:300])
    elif others.filter(state=ClaimState.FROZEN).count() == 1:  # the only one left is proved again
        others.filter(state=ClaimState.FROZEN).update(state=ClaimState.PROVED)
    claim.state = ClaimState.ACCEPTED if accepts else ClaimState.REFUSED
    claim.officer, claim.decided_at, claim.reason = officer, now, reason.strip()[:300]
    claim.save(update_fields=["state", "officer", "decided_at", "reason"])
    record_case_action(item.case, "found.accepted" if accepts else "found.refused", officer, now=now)


@transaction.atomic
def draw_up_receipt(
    *, item: FoundItem, receiver_name: str, condition: str, officer: Officer, now: dt.datetime
) -> Receipt:
    """Draw up the receipt for the accepted claimant, or for an owner who came in person; unsigned."""
    item = _lock_item(item, officer)
    if item.claims.filter(state__in=TO_DECIDE).exists():
        raise RuleViolation(_("Còn người nhận chưa được quyết định. Quyết định trước, rồi lập biên nhận."))
    if len(receiver_name) < 2:
        raise RuleViolation(_("Ghi họ tên người nhận theo giấy tờ."))
    accepted = item.claims.filter(state=ClaimState.ACCEPTED).first()
    receipt, _created = Receipt.objects.update_or_create(
        item=item,
        defaults={
            "claim": accepted,
            "receiver_name": receiver_name[:100],
            "condition": condition[:200],
            "officer": officer,
            "at": now,
        },
    )
    record_case_action(item.case, "found.receipt", officer, now=now)
    return receipt


@transaction.atomic
def hand_over(
    *,
    item: FoundItem,
    receiver_signed: bool,
    officer_signed: bool,
    paper: str,
    receiver_strokes: str = "",
    officer_strokes: str = "",
    attachment_ids: tuple[int, ...] = (),
    officer: Officer,
    now: dt.datetime,
) -> Receipt:
    """Complete the signed receipt: last step of custody, case closed as returned, the finder gets the result.

    `receiver_strokes`, `officer_strokes`: drawn on the screen (`kit/signature_strokes.py`); not drawn without script.
    """
    item = _lock_item(item, officer)
    receipt = Receipt.objects.select_for_update().filter(item=item).first()
    if receipt is None or receipt.signed_at is not None:
        raise RuleViolation(_("Lập biên nhận trước khi ký."))
    if not (paper or (receiver_signed and officer_signed)):
        raise RuleViolation(_("Hai bên cùng ký trên màn hình, hoặc ghi số biên nhận giấy đã ký."))
    try:
        parse_strokes(receiver_strokes), parse_strokes(officer_strokes)
    except ValueError:
        raise RuleViolation(_("Chữ ký trên màn hình chưa rõ. Ký lại, hoặc ký trên giấy.")) from None
    receipt.signed_at, receipt.paper = now, paper[:60]
    receipt.receiver_signature, receipt.officer_signature = receiver_strokes, officer_strokes
    receipt.save(update_fields=["signed_at", "paper", "receiver_signature", "officer_signature"])
    giver = FINDER if item.holder == ItemHolder.FINDER else POLICE
    _append_step(item, CustodyStep.HANDED_OVER, giver, OWNER, receipt.condition, officer=officer, now=now)
    _close(
        item,
        Outcome.RETURNED,
        result=_RETURNED_RESULT,
        evidence=_RECEIPT_EVIDENCE.format(number=receipt.paper or format_code(item.code)),
        attachment_ids=attachment_ids,
        officer=officer,
        now=now,
    )
    record_case_action(item.case, "found.returned", officer, now=now)
    return receipt


@transaction.atomic
def end_item(*, item: FoundItem, outcome: str, reason: str, is_wiped: bool, officer: Officer, now: dt.datetime) -> None:
    """End a thing without a hand-over to its owner; the rules of the Civil Code are checked, the officer decides."""
    item = _lock_item(item, officer)
    if problem := find_ending_problem(
        ItemKind(item.kind),
        outcome,
        get_entitlement(item),
        today=to_vietnam_day(now),
        reason=reason,
        is_wiped=is_wiped,
        ground=FoundGround(item.ground),
    ):
        raise RuleViolation(_(problem))
    if item.claims.filter(state__in=(*TO_DECIDE, ClaimState.ACCEPTED)).exists():
        raise RuleViolation(_("Có người nhận đồ này. Quyết định người nhận trước."))
    _append_step(item, CustodyStep.ENDED, POLICE, outcome, reason, officer=officer, now=now)
    _close(
        item,
        Outcome(outcome),
        result=_RESULTS[Outcome(outcome)],
        evidence=reason,
        attachment_ids=(),
        officer=officer,
        now=now,
    )
    record_case_action(item.case, "found.ended", officer, now=now)


def get_entitlement(item: FoundItem) -> Entitlement | None:
    """Return the proposal of the Civil Code; None while the thing was never announced."""
    if item.announced_on is None:
        return None
    return compute_entitlement(
        ItemKind(item.kind),
        announced_on=item.announced_on,
        value=item.value,
        is_free_roaming=item.is_free_roaming,
        ground=FoundGround(item.ground),
        salaries=BASE_SALARIES,
    )


def _close(
    item: FoundItem,
    outcome: Outcome,
    *,
    result: str,
    evidence: str,
    attachment_ids: tuple[int, ...],
    officer: Officer,
    now: dt.datetime,
) -> None:
    close_case(
        code=item.case.code,
        officer=officer,
        outcome=outcome,
        result=result,
        evidence=evidence,
        attachment_ids=attachment_ids,
        in_register=True,
        version=None,
        now=now,
    )


def _lock_item(item: FoundItem, officer: Officer) -> FoundItem:
    """Lock the case, which decides about access, then the thing. Raises NotFound, NotAllowed, RuleViolation."""
    lock_open_case(item.case.code, officer=officer)
    return FoundItem.objects.select_for_update(of=("self",)).select_related("case").get(pk=item.pk)


def delete_erased_items(now: dt.datetime, limit: int) -> int:
    """Delete things whose case lost its content, with details, claims, custody and receipt."""
    ids = list(list_erased_items().order_by("pk").values_list("pk", flat=True)[:limit])
    FoundItem.objects.filter(pk__in=ids).delete()
    return len(ids)
