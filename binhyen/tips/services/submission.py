"""Submission of tips and return of their reporters; every text and picture is encrypted on entry."""

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

# nosemgrep: primitives-elsewhere  wraps the conversation's key for its receipt; the vault's envelopes do the rest
from nacl.exceptions import CryptoError

# nosemgrep: primitives-elsewhere  wraps the conversation's key for its receipt; the vault's envelopes do the rest
from nacl.secret import SecretBox

from binhyen.areas import queries as areas
from binhyen.cases.choices import CATEGORY_LABELS, PROVINCE_ONLY_CATEGORIES, Lane
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.rules import should_alarm
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.channels.services import async_dlp
from binhyen.intake.complaint_store import ComplaintText, NotStoredYet, SealedConversationText, get_complaint_store
from binhyen.intake.model_cache import classify_with_officers, get_text_reader
from binhyen.kit.i18n_markers import L_, N_
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope, set_rls_scope
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, resolve_place
from binhyen.language.reading import Reading
from binhyen.people.services import RuleViolation
from binhyen.tips import queries, receipts
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.receipt_sessions import ReceiptSession, compute_code_mark
from binhyen.tips.receipts import ReceiptKeys
from binhyen.tips.rules import MAX_CODES_TRIED, MAX_FILES, find_possible_codes
from binhyen.tips.services.storage import (
    ProcessedFile,
    UploadedTipFile,
    get_for_update,
    process_files,
    seal_message,
    seal_to_custodians,
    store_encrypted,
)
from binhyen.vault import services as vault
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.queries import open_texts

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
