"""Services of tips: submission with files, answers and extracts, withdrawal and expiry."""

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

# nosemgrep: primitives-elsewhere  wraps the conversation's key for its receipt; the vault's envelopes do the rest
from nacl.exceptions import CryptoError

# nosemgrep: primitives-elsewhere  wraps the conversation's key for its receipt; the vault's envelopes do the rest
from nacl.secret import SecretBox

from binhyen.areas import queries as areas
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, PROVINCE_ONLY_CATEGORIES, Lane
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import DerivedCase
from binhyen.cases.rules import should_alarm
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.exclusions import link_to_source
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR, lock_case_for_system, to_actor
from binhyen.channels.services import async_dlp
from binhyen.intake.complaint_store import ComplaintText, NotStoredYet, SealedConversationText, get_complaint_store
from binhyen.intake.model_cache import classify_with_officers, get_text_reader
from binhyen.kit import file_storage
from binhyen.kit.file_storage import PICTURE
from binhyen.kit.i18n_markers import L_, N_
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope, set_rls_scope
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, resolve_place
from binhyen.language.reading import Reading
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.tips import queries, receipts
from binhyen.tips.models import Extract, Tip, TipFile
from binhyen.tips.receipt_sessions import ReceiptSession, compute_code_mark
from binhyen.tips.receipts import ReceiptKeys
from binhyen.tips.rules import MAX_CODES_TRIED, MAX_FILES, find_possible_codes
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.envelopes import KeyPair, PublicKey
from binhyen.vault.queries import open_texts

# Storage of tips: the locked row, texts encrypted to it, destruction of its key.

# Files of a tip, validated before any part of the tip is stored.

ORIGINAL_ONLY = N_(
    "Tệp này không xóa sạch được, chỉ giữ được bản gốc. Bỏ tệp này ra, hoặc bỏ chọn «Không giữ ảnh gốc»."
)


@dataclass(frozen=True, slots=True)
class UploadedTipFile:
    """An uploaded file. Only the ending of its name is used; the rest could identify the sender."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ProcessedFile:
    """A processed file.

    `original`: empty if the reporter wants no original; `shown`: re-encoded picture, else empty.
    """

    kind: str
    original: bytes
    shown: bytes


class BadFile(file_storage.NotAPicture):
    """A rejected file. `number`: its position from 1. Nothing of the submission was stored."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def process_files(uploads: Sequence[UploadedTipFile], *, originals: bool) -> list[ProcessedFile]:
    """Process the uploads: pictures in the sandboxed decoder; other files are never opened. Raises BadFile."""
    processed = []
    for number, file in enumerate(uploads, start=1):
        try:
            processed.append(_process_file(file, originals))
        except file_storage.NotAPicture as problem:
            raise BadFile(number, str(problem)) from None
    return processed


def _process_file(file: UploadedTipFile, originals: bool) -> ProcessedFile:
    kind = file_storage.detect_file_type(file.name, file.data)
    if kind == PICTURE:
        return ProcessedFile(kind, file.data if originals else b"", file_storage.clean_picture(file.data).data)
    if not originals:
        raise file_storage.NotAPicture(ORIGINAL_ONLY)
    return ProcessedFile(kind, file.data, b"")


def get_for_update(tip: Tip) -> Tip:
    """Return the locked row. Raises Refusal where the tip is deleted."""
    row = Tip.objects.select_for_update().get(pk=tip.pk)
    if row.gone_at is not None or row.lock_id is None:
        raise RuleViolation(_("Tin này đã được rút hoặc đã hết hạn."))
    return row


def seal_message(tip: Tip, kind: vault.Kind, text: str, *, author: str = "", now: dt.datetime) -> None:
    vault.seal_text(
        lock_id=tip.lock_id or 0, owner=queries.get_owner(tip), kind=kind, text=text, author=author, now=now
    )


def store_encrypted(data: bytes, to: PublicKey, context: str) -> str:
    return file_storage.store_file(envelopes.seal_envelope(data, to=to, context=context), "tips")


