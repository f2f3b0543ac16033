"""Writes of the register of missing people. Each is one transaction with case event and audit row."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory, get_gazetteer
from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.bulletin_source import WITHDRAW_JOB
from binhyen.cases.choices import CATEGORY_LABELS, PERSON_OUTCOMES, Lane, Outcome, UnreadUpdate, Verb
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case, Relation, Report
from binhyen.cases.services.closing import add_evidence, close_case
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.linking import link_cases
from binhyen.cases.services.lost_found import record_matches
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
from binhyen.channels.models import Attachment
from binhyen.channels.services.deletion import delete_attachments
from binhyen.channels.services.media import store_upload
from binhyen.consents.services import find_child_consent, record_contact_consent
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import hash_token
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, resolve_place
from binhyen.language.reading import Entity
from binhyen.missing import queries
from binhyen.missing.models import AppealBulletin, PersonRecord, SearchedArea, Sighting
from binhyen.missing.rules.matching import NOTIFY_SCORE
from binhyen.missing.rules.records import (
    CATEGORY_OF_SIDE,
    PERSON_KIND_LABELS,
    SAFE_OUTCOMES,
    AgeRange,
    Movement,
    PersonKind,
    RecordSide,
    ReleaseGround,
    Sex,
    SightingVerdict,
    find_release_problem,
    is_minor,
)
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.vault import services as vault

MATCH_JOB, RECALL_JOB = "missing.match", "missing.recall"
_URGENCY = 2
_BATCH_SIZE = 200
_MIN_NOTE_LENGTH = 5
PHOTO_EVIDENCE = L_("Ảnh người cần tìm")
_REFUSED_KINDS = frozenset({FindingKind.CONTACT, FindingKind.ID_NUMBER, FindingKind.BANK_ACCOUNT})
_RESULTS = {
    Outcome.FOUND_SAFE: L_("Đã tìm thấy người, an toàn. Cảm ơn bà con đã giúp."),
    Outcome.FOUND_HURT: L_("Đã tìm thấy người và đưa đi chăm sóc. Cảm ơn bà con đã giúp."),
    Outcome.FOUND_DEAD: L_("Việc tìm kiếm đã kết thúc. Công an đã báo với gia đình."),
    Outcome.CAME_HOME: L_("Người đi lạc đã về nhà an toàn. Cảm ơn bà con đã giúp."),
    Outcome.WAS_ELSEWHERE: L_("Người cần tìm đang ở nơi khác, an toàn. Cảm ơn bà con đã giúp."),
}
# Posted in the groups that got the appeal; contains nothing about the person.
_RECALL_SAFE = L_("Đã tìm thấy người, an toàn. Cảm ơn bà con đã giúp.")
_RECALL_ENDED = L_("Việc tìm kiếm đã kết thúc. Cảm ơn bà con đã giúp.")


@dataclass(frozen=True, slots=True)
class PersonForm:
    """A person as an officer enters them. `phone`, `contact_name`: of the family, sealed in the vault."""

    side: RecordSide
    kind: PersonKind
    sex: Sex
    seen_at: dt.datetime
    name: str = ""
    other_names: str = ""
    age: AgeRange | None = None
    clothes: str = ""
    marks: str = ""
    health: str = ""
    place: str = ""
    commune_id: int | None = None
    movement: Movement = Movement.WALK
    phone: str = ""
    contact_name: str = ""

    @property
    def public_text(self) -> str:
        """Return the free texts that an appeal shows beside the name."""
        return ", ".join(filter(None, (self.clothes, self.marks, self.place)))


@transaction.atomic
def register_person(
    *,
    form: PersonForm,
    case_code: str,
    photo: bytes | None = None,
    photo_name: str = "",
    case_photo_id: int | None = None,
    officer: Officer,
    now: dt.datetime,
) -> PersonRecord:
    """Enter a person for a case, or for a new one if the family came to the counter. Raises RuleViolation, NotAPicture.

    `case_photo_id`: a picture of the case's messages, checked by the caller.
    """
    require_permission(officer, Permission.WORK_CASES)
    _check_form(form, now=now)
    contact_id = _seal_contact(form.phone, form.contact_name, now=now)
    if case_code:
        case = lock_case(case_code, officer=officer, version=None)
        if not queries.is_record_registrable(case) or case.category != CATEGORY_OF_SIDE[form.side]:
            raise RuleViolation(_("Chỉ ghi cho vụ tìm người đang mở, đúng loại."))
        if PersonRecord.objects.filter(case=case).exists():
            raise RuleViolation(_("Vụ này đã có hồ sơ người."))
        if contact_id is not None:
            Report.objects.create(case=case, reporter_id=contact_id, at=now)
    else:
        case = _open_counter_case(form, contact_id, officer, now=now)
    commune_id = form.commune_id or case.commune_id
    record = PersonRecord.objects.create(
        case=case,
        side=form.side,
        kind=form.kind,
        name=form.name,
        other_names=form.other_names,
        age_low=form.age.low if form.age else None,
        age_high=form.age.high if form.age else None,
        sex=form.sex,
        clothes=form.clothes,
        marks=form.marks,
        health=form.health,
        place=form.place or case.place[:120],
        commune_id=commune_id,
        latitude=case.latitude if commune_id == case.commune_id else None,
        longitude=case.longitude if commune_id == case.commune_id else None,
        seen_at=form.seen_at,
        movement=form.movement,
        contact_id=contact_id,
        photo_id=case_photo_id,
        officer=officer,
        at=now,
    )
    if photo is not None:
        _store_photo(record, photo, photo_name, officer=officer, now=now)
    _defer_matching(record)
    record_case_action(record.case, "missing.registered", officer, now=now)
    return record


def _check_form(form: PersonForm, *, now: dt.datetime) -> None:
    if not (form.name or form.clothes or form.marks):
        raise RuleViolation(_("Ghi tên, hoặc quần áo, dáng người: đủ để nhận ra."))
    if form.seen_at > now:
        raise RuleViolation(_("Giờ nhìn thấy không được sau lúc này."))
    for finding in check_text(form.public_text, DlpContext()):
        if finding.kind in _REFUSED_KINDS:
            raise RuleViolation(
                _("Phần ai cũng đọc có {what}: «{words}». Số của gia đình ghi ở ô riêng.").format(
                    what=_(LABELS[finding.kind]), words=form.public_text[finding.start : finding.end]
                )
            )


def _seal_contact(phone: str, name: str, *, now: dt.datetime) -> int | None:
    """Seal a phone and a name in the vault; return the pseudonym, None without either."""
    facts = {vault.Field.PHONE: phone, vault.Field.NAME: name}
    if not phone and not name:
        return None
    with rls_scope(PROGRAM_SCOPE):
        reporter_id = vault.create_reporter({field: value for field, value in facts.items() if value}, now=now)
        record_contact_consent(reporter_id=reporter_id, now=now)
    return reporter_id


def _open_counter_case(form: PersonForm, contact_id: int | None, officer: Officer, *, now: dt.datetime) -> Case:
    category, unit = CATEGORY_OF_SIDE[form.side], officer.unit
    kind = get_kind_for_category(category)
    commune_id = form.commune_id or (unit.area_id if unit.level == unit.Level.COMMUNE else None)
    words = ", ".join(filter(None, (form.name, form.other_names, form.clothes, form.marks, form.place)))
    person = f"{CATEGORY_LABELS[category]} · {PERSON_KIND_LABELS[form.kind]}"
    (case,) = create_cases(
        [
            NewCase(
                kind=kind.code,
                lane=Lane(kind.get_lane(category)),
                category=category,
                urgency=_URGENCY,
                sensitive=False,
                title=f"{person} · {form.place}" if form.place else person,
                unit_id=unit.pk,
                actor=to_actor(officer),
                folded=fold_text(words),
                search_accented=accented_words(words),
                area_id=commune_id,
                commune_id=commune_id,
                place=form.place,
                words=words,
                reporter_id=contact_id,
                assignee_id=officer.pk,
            )
        ],
        ladder=get_alarm_delays(),
        now=now,
    )
    return case


def _store_photo(record: PersonRecord, data: bytes, name: str, *, officer: Officer, now: dt.datetime) -> None:
    """Store a picture as evidence of the case: it is shown re-encoded, and erased with the case."""
    attachment = store_upload(data, name=name)
    add_evidence(
        code=record.case.code,
        officer=officer,
        text=PHOTO_EVIDENCE,
        attachment_ids=(attachment.pk,),
        version=None,
        now=now,
    )
    record.photo = attachment
    record.save(update_fields=["photo"])


@transaction.atomic
def change_photo(*, record: PersonRecord, photo: bytes, photo_name: str, officer: Officer, now: dt.datetime) -> None:
    """Replace the picture; the earlier one stays among the evidence of the case."""
    record = _lock_record(record, officer)
    _store_photo(record, photo, photo_name, officer=officer, now=now)
    record_case_action(record.case, "missing.photo", officer, now=now)


@transaction.atomic
def release_record(
    *,
    record: PersonRecord,
    ground: str,
    reason: str,
    until: dt.date,
    consent_code: str,
    shows_photo: bool,
    officer: Officer,
    now: dt.datetime,
) -> PersonRecord:
    """Publish the appeal at once by one officer; another one reviews it afterwards. Again: a new ground and end."""
    record = _lock_record(record, officer)
    consent = find_child_consent(officer, consent_code, on=until) if ground == ReleaseGround.CONSENT else None
    if problem := find_release_problem(
        ground,
        reason=reason,
        until=until,
        today=to_vietnam_day(now),
        is_child=is_minor(record.kind, record.age_low),
        has_consent=consent is not None and consent.case_id == record.case_id,
    ):
        raise RuleViolation(_(problem))
    record.ground, record.ground_reason, record.consent = ground, reason.strip()[:200], consent
    record.public_until, record.shows_photo = until, shows_photo and record.photo_id is not None
    record.released_at, record.released_by = now, officer
    record.reviewed_at, record.reviewed_by, record.recalled_at = None, None, None
    record.save()
    record_case_action(record.case, "missing.released", officer, now=now)
    return record


@transaction.atomic
def review_appeal(*, record: PersonRecord, officer: Officer, now: dt.datetime) -> None:
    """Record the review of a release by a second officer."""
    record = _lock_record(record, officer)
    if record.released_at is None or record.recalled_at is not None or record.reviewed_at is not None:
        raise RuleViolation(_("Tin này không chờ soát lại."))
    if record.released_by_id == officer.pk:
        raise RuleViolation(_("Người đăng không tự soát được. Cần một người khác xem."))
    record.reviewed_by, record.reviewed_at = officer, now
    record.save(update_fields=["reviewed_by", "reviewed_at"])
    record_case_action(record.case, "missing.reviewed", officer, now=now)


@transaction.atomic
def recall_appeal(*, record: PersonRecord, officer: Officer, now: dt.datetime) -> None:
    """Take the appeal back while the search goes on; its bulletins are withdrawn too."""
    record = _lock_record(record, officer)
    if record.released_at is None or record.recalled_at is not None:
        raise RuleViolation(_("Tin này không đang đăng."))
    _recall(record, _RECALL_ENDED, now=now)
    record_case_action(record.case, "missing.recalled", officer, now=now)


def _recall(record: PersonRecord, reason: str, *, now: dt.datetime) -> None:
    record.recalled_at, record.shows_photo = now, False
    record.save(update_fields=["recalled_at", "shows_photo"])
    codes = sorted(record.bulletins.values_list("code", flat=True))
    if codes:
        defer_once(
            queue="urgent",
            task=WITHDRAW_JOB,
            key=f"{WITHDRAW_JOB}:{record.pk}",
            arguments={"codes": codes, "reason": reason},
        )


@transaction.atomic
def recall_ended(*, now: dt.datetime) -> int:
    """Recall the appeals of ended cases, however they ended; return their number. Their pages ended with the case."""
    rows = queries.select_unrecalled().select_for_update(of=("self",), skip_locked=True).select_related("case")
    records = list(rows[:_BATCH_SIZE])
    for record in records:
        is_safe = record.case.outcome in SAFE_OUTCOMES
        _recall(record, _RECALL_SAFE if is_safe else _RECALL_ENDED, now=now)
    entries = [
        AuditAction("system:missing", "missing.recalled", audit_subject(record.case), record.case.unit_id)
        for record in records
    ]
    record_actions(entries, now=now)
    return len(records)


@dataclass(frozen=True, slots=True)
class SightingForm:
    """A sighting as typed. `key`: of the form, so that the same form sent twice is one sighting."""

    key: str
    seen_at: dt.datetime
    place: str
    text: str = ""
    phone: str = ""


@transaction.atomic
def report_sighting(*, code: str, form: SightingForm, photo: bytes | None, now: dt.datetime) -> Sighting:
    """Store a sighting by anybody for a current appeal; the desk sees «Lời mới». Raises RuleViolation, NotAPicture."""
    with rls_scope(PROGRAM_SCOPE):
        record = PersonRecord.objects.select_related("case").filter(code=code).first()
        if record is None or not queries.is_appeal_public(record, now=now):
            raise RuleViolation(_("Tin tìm người này đã gỡ. Bạn báo tin mới nếu vẫn thấy người cần giúp."))
        case = lock_case_for_system(record.case_id)
        existing = Sighting.objects.filter(key_hash=hash_token(form.key)).first()
        if existing is not None:
            return existing
        sighting = _create_sighting(record, form, photo, officer=None, now=now)
        case.unread_reason = UnreadUpdate.MESSAGE
        save_change(case, Verb.NOTED, actor=CITIZEN_ACTOR, now=now)
        record_actions([AuditAction("citizen", "missing.sighted", audit_subject(case), case.unit_id)], now=now)
        return sighting


@transaction.atomic
def enter_sighting(
    *, record: PersonRecord, form: SightingForm, photo: bytes | None, officer: Officer, now: dt.datetime
) -> Sighting:
    """Enter a sighting that came to the desk by phone or at the counter."""
    record = _lock_record(record, officer)
    existing = record.sightings.filter(key_hash=hash_token(form.key)).first()
    if existing is not None:
        return existing
    sighting = _create_sighting(record, form, photo, officer=officer, now=now)
    record_case_action(record.case, "missing.sighted", officer, now=now)
    return sighting


def _create_sighting(
    record: PersonRecord, form: SightingForm, photo: bytes | None, *, officer: Officer | None, now: dt.datetime
) -> Sighting:
    if len(form.place) < 2:
        raise RuleViolation(_("Ghi nơi bạn thấy."))
    if not record.seen_at - dt.timedelta(days=1) <= form.seen_at <= now:
        raise RuleViolation(_("Giờ thấy phải sau lúc người này đi và không sau lúc này."))
    attachment = store_upload(photo) if photo else None
    if attachment is not None and attachment.state != Attachment.State.READY:
        raise RuleViolation(_("Tệp này không phải ảnh xem được."))
    return Sighting.objects.create(
        record=record,
        key_hash=hash_token(form.key),
        seen_at=form.seen_at,
        place=form.place[:120],
        commune_id=_find_commune(form.place, record.commune_id),
        text=form.text[:500],
        contact_id=_seal_contact(form.phone, "", now=now),
        photo=attachment,
        at=now,
        officer=officer,
    )


def _find_commune(place: str, near_area_id: int | None) -> int | None:
    """Return the commune that a place names, by the rules of intake; None where it names none for certain."""
    directory = get_directory()
    near = directory.get_commune_code(near_area_id) if near_area_id else None
    parts = [part.strip() for part in place.split(",") if part.strip()]
    placed = resolve_place([Entity("PLACE", part, 0, len(part), None) for part in parts], get_gazetteer(), near)
    entry = directory.communes.get(placed.commune or "")
    return entry.area_id if entry and placed.confidence >= MIN_PLACE_CONFIDENCE else None


@transaction.atomic
def judge_sighting(
    *, record: PersonRecord, public_id: str, verdict: str, officer: Officer, now: dt.datetime
) -> Sighting:
    """Mark a sighting as likely or ruled out."""
    record = _lock_record(record, officer)
    sighting = next((row for row in record.sightings.select_for_update() if str(row.public_id) == public_id), None)
    if sighting is None or verdict not in set(SightingVerdict):
        raise RuleViolation(_("Chọn một tin có người thấy trong danh sách."))
    sighting.verdict, sighting.officer = verdict, officer
    sighting.save(update_fields=["verdict", "officer"])
    record_case_action(record.case, "missing.judged", officer, now=now)
    return sighting


@transaction.atomic
def record_searched_area(
    *,
    record: PersonRecord,
    place: str,
    party: str,
    searched_at: dt.datetime,
    note: str,
    officer: Officer,
    now: dt.datetime,
) -> SearchedArea:
    """Record an area that a search party covered."""
    record = _lock_record(record, officer)
    if len(place) < 2 or len(party) < 2:
        raise RuleViolation(_("Ghi nơi đã tìm và ai tìm."))
    if searched_at > now:
        raise RuleViolation(_("Giờ tìm không được sau lúc này."))
    area = SearchedArea.objects.create(
        record=record, place=place[:120], party=party[:120], searched_at=searched_at, note=note[:300], officer=officer
    )
    record_case_action(record.case, "missing.searched", officer, now=now)
    return area


@transaction.atomic
def confirm_match(*, record: PersonRecord, other: PersonRecord, officer: Officer, now: dt.datetime) -> None:
    """Confirm that a missing and an unidentified person are the same; both cases are linked and both desks notified."""
    if record.side == other.side:
        raise RuleViolation(_("Chỉ nối người đi lạc với người tìm thấy chưa rõ là ai."))
    link_cases(
        code=record.case.code,
        other=other.case.code,
        kind=Relation.Kind.RELATED,
        officer=officer,
        version=None,
        now=now,
    )
    record_case_action(record.case, "missing.matched", officer, now=now)


@transaction.atomic
def end_record(*, record: PersonRecord, outcome: str, note: str, officer: Officer, now: dt.datetime) -> None:
    """End the search with its outcome: the case is closed, the appeal recalled, its bulletins withdrawn."""
    record = _lock_record(record, officer)
    if outcome not in PERSON_OUTCOMES:
        raise RuleViolation(_("Hãy chọn kết quả."))
    if len(note.strip()) < _MIN_NOTE_LENGTH:
        raise RuleViolation(_("Ghi tìm thấy ở đâu, ai xác nhận."))
    close_case(
        code=record.case.code,
        officer=officer,
        outcome=Outcome(outcome),
        result=_RESULTS[Outcome(outcome)],
        evidence=note.strip()[:300],
        version=None,
        now=now,
    )
    if record.released_at is not None and record.recalled_at is None:
        _recall(record, _RECALL_SAFE if outcome in SAFE_OUTCOMES else _RECALL_ENDED, now=now)
    record_case_action(record.case, "missing.ended", officer, now=now)


def _lock_record(record: PersonRecord, officer: Officer) -> PersonRecord:
    """Lock the case, which decides about access, then the record. Raises NotFound, NotAllowed, RuleViolation."""
    lock_open_case(record.case.code, officer=officer)
    return PersonRecord.objects.select_for_update(of=("self",)).select_related("case").get(pk=record.pk)


# Jobs.


def _defer_matching(record: PersonRecord) -> None:
    defer_once(queue="bulk", task=MATCH_JOB, key=f"{MATCH_JOB}:{record.pk}", arguments={"record_id": record.pk})


def match_record(*, record_id: int, now: dt.datetime) -> int:
    """Compare a record with the open ones of the other side and notify both desks; return the number of new pairs."""
    record = PersonRecord.objects.filter(pk=record_id, case__is_open=True).first()
    if record is None:
        return 0
    ids = [int(match.id) for match in queries.rank_comparable(record, minimum=NOTIFY_SCORE)]
    others = PersonRecord.objects.filter(pk__in=ids).values_list("case_id", flat=True)
    pairs = {(min(record.case_id, pk), max(record.case_id, pk)) for pk in others}
    return record_matches(pairs, now=now) if pairs else 0


@transaction.atomic
def delete_erased_records(now: dt.datetime, limit: int) -> int:
    """Delete records whose case lost its content, with sightings, their pictures and phones, and searched areas."""
    ids = list(queries.select_erased_records().order_by("pk").values_list("pk", flat=True)[:limit])
    sightings = Sighting.objects.filter(record__in=ids)
    photo_ids = [pk for pk in sightings.values_list("photo_id", flat=True) if pk is not None]
    contact_ids = _list_contacts(ids, sightings.values_list("contact_id", flat=True))
    vault.erase_reporter_data(contact_ids)
    PersonRecord.objects.filter(pk__in=ids).delete()
    delete_attachments(Attachment.objects.filter(pk__in=photo_ids))
    return len(ids)


def _list_contacts(record_ids: Iterable[int], of_sightings: Iterable[int | None]) -> set[int]:
    families = PersonRecord.objects.filter(pk__in=record_ids).values_list("contact_id", flat=True)
    return {pk for pk in (*families, *of_sightings) if pk is not None}


def record_bulletin_of_case(*, case: Case, code: str, now: dt.datetime) -> None:
    """Remember a bulletin about the case's record. In the caller's transaction."""
    record = PersonRecord.objects.filter(case=case).first()
    if record is not None:
        AppealBulletin.objects.get_or_create(code=code, defaults={"record": record, "at": now})
