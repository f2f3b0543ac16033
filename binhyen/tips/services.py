"""Take in tips, let their people come back, let the desk answer; every word sealed as it comes."""

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from binhyen.areas import queries as areas
from binhyen.cases.config import ladder
from binhyen.cases.services import apart
from binhyen.cases.services.opening import Opening, open_cases
from binhyen.cases.services.steps import CITIZEN, acting
from binhyen.cases.words import CATEGORY_LABELS, NEVER_DOWN, Lane
from binhyen.intake.apart import Telling, keeper
from binhyen.intake.reading import reader
from binhyen.kit import files
from binhyen.kit.ids import uuid7
from binhyen.kit.scope import PROGRAM, enter, entered
from binhyen.language.places import resolve
from binhyen.language.reading import Reading
from binhyen.people.models import Officer
from binhyen.people.services import Refusal, actor_of
from binhyen.tips import queries, receipts
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.receipts import Keys
from binhyen.tips.rules import MOST_FILES, numbers_like_a_code
from binhyen.vault import boxes
from binhyen.vault import services as vault
from binhyen.vault.boxes import Pair, PublicKey

PLACE_SURE = 0.5
WORDS = "Tin kín: chữ của người báo được niêm phong, chỉ đọc được ở bàn tin kín."


class SentBefore(Exception):
    """The form was sent already, with other words."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Shown once. `danger`: the words tell of danger to life."""

    code: str
    danger: bool


def send(*, key: str, text: str, place: str, photos: Sequence[bytes], now: dt.datetime) -> Receipt:
    """A new tip; the same form again gives the same receipt. Raises receipts.Busy, files.NotAPicture, SentBefore."""
    code = receipts.code_of(key)
    keys = receipts.keys_of(code)
    reading = reader().understand(f"{text}\n{place}" if place else text)
    receipt = Receipt(code, reading.urgency >= 3)
    said = _mark(keys, text, place, photos)
    pictures = [(photo, files.clean_picture(photo).data) for photo in photos]
    try:
        with entered(PROGRAM), transaction.atomic():
            _keep(keys, said, text, place, pictures, reading, now=now)
    except IntegrityError:
        enter(queries.scope_of(keys.lookup))
        known = Tip.objects.filter(lookup=keys.lookup).first()
        if known is None:
            raise
        if not hmac.compare_digest(bytes(known.said), said):
            raise SentBefore from None
    return receipt


def _mark(keys: Keys, text: str, place: str, photos: Sequence[bytes]) -> bytes:
    mac = hmac.new(keys.wrap, digestmod="sha256")
    for part in (text.encode(), place.encode(), *photos):
        mac.update(len(part).to_bytes(8) + part)
    return mac.digest()[:16]


def _keep(
    keys: Keys, said: bytes, text: str, place: str, pictures: Sequence[tuple[bytes, bytes]], reading: Reading,
    *, now: dt.datetime,
) -> None:  # fmt: skip
    told = f"{text}\n\nNơi xảy ra: {place}" if place else text
    directory = areas.directory()
    placed = resolve(reading.entities, reader().gazetteer, None)
    if reading.category in NEVER_DOWN:
        codes = [c for c in (placed.commune, *placed.candidates) if c in directory.communes]
        units = tuple(dict.fromkeys(directory.communes[c].unit_id for c in codes if c))
        _keep_apart(keys, said, told, units, pictures, reading, now=now)
        return
    private: list[bytes] = []
    lock = vault.new_lock(["TIPS"], now=now, keep=private)
    commune = directory.communes.get(placed.commune or "") if placed.confidence >= PLACE_SURE else None
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
    _seal(tip, vault.Kind.TOLD, told, now=now)
    _keep_files(tip, pictures, now=now)


def _keep_apart(
    keys: Keys, said: bytes, told: str, units: tuple[int, ...], pictures: Sequence[tuple[bytes, bytes]],
    reading: Reading, *, now: dt.datetime,
) -> None:  # fmt: skip
    """A complaint about police is no tip of that desk. Its keeper routes and seals it; the receipt opens it."""
    public_id = uuid7()
    telling = Telling(0, told, None, None, urgency=max(reading.urgency, 1), unit_ids=units)
    kept = keeper().open(telling, owner=f"tip:{public_id}", now=now)
    tip = Tip.objects.create(
        public_id=public_id, lookup=keys.lookup, wrapped=SecretBox(keys.wrap).encrypt(kept.private), said=said,
        lock_id=kept.lock_id, case=kept.case, last_word_at=now, told_at=now,
    )  # fmt: skip
    _keep_files(tip, pictures, now=now)


def opened(code: str) -> tuple[Tip, Pair] | None:
    """The tip of a receipt, and its key; None for wrong, unknown and gone alike, at the same cost. Raises Busy."""
    keys = receipts.keys_of(code)
    tip = found(keys.lookup)
    if tip is None:
        return None
    try:
        return tip, Pair.of(SecretBox(keys.wrap).decrypt(bytes(tip.wrapped)))
    except CryptoError:  # a row that somebody put another's key into
        return None


def found(lookup: bytes) -> Tip | None:
    """The living tip of a receipt; from here on the database answers for whoever holds it."""
    enter(queries.scope_of(lookup))
    return Tip.objects.filter(lookup=lookup, gone_at=None).select_related("case").first()