def seal_to_custodians(row: TipFile, data: bytes, *, now: dt.datetime) -> None:
    """Encrypt the original to a new key that needs two custodians. Does not save."""
    lock = vault.create_conversation_key(["IDENTITY"], now=now)
    row.original_lock = lock
    row.original = store_encrypted(data, PublicKey(bytes(lock.public)), queries.format_file_context(row, "original"))


@transaction.atomic
def transfer_to_custodians(*, file: TipFile, data: bytes, now: dt.datetime) -> TipFile:
    """Move an original from the conversation key to a custodians' key; `data` is its plaintext.

    The tip is locked first: a concurrent destruction sees the new key, or this call sees the deleted tip and raises
    Refusal.
    """
    get_for_update(file.tip)
    row = TipFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if row.original and row.original_lock_id is None:
        old_name = row.original
        seal_to_custodians(row, data, now=now)
        row.save(update_fields=["original", "original_lock"])
        transaction.on_commit(partial(file_storage.delete_file, old_name))
    return row


def destroy_tip(row: Tip, *, now: dt.datetime) -> None:
    """Destroy key copies first; then the encrypted files."""
    locks = [row.lock_id, *row.files.values_list("original_lock", flat=True)]
    async_dlp.defer_fingerprint_deletion([row.public_id])
    row.gone_at, row.page_wrapped_key = now, b""
    row.save(update_fields=["gone_at", "page_wrapped_key", "withdrawn_at"])
    with rls_scope(
        queries.get_scope(bytes(row.lookup))
    ):  # no wider scope: a page may destroy the keys of this tip only
        vault.destroy_conversation_keys([lock for lock in locks if lock])
    file_names = [name for pair in row.files.values_list("original", "preview") for name in pair]
    row.files.all().delete()
    transaction.on_commit(partial(_remove_files, file_names))


def _remove_files(names: list[str]) -> None:
    for name in names:
        file_storage.delete_file(name)


# Submission of tips and return of their reporters; every text and picture is encrypted on entry.

EVENT_TEXT = L_("Tin kín: chữ của người báo được niêm phong, chỉ đọc được ở bàn tin kín.")


class AlreadySubmitted(Exception):
    """The form was already sent with another text."""


class ContainsReceiptCode(RuleViolation):
    """The text contains a receipt code, so its readers could open a tip."""


CODE_IN_TEXT = N_("Trong chữ có mã nhận tin 20 số. Bạn xóa mã đi rồi gửi lại: ai có mã là đọc được tin.")
ABOUT_LEADERS = N_(
    "Chưa gửi. Lời này nói về lãnh đạo công an tỉnh, nơi giải quyết không phải ở đây. Bạn gửi lời ấy thành tin mới: "
    "trang sẽ chỉ nơi giải quyết trước khi bạn gửi."
)


@dataclass(frozen=True, slots=True)
class TipReceipt:
    """Receipt, shown once. `danger`: the text reports danger to life."""

    code: str
    danger: bool


def submit_tip(
    *,
    key: str,
    text: str,
    place: str,
    photos: Sequence[UploadedTipFile],
    originals: bool = True,
    insists: bool = False,
    tries: bool = True,
    now: dt.datetime,
) -> TipReceipt:
    """Create a tip; the same form returns the same receipt. Without `originals` only previews are stored.

    `tries`: numbers in the text may be tried as other receipts. Raises receipts.Busy, files.BadFile,
    ContainsReceiptCode, AlreadySubmitted, intake.complaint_store.NotStoredYet (unless the person `insists`).
    """
    _reject_receipt_codes(f"{text}\n{place}", tries=tries)
    code = receipts.derive_code(key)
    keys = receipts.derive_keys(code)
    full_text = f"{text}\n{place}" if place else text
    reading = classify_with_officers(full_text)
    receipt = TipReceipt(code, should_alarm(reading.urgency))
    text_mark = _compute_mark(keys, text, place, photos)
    pictures = process_files(photos, originals=originals)
    try:
        with rls_scope(PROGRAM_SCOPE), transaction.atomic():
            _store_tip(keys, text_mark, text, place, pictures, reading, insists=insists, now=now)
    except IntegrityError:
        set_rls_scope(queries.get_scope(keys.lookup))
        existing = Tip.objects.filter(lookup=keys.lookup).first()
        if existing is None:
            raise
        if not hmac.compare_digest(bytes(existing.text_digest), text_mark):
            raise AlreadySubmitted from None
    return receipt


