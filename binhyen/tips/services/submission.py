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
from binhyen.cases.choices import CATEGORY_LABELS, NEVER_DOWN, Lane
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.rules import alarm_starts
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.unit_of_work import CITIZEN
from binhyen.channels.services import fingerprints
from binhyen.intake.complaint_store import Referred, Sealed, Telling, keeper
from binhyen.intake.model_cache import read_upward, reader
from binhyen.kit.i18n_markers import L_, N_
from binhyen.kit.ids import uuid7
from binhyen.kit.rls_scope import PROGRAM, enter, entered
from binhyen.language.places import SURE, resolve
from binhyen.language.reading import Reading
from binhyen.people.services import Refusal
from binhyen.tips import queries, receipts
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.receipt_sessions import Visit, mark_of
from binhyen.tips.receipts import Keys
from binhyen.tips.rules import MOST_FILES, TRIED, numbers_like_a_code
from binhyen.tips.services.files import Made, Sent, made_of
from binhyen.tips.services.storage import alive, seal, store, to_custodians
from binhyen.vault import services as vault
from binhyen.vault.envelopes import Pair
from binhyen.vault.queries import read_texts

WORDS = L_("Tin kín: chữ của người báo được niêm phong, chỉ đọc được ở bàn tin kín.")


class SentBefore(Exception):
    """The form was already sent with another text."""


class HasCode(Refusal):
    """The text contains a receipt code, so its readers could open a tip."""