@entered(PROGRAM)
def write_more(*, tip: Tip, text: str, photos: Sequence[bytes], now: dt.datetime) -> None:
    """More words or pictures of the same person. Raises Refusal, receipts.Busy, files.NotAPicture."""
    for number in numbers_like_a_code(text):
        if hmac.compare_digest(receipts.keys_of(number).lookup, bytes(tip.lookup)):
            raise Refusal("Trong chữ có mã 20 số của bạn. Bạn xóa mã đi rồi gửi lại.")
    if tip.files.count() + len(photos) > MOST_FILES:
        raise Refusal(f"Mỗi tin gửi được tối đa {MOST_FILES} ảnh.")
    pictures = [(photo, files.clean_picture(photo).data) for photo in photos]
    with transaction.atomic():
        row = _alive(tip)
        if text:
            _seal(row, vault.Kind.TOLD, text, now=now)
        _keep_files(row, pictures, now=now)
        row.told_at = row.last_word_at = now
        row.save(update_fields=["told_at", "last_word_at"])
        apart.heard(case_id=row.case_id, now=now)


@entered(PROGRAM)
def withdraw(*, tip: Tip, now: dt.datetime) -> None:
    """The person takes it back: the key is destroyed, so nobody reads a word of it any more."""
    with transaction.atomic():
        row = _alive(tip)
        row.withdrawn_at = now
        _destroy(row, now=now)
        apart.withdrawn(case_id=row.case_id, now=now)


def answer(*, tip: Tip, text: str, officer: Officer, now: dt.datetime) -> None:
    """An answer of the desk, sealed to the same lock. Raises Refusal."""
    if not text.strip():
        raise Refusal("Câu trả lời đang trống.")
    with transaction.atomic():
        row = _alive(tip)
        _seal(row, vault.Kind.REPLY, text.strip(), author=actor_of(officer), now=now)
        row.answered_at = row.last_word_at = now
        row.save(update_fields=["answered_at", "last_word_at"])
        apart.answered(case_id=row.case_id, actor=acting(officer), now=now)


def hand_on(*, tip: Tip, extract: str, officer: Officer, now: dt.datetime) -> str:
    """What the desk passes on becomes an ordinary case of the place; its code. It names no tip. Raises Refusal."""
    if len(extract.split()) < 3:
        raise Refusal("Hãy viết phần trích đủ để cán bộ xã làm việc, không có gì chỉ ra người báo.")
    reading = reader().understand(extract)
    with transaction.atomic():
        row = _alive(tip)
        code = apart.open_from_extract(
            extract=extract.strip(), category=row.case.category if reading.category == "other" else reading.category,
            urgency=max(row.case.urgency, reading.urgency), commune_id=row.commune_id,
            officer=officer, ladder=ladder(), now=now,
        )  # fmt: skip
        apart.handed_on(case_id=row.case_id, actor=acting(officer), now=now)
    return code


def clean(*, now: dt.datetime, most: int = 200) -> int:
    """Destroy the keys of tips whose time is over; how many."""
    over = [tip for tip in queries.maybe_over(now=now, most=most) if queries.ends_at(tip) <= now]
    for tip in over:
        with transaction.atomic():
            _destroy(_alive(tip), now=now)
    return len(over)


def _alive(tip: Tip) -> Tip:
    """The row, locked. Raises Refusal where it is gone."""
    row = Tip.objects.select_for_update(of=("self",)).select_related("case").get(pk=tip.pk)
    if row.gone_at is not None or row.lock_id is None:
        raise Refusal("Tin này đã được rút hoặc đã hết hạn.")
    return row


def _destroy(row: Tip, *, now: dt.datetime) -> None:
    """Copies of the key first; then what it opened."""
    lock, row.gone_at, row.wrapped = row.lock_id, now, b""
    row.save(update_fields=["gone_at", "wrapped", "withdrawn_at"])
    with entered(queries.scope_of(bytes(row.lookup))):  # no wider: a page may destroy this tip's key and no other
        vault.destroy_locks([lock] if lock else [])
    gone = list(row.files.values_list("original", "shown"))
    row.files.all().delete()
    def remove() -> None:
        for pair in gone:
            for name in pair:
                files.remove(name)

    transaction.on_commit(remove)


def _seal(tip: Tip, kind: vault.Kind, text: str, *, author: str = "", now: dt.datetime) -> None:
    vault.seal_text(
        lock_id=tip.lock_id or 0, owner=queries.owner(tip), kind=kind, text=text, author=author, now=now
    )  # fmt: skip


def _keep_files(tip: Tip, pictures: Sequence[tuple[bytes, bytes]], *, now: dt.datetime) -> None:
    if not pictures:
        return
    to = vault.lock_key(tip.lock_id or 0)
    hour = now.replace(minute=0, second=0, microsecond=0)
    for original, shown in pictures:
        row = TipFile(tip=tip, at=hour)
        row.original = _store(original, to, queries.file_context(row, "original"))
        row.shown = _store(shown, to, queries.file_context(row, "shown"))
        row.save(force_insert=True)


def _store(data: bytes, to: PublicKey, context: str) -> str:
    return files.store(boxes.seal(data, to=to, context=context), "tips")