def _reject_receipt_codes(text: str, *, own_mark: bytes = b"", tries: bool) -> None:
    """Raise ContainsReceiptCode where the text contains the code of a living receipt.

    The own code is detected by the session's mark at once; others by trying the first few possible codes, at the cost
    of a receipt each. Raises Busy.
    """
    numbers = find_possible_codes(text)
    if any(hmac.compare_digest(compute_code_mark(number), own_mark) for number in numbers):
        raise ContainsReceiptCode(CODE_IN_TEXT)
    for number in numbers[:MAX_CODES_TRIED] if tries else ():
        lookup = receipts.derive_keys(number).lookup
        with rls_scope(queries.get_scope(lookup)):
            if Tip.objects.filter(lookup=lookup, gone_at=None).exists():
                raise ContainsReceiptCode(CODE_IN_TEXT)


def _compute_mark(keys: ReceiptKeys, text: str, place: str, photos: Sequence[UploadedTipFile]) -> bytes:
    mac = hmac.new(keys.wrap, digestmod="sha256")
    for part in (text.encode(), place.encode(), *(photo.data for photo in photos)):
        mac.update(len(part).to_bytes(8) + part)
    return mac.digest()[:16]


def _store_tip(
    keys: ReceiptKeys,
    text_mark: bytes,
    text: str,
    place: str,
    pictures: Sequence[ProcessedFile],
    reading: Reading,
    *,
    insists: bool,
    now: dt.datetime,
) -> None:
    full_text = f"{text}\n\nNơi xảy ra: {place}" if place else text
    directory = areas.get_directory()
    resolved = resolve_place(reading.entities, get_text_reader().gazetteer, None)
    if reading.category in PROVINCE_ONLY_CATEGORIES:
        _store_complaint(keys, text_mark, _build_complaint_text(full_text, reading), pictures, insists=insists, now=now)
        return
    private: list[bytes] = []
    lock = vault.create_conversation_key(["TIPS"], now=now, private_out=private)
    commune = directory.communes.get(resolved.commune or "") if resolved.confidence >= MIN_PLACE_CONFIDENCE else None
    place_parts = [commune.full_name] if commune else []
    title = " · ".join(["Tin kín", CATEGORY_LABELS[reading.category], *place_parts])
    opening = NewCase(
        kind="sealed_tip",
        lane=Lane.REFLECTION,
        category=reading.category,
        urgency=reading.urgency,
        sensitive=True,
        title=title,
        unit_id=directory.province_unit_id,
        actor=CITIZEN_ACTOR,
        words=EVENT_TEXT,
        commune_id=commune.area_id if commune else None,
        area_id=commune.area_id if commune else None,
    )
    [case] = create_cases([opening], ladder=get_alarm_delays(), now=now)
    tip = Tip.objects.create(
        lookup=keys.lookup,
        page_wrapped_key=SecretBox(keys.wrap).encrypt(private[0]),
        text_digest=text_mark,
        lock_id=lock.pk,
        case=case,
        commune_id=commune.area_id if commune else None,
        last_word_at=now,
        last_message_at=now,
    )
    seal_message(tip, vault.Kind.TOLD, full_text, now=now)
    async_dlp.defer_fingerprints(
        [async_dlp.ConfidentialText(tip.public_id, full_text, _get_place_unit(tip.commune_id))], now=now
    )
    _store_files(tip, pictures, now=now)


def _get_place_unit(commune_id: int | None) -> int:
    """Return the unit of the place.

    Outbound DLP stops its groups, and those of the province, from repeating the text.
    """
    directory = areas.get_directory()
    code = directory.get_commune_code(commune_id) if commune_id else None
    return directory.communes[code].unit_id if code else directory.province_unit_id