CODE_INSIDE = N_("Trong chữ có mã nhận tin 20 số. Bạn xóa mã đi rồi gửi lại: ai có mã là đọc được tin.")
ABOUT_THE_TOP = N_(
    "Chưa gửi. Lời này nói về lãnh đạo công an tỉnh, nơi giải quyết không phải ở đây. Bạn gửi lời ấy thành tin mới: "
    "trang sẽ chỉ nơi giải quyết trước khi bạn gửi."
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Receipt, shown once. `danger`: the text reports danger to life."""

    code: str
    danger: bool


def send(
    *, key: str, text: str, place: str, photos: Sequence[Sent], originals: bool = True, insists: bool = False,
    tries: bool = True, now: dt.datetime,
) -> Receipt:  # fmt: skip
    """Create a tip; the same form returns the same receipt. Without `originals` only previews are stored.

    `tries`: numbers in the text may be tried as other receipts. Raises receipts.Busy, files.BadFile,
    ContainsReceiptCode, AlreadySubmitted, intake.complaint_store.NotStoredYet (unless the person `insists`).
    """
    _refuse_codes(f"{text}\n{place}", tries=tries)
    code = receipts.code_of(key)
    keys = receipts.keys_of(code)
    words = f"{text}\n{place}" if place else text
    reading = read_upward(words)
    receipt = Receipt(code, alarm_starts(reading.urgency))
    said = _mark(keys, text, place, photos)
    pictures = made_of(photos, originals=originals)
    try:
        with entered(PROGRAM), transaction.atomic():
            _keep(keys, said, text, place, pictures, reading, insists=insists, now=now)
    except IntegrityError:
        enter(queries.scope_of(keys.lookup))
        known = Tip.objects.filter(lookup=keys.lookup).first()
        if known is None:
            raise
        if not hmac.compare_digest(bytes(known.said), said):
            raise SentBefore from None
    return receipt


def _refuse_codes(text: str, *, own: bytes = b"", tries: bool) -> None:
    """Raise ContainsReceiptCode where the text contains the code of a living receipt.

    The own code is detected by the session's mark at once; others by trying the first few possible codes, at the cost
    of a receipt each. Raises Busy.
    """
    numbers = numbers_like_a_code(text)
    if any(hmac.compare_digest(mark_of(number), own) for number in numbers):
        raise HasCode(CODE_INSIDE)
    for number in numbers[:TRIED] if tries else ():
        lookup = receipts.keys_of(number).lookup
        with entered(queries.scope_of(lookup)):
            if Tip.objects.filter(lookup=lookup, gone_at=None).exists():
                raise HasCode(CODE_INSIDE)


def _mark(keys: Keys, text: str, place: str, photos: Sequence[Sent]) -> bytes:
    mac = hmac.new(keys.wrap, digestmod="sha256")
    for part in (text.encode(), place.encode(), *(photo.data for photo in photos)):
        mac.update(len(part).to_bytes(8) + part)
    return mac.digest()[:16]


def _keep(
    keys: Keys, said: bytes, text: str, place: str, pictures: Sequence[Made], reading: Reading,
    *, insists: bool, now: dt.datetime,
) -> None:  # fmt: skip
    told = f"{text}\n\nNơi xảy ra: {place}" if place else text
    directory = areas.directory()
    placed = resolve(reading.entities, reader().gazetteer, None)
    if reading.category in NEVER_DOWN:
        _keep_apart(keys, said, _complaint(told, reading), pictures, insists=insists, now=now)
        return
    private: list[bytes] = []
    lock = vault.new_lock(["TIPS"], now=now, keep=private)
    commune = directory.communes.get(placed.commune or "") if placed.confidence >= SURE else None
    where = [commune.full_name] if commune else []
    title = " · ".join(["Tin kín", CATEGORY_LABELS[reading.category], *where])
    opening = Opening(
        kind="sealed_tip", lane=Lane.REFLECTION, category=reading.category, urgency=reading.urgency, sensitive=True,
        title=title, unit_id=directory.province_unit_id, actor=CITIZEN, words=WORDS,
        commune_id=commune.area_id if commune else None, area_id=commune.area_id if commune else None,
    )  # fmt: skip
    [case] = open_cases([opening], ladder=ladder(), now=now)
    tip = Tip.objects.create(
        lookup=keys.lookup, wrapped=SecretBox(keys.wrap).encrypt(private[0]), said=said, lock_id=lock.pk, case=case,
        commune_id=commune.area_id if commune else None, last_word_at=now, told_at=now,
    )  # fmt: skip
    seal(tip, vault.Kind.TOLD, told, now=now)
    fingerprints.keep([fingerprints.Confided(tip.public_id, told, _unit_told(tip.commune_id))], now=now)
    _keep_files(tip, pictures, now=now)


def _unit_told(commune_id: int | None) -> int:
    """Return the unit of the place.

    Outbound DLP stops its groups, and those of the province, from repeating the text.
    """
    directory = areas.directory()
    code = directory.commune_code_of_area(commune_id) if commune_id else None
    return directory.communes[code].unit_id if code else directory.province_unit_id


def _complaint(told: str, reading: Reading, *, commune_id: int | None = None) -> Telling:
    """Build the complaint's text. `commune_id`: the place given before."""
    directory, placed = areas.directory(), resolve(reading.entities, reader().gazetteer, None)
    codes = [c for c in (placed.commune, *placed.candidates) if c in directory.communes]
    before = [commune.unit_id for commune in directory.communes.values() if commune.area_id == commune_id]
    units = tuple(dict.fromkeys([*(directory.communes[c].unit_id for c in codes if c), *before]))
    return Telling(0, told, None, None, urgency=max(reading.urgency, 1), unit_ids=units)


def _keep_apart(
    keys: Keys, said: bytes, telling: Telling, pictures: Sequence[Made], *, insists: bool,
    now: dt.datetime,
) -> None:  # fmt: skip
    """Store a complaint about police outside the tip desk: the complaint store routes and encrypts it.

    The receipt opens it.
    """
    elsewhere = None if insists else keeper().refers(telling)
    if elsewhere is not None:
        raise Referred(elsewhere)
    public_id = uuid7()
    kept = keeper().open(telling, owner=f"tip:{public_id}", now=now)
    tip = Tip.objects.create(
        public_id=public_id, lookup=keys.lookup, wrapped=SecretBox(keys.wrap).encrypt(kept.private), said=said,
        lock_id=kept.lock_id, case=kept.case, last_word_at=now, told_at=now,
    )  # fmt: skip
    _keep_files(tip, pictures, now=now)


def opened(code: str) -> tuple[Tip, Pair] | None:
    """Open a receipt: the tip and its key; None at the same cost for wrong, unknown and deleted ones. Raises Busy."""
    keys = receipts.keys_of(code)
    tip = found(keys.lookup)
    if tip is None:
        return None
    try:
        return tip, Pair.of(SecretBox(keys.wrap).decrypt(bytes(tip.wrapped)))
    except CryptoError:  # a row with a key that belongs to another receipt
        return None


def found(lookup: bytes) -> Tip | None:
    """Return the living tip of a receipt and enter its row-level-security scope."""
    enter(queries.scope_of(lookup))
    return Tip.objects.filter(lookup=lookup, gone_at=None).select_related("case").first()


@entered(PROGRAM)
def write_more(
    *, tip: Tip, visit: Visit, key: str, text: str, photos: Sequence[Sent], originals: bool = True, tries: bool = True,
    now: dt.datetime,
) -> None:  # fmt: skip
    """Add text or pictures of the same reporter; the same form again changes nothing.

    Raises Refusal (ContainsReceiptCode too), receipts.Busy, files.BadFile.
    """
    _refuse_codes(text, own=visit.mark, tries=tries)
    reading = read_upward(text)
    pictures = made_of(photos, originals=originals)
    form = hmac.digest(visit.pair.private, key.encode(), "sha256")[:16]
    with transaction.atomic():
        row = alive(tip)
        if hmac.compare_digest(bytes(row.last_form), form):
            return
        if row.files.count() + len(photos) > MOST_FILES:
            raise Refusal(_("Mỗi tin gửi được tối đa {most} ảnh, tệp.").format(most=MOST_FILES))
        _keep_files(row, pictures, now=now)
        row.told_at, row.last_word_at, row.last_form = now, now, form
        row.save(update_fields=["told_at", "last_word_at", "last_form"])
        _say(row, visit.pair, text, reading, now=now)


def _say(row: Tip, pair: Pair, text: str, reading: Reading, *, now: dt.datetime) -> None:
    """Store a message at the tip desk, or in the complaint store, which adds newly named subjects.

    A tip that turns out to be a complaint about police leaves the tip desk with all earlier messages: the receipt's own
    key re-encrypts them.
    """
    if row.case.apart:
        keeper().hear(row.case_id, _complaint(text, reading), now=now)
        return
    if reading.category not in NEVER_DOWN:
        if text:
            seal(row, vault.Kind.TOLD, text, now=now)
            fingerprints.keep([fingerprints.Confided(row.public_id, text, _unit_told(row.commune_id))], now=now)
        restricted_cases.heard(case_id=row.case_id, now=now)
        return
    telling = _complaint(text, reading, commune_id=row.commune_id)
    if keeper().refers(telling) is not None:
        raise Refusal(_(ABOUT_THE_TOP))
    said = [word.text for word in read_texts(queries.owner(row), pair=pair) if word.kind == vault.Kind.TOLD]
    sealed = Sealed(queries.owner(row), row.lock_id or 0, pair.private, "\n\n".join(said))
    keeper().adopt(row.case_id, telling, sealed=sealed, now=now)
    fingerprints.forget([row.public_id])


def _keep_files(tip: Tip, pictures: Sequence[Made], *, now: dt.datetime) -> None:
    if not pictures:
        return
    to = vault.lock_key(tip.lock_id or 0)
    hour = now.replace(minute=0, second=0, microsecond=0)
    for made in pictures:
        row = TipFile(tip=tip, at=hour, kind=made.kind)
        if made.original and tip.case.apart:
            row.original = store(made.original, to, queries.file_context(row, "original"))
        elif made.original:
            to_custodians(row, made.original, now=now)
        if made.shown:
            row.shown = store(made.shown, to, queries.file_context(row, "shown"))
        row.save(force_insert=True)
