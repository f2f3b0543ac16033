"""Operations of the isolated machine on a bundle, with keys unlocked there. Pure."""

from collections.abc import Sequence

from binhyen.vault import envelopes
from binhyen.vault.envelopes import Pair, PublicKey
from binhyen.vault.offline.bundles import Answer, Approval, Bundle, Envelope, approve
from binhyen.vault.secret_sharing import join
from binhyen.vault.signing import verify_key


class NotYours(ValueError):
    """This key opens nothing of this bundle; the message explains why."""


def part_context(opening: str, part: int) -> str:
    """Return the context of a part of an opened key; the same as `vault.queries.format_part_context`."""
    return f"vault_approval.parts:{opening}:{part}"


def agree(bundle: Bundle, pair: Pair, *, before: Answer | None = None) -> Answer:
    """Approve as a custodian: decrypt the parts of the key, encrypt them to the requester, sign.

    Approvals of `earlier_answer` are carried over. Raises KeyMismatch, envelopes.EnvelopeError.
    """
    if before is not None and before.opening != bundle.id:
        raise NotYours("Tệp trả lời này thuộc một yêu cầu khác.")
    verify = verify_key(pair.private)
    given = list(before.approvals) if before else []
    if any(one.verify == verify for one in given):
        raise NotYours("Bạn đã đồng ý rồi. Cần người ở ghế khác.")
    mine = _mine(bundle, bundle.copies, pair)
    parts = {copy.part: envelopes.open_(copy.sealed, pair=key, context=copy.context) for copy, key in mine}
    if not parts:
        raise NotYours("Khóa của bạn không có phần nào của danh tính này.")
    to = PublicKey(bundle.asker)
    sealed = {n: envelopes.seal(part, to=to, context=part_context(bundle.id, n)) for n, part in parts.items()}
    return Answer(bundle.id, [*given, approve(bundle.id, sealed, private=pair.private, verify=verify)])


def reason(bundle: Bundle, pair: Pair) -> str:
    """Decrypt the reason for one custodian; "" where this key does not open it. Raises envelopes.EnvelopeError."""
    for copy, key in _mine(bundle, bundle.reason_copies, pair):
        lock = Pair.of(envelopes.open_(copy.sealed, pair=key, context=copy.context))
        return _opened(bundle.reason, lock)
    return ""


def read(bundle: Bundle, answer: Answer, pair: Pair) -> list[tuple[str, str]]:
    """Return (label, value) of the disclosed rows, for the requester. Raises KeyMismatch, envelopes.EnvelopeError."""
    lock = opened_lock(bundle, answer, pair)
    return [(row.note, _opened(row, lock)) for row in bundle.rows]


def opened_lock(bundle: Bundle, answer: Answer, pair: Pair) -> Pair:
    """Join the key of a request, for the requester. Raises KeyMismatch, envelopes.EnvelopeError."""
    if pair.public.raw != bundle.asker:
        raise NotYours("Danh tính này mở cho khóa của người khác.")
    parts: dict[int, bytes] = {}
    for one in _standing(bundle, answer):
        for number, sealed in one.parts.items():
            parts[number] = envelopes.open_(sealed, pair=pair, context=part_context(bundle.id, number))
    try:
        return Pair.of(join(parts))
    except ValueError:
        raise NotYours("Cần hai người giữ danh tính ở hai ghế khác nhau cùng đồng ý.") from None


def words(bundle: Bundle, pair: Pair) -> list[tuple[str, str]]:
    """Return (time and author, text) of a sealed conversation, for a handler.

    Raises KeyMismatch, envelopes.EnvelopeError.
    """
    lock = handlers_lock(bundle, pair)
    return [(row.note, _opened(row, lock)) for row in bundle.rows]


def handlers_lock(bundle: Bundle, pair: Pair) -> Pair:
    """Open the key of a sealed conversation. Raises KeyMismatch, envelopes.EnvelopeError."""
    for copy, key in _mine(bundle, bundle.copies, pair):
        return Pair.of(envelopes.open_(copy.sealed, pair=key, context=copy.context))
    raise NotYours("Khóa của bạn không mở được tin này.")


def files(bundle: Bundle, lock: Pair) -> list[tuple[str, bytes]]:
    """Return (name, content) of the files in the bundle. Raises envelopes.EnvelopeError."""
    return [(row.note, envelopes.open_(row.sealed, pair=lock, context=row.context)) for row in bundle.files]


def _opened(row: Envelope, lock: Pair) -> str:
    return envelopes.open_(row.sealed, pair=lock, context=row.context).decode()


def _standing(bundle: Bundle, answer: Answer) -> list[Approval]:
    if answer.opening != bundle.id:
        raise NotYours("Tệp trả lời này thuộc một yêu cầu khác.")
    return [one for one in answer.approvals if one.stands_for(bundle.id)]


def _mine(bundle: Bundle, copies: Sequence[Envelope], pair: Pair) -> list[tuple[Envelope, Pair]]:
    """Return copies of a key that this holder's shares open, each with the group's key pair."""
    shares = {s.envelope.key: s.envelope for s in bundle.shares if s.holder == pair.public.raw}
    return [
        (copy, Pair.of(envelopes.open_(share.sealed, pair=pair, context=share.context)))
        for copy in copies
        if (share := shares.get(copy.key)) is not None
    ]