def _build_complaint_text(complaint_text: str, reading: Reading, *, commune_id: int | None = None) -> ComplaintText:
    """Build the complaint's text. `commune_id`: the place given before."""
    directory, placed = areas.get_directory(), resolve_place(reading.entities, get_text_reader().gazetteer, None)
    codes = [code for code in (placed.commune, *placed.candidates) if code in directory.communes]
    earlier_units = [commune.unit_id for commune in directory.communes.values() if commune.area_id == commune_id]
    units = tuple(dict.fromkeys([*(directory.communes[code].unit_id for code in codes if code), *earlier_units]))
    return ComplaintText(0, complaint_text, None, None, urgency=max(reading.urgency, 1), unit_ids=units)


def _store_complaint(
    keys: ReceiptKeys,
    text_mark: bytes,
    complaint_text: ComplaintText,
    pictures: Sequence[ProcessedFile],
    *,
    insists: bool,
    now: dt.datetime,
) -> None:
    """Store a complaint about police outside the tip desk: the complaint store routes and encrypts it.

    The receipt opens it.
    """
    elsewhere = None if insists else get_complaint_store().find_referral(complaint_text)
    if elsewhere is not None:
        raise NotStoredYet(elsewhere)
    public_id = generate_uuid7()
    stored = get_complaint_store().open(complaint_text, owner=f"tip:{public_id}", now=now)
    tip = Tip.objects.create(
        public_id=public_id,
        lookup=keys.lookup,
        page_wrapped_key=SecretBox(keys.wrap).encrypt(stored.private),
        text_digest=text_mark,
        lock_id=stored.key_id,
        case=stored.case,
        last_word_at=now,
        last_message_at=now,
    )
    _store_files(tip, pictures, now=now)


def open_receipt(code: str) -> tuple[Tip, KeyPair] | None:
    """Open a receipt: the tip and its key; None at the same cost for wrong, unknown and deleted ones. Raises Busy."""
    keys = receipts.derive_keys(code)
    tip = find_by_lookup(keys.lookup)
    if tip is None:
        return None
    try:
        return tip, KeyPair.of(SecretBox(keys.wrap).decrypt(bytes(tip.page_wrapped_key)))
    except CryptoError:  # a row with a key that belongs to another receipt
        return None


def find_by_lookup(lookup: bytes) -> Tip | None:
    """Return the living tip of a receipt and enter its row-level-security scope."""
    set_rls_scope(queries.get_scope(lookup))
    return Tip.objects.filter(lookup=lookup, gone_at=None).select_related("case").first()


@rls_scope(PROGRAM_SCOPE)
def add_to_tip(
    *,
    tip: Tip,
    visit: ReceiptSession,
    key: str,
    text: str,
    photos: Sequence[UploadedTipFile],
    originals: bool = True,
    tries: bool = True,
    now: dt.datetime,
) -> None:
    """Add text or pictures of the same reporter; the same form again changes nothing.

    Raises Refusal (ContainsReceiptCode too), receipts.Busy, files.BadFile.
    """
    _reject_receipt_codes(text, own_mark=visit.mark, tries=tries)
    reading = classify_with_officers(text)
    pictures = process_files(photos, originals=originals)
    form = hmac.digest(visit.pair.private, key.encode(), "sha256")[:16]
    with transaction.atomic():
        row = get_for_update(tip)
        if hmac.compare_digest(bytes(row.last_form), form):
            return
        if row.files.count() + len(photos) > MAX_FILES:
            raise RuleViolation(_("Mỗi tin gửi được tối đa {most} ảnh, tệp.").format(most=MAX_FILES))
        _store_files(row, pictures, now=now)
        row.last_message_at, row.last_word_at, row.last_form = now, now, form
        row.save(update_fields=["last_message_at", "last_word_at", "last_form"])
        _store_message(row, visit.pair, text, reading, now=now)


def _store_message(row: Tip, pair: KeyPair, text: str, reading: Reading, *, now: dt.datetime) -> None:
    """Store a message at the tip desk, or in the complaint store, which adds newly named subjects.

    A tip that turns out to be a complaint about police leaves the tip desk with all earlier messages: the receipt's own
    key re-encrypts them.
    """
    if row.case.is_restricted:
        get_complaint_store().add_message(row.case_id, _build_complaint_text(text, reading), now=now)
        return
    if reading.category not in PROVINCE_ONLY_CATEGORIES:
        if text:
            seal_message(row, vault.Kind.TOLD, text, now=now)
            async_dlp.defer_fingerprints(
                [async_dlp.ConfidentialText(row.public_id, text, _get_place_unit(row.commune_id))], now=now
            )
        restricted_cases.record_follow_up(case_id=row.case_id, now=now)
        return
    complaint_text = _build_complaint_text(text, reading, commune_id=row.commune_id)
    if get_complaint_store().find_referral(complaint_text) is not None:
        raise RuleViolation(_(ABOUT_LEADERS))
    earlier_texts = [
        word.text for word in open_texts(queries.get_owner(row), pair=pair) if word.kind == vault.Kind.TOLD
    ]
    sealed = SealedConversationText(queries.get_owner(row), row.lock_id or 0, pair.private, "\n\n".join(earlier_texts))
    get_complaint_store().adopt_conversation(row.case_id, complaint_text, sealed=sealed, now=now)
    async_dlp.defer_fingerprint_deletion([row.public_id])


def _store_files(tip: Tip, pictures: Sequence[ProcessedFile], *, now: dt.datetime) -> None:
    if not pictures:
        return
    conversation_key = vault.get_public_key(tip.lock_id or 0)
    hour = now.replace(minute=0, second=0, microsecond=0)
    for processed in pictures:
        row = TipFile(tip=tip, at=hour, kind=processed.kind)
        if processed.original and tip.case.is_restricted:
            row.original = store_encrypted(
                processed.original, conversation_key, queries.format_file_context(row, "original")
            )
        elif processed.original:
            seal_to_custodians(row, processed.original, now=now)
        if processed.shown:
            row.preview = store_encrypted(processed.shown, conversation_key, queries.format_file_context(row, "shown"))
        row.save(force_insert=True)


# Replies of the desk: answers encrypted to the tip, and extracts that become cases.
#
# The desk runs in the custody process, which may not touch cases: it leaves rows, and the worker updates the
# register.

# End of tips: withdrawal and expiry. Both destroy the key, so that no text is readable any more.


@rls_scope(PROGRAM_SCOPE)
def withdraw_tip(*, tip: Tip, now: dt.datetime) -> None:
    """Withdraw a tip for its reporter: the key is destroyed."""
    with transaction.atomic():
        row = get_for_update(tip)
        row.withdrawn_at = now
        destroy_tip(row, now=now)
        restricted_cases.record_withdrawal(case_id=row.case_id, now=now)


def destroy_expired_tips(*, now: dt.datetime, limit: int = 200) -> int:
    """Destroy the keys of expired tips; return how many.

    Included are tips whose key a restore destroyed again, or whose complaint is deleted.
    """
    expired = [*queries.list_expired_tips(now=now, limit=limit), *queries.list_of_deleted_complaints(limit=limit)]
    keyless = [
        tip for tip in queries.list_keyless(limit=limit) if tip.pk not in {expired_tip.pk for expired_tip in expired}
    ]
    for tip in (*expired, *keyless):
        with transaction.atomic():
            destroy_tip(get_for_update(tip), now=now)
            if tip in keyless and tip.case.state in OPEN_STATES:
                restricted_cases.record_withdrawal(case_id=tip.case_id, now=now)
    DerivedCase.objects.filter(source__in=Tip.objects.filter(gone_at__isnull=False).values("case")).delete()
    return len(expired) + len(keyless)


PASSED_ON = N_(
    "Đã chuyển. Vụ việc mở ở đơn vị sau giây lát, không có gì dẫn về tin này. Phần trích nói về cán bộ công an thì nơi "
    "tiếp nhận phản ánh nhận, không phải đơn vị."
)

ALREADY_PASSED_ON = N_(
    "Tin này đã chuyển thành vụ việc. Chỉ chuyển lần nữa khi là việc khác, và đánh dấu ô «Việc khác»."
)


def answer_tip(*, tip: Tip, text: str, officer: Officer, now: dt.datetime) -> None:
    """Store an answer of the desk, encrypted to the conversation key. Raises Refusal."""
    if not text.strip():
        raise RuleViolation(_("Câu trả lời đang trống."))
    with transaction.atomic():
        row = get_for_update(tip)
        seal_message(row, vault.Kind.REPLY, text.strip(), author=get_audit_actor(officer), now=now)
        row.answered_at = row.last_word_at = now
        row.save(update_fields=["answered_at", "last_word_at"])
        arguments = {"tip": str(row.public_id), "officer": officer.pk}
        defer_once(queue="intake", task="tips.answered", key=f"tips.answered:{row.public_id}", arguments=arguments)


def record_tip_answer(*, tip_id: str, officer_id: int, now: dt.datetime) -> None:
    """Record in the register that an answer was given, as a job of the worker."""
    case_id = Tip.objects.values_list("case_id", flat=True).get(public_id=tip_id)
    restricted_cases.record_desk_answer(case_id=case_id, actor=to_actor(Officer.objects.get(pk=officer_id)), now=now)


def queue_extract(*, tip: Tip, extract: str, officer: Officer, again: bool = False, now: dt.datetime) -> str:
    """Queue the extract for an ordinary case of the place; return the handler's message.

    `again`: confirmed that it went on before and this is another subject. Raises Refusal.
    """
    if len(extract.split()) < 3:
        raise RuleViolation(_("Hãy viết phần trích đủ để cán bộ xã làm việc, không có gì chỉ ra người báo."))
    with transaction.atomic():
        row = get_for_update(tip)
        if row.passed_on_at is not None and not again:
            raise RuleViolation(_(ALREADY_PASSED_ON))
        row.passed_on_at = now
        row.save(update_fields=["passed_on_at"])
        sealed = vault.seal_for_worker(extract.strip(), context=_format_context(row))
        Extract.objects.create(tip=row, officer=officer, text=sealed, at=now)
        defer_once(queue="intake", task="tips.pass_on", key="tips.pass_on")
    return _(PASSED_ON)


def open_waiting_extracts(*, now: dt.datetime) -> list[str]:
    """Open waiting extracts as cases, each in its own transaction; return the codes.

    Readers of the case do not learn of the tip, nor the other way round (cases/models.py: DerivedCase).
    """
    codes: list[str] = []
    while True:
        with transaction.atomic():
            waiting = Extract.objects.select_for_update(skip_locked=True, of=("self",)).order_by("id")
            row = waiting.select_related("tip__case", "officer").first()
            if row is None:
                return codes
            codes.append(_open_extract_case(row, now))
            row.delete()


def _open_extract_case(row: Extract, now: dt.datetime) -> str:
    """Open one extract as a case.

    A possible complaint about police goes to the complaint desk, so that no unit reads it first.
    """
    tip, words = row.tip, _decrypt_extract(row)
    tip.case = lock_case_for_system(
        tip.case_id
    )  # a tip that became a complaint meanwhile has no facts for an ordinary case
    communes = areas.get_directory().communes.values()
    units = tuple(commune.unit_id for commune in communes if commune.area_id == tip.commune_id)
    reading = classify_with_officers(words, unit_ids=units)
    urgency = max(tip.case.urgency, reading.urgency)
    if reading.category in PROVINCE_ONLY_CATEGORIES or tip.case.is_restricted:
        complaint_text = ComplaintText(0, words, None, None, urgency=max(urgency, 1), unit_ids=units)
        with rls_scope(PROGRAM_SCOPE):
            case = get_complaint_store().open(complaint_text, now=now).case
        link_to_source(case.pk, source_id=tip.case_id)
        code = case.code
    else:
        code = restricted_cases.open_from_extract(
            extract=words,
            category=tip.case.category if reading.category == "other" else reading.category,
            urgency=urgency,
            commune_id=tip.commune_id,
            officer=row.officer,
            ladder=get_alarm_delays(),
            source_id=tip.case_id,
            now=now,
        )
    restricted_cases.record_extraction(case_id=tip.case_id, actor=to_actor(row.officer), now=now)
    return code


def _decrypt_extract(row: Extract) -> str:
    """Decrypt in the worker. Raises key_files.KeyFileMissing. Extracts before 27 November 2026 were plaintext."""
    try:
        return vault.open_in_worker(row.text, context=_format_context(row.tip))
    except (envelopes.EnvelopeError, ValueError):
        return row.text


def _format_context(tip: Tip) -> str:
    return f"tips_extract.text:{tip.public_id}"
