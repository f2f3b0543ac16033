"""Operations of the isolated machine on a bundle, with keys unlocked there. Pure."""

from collections.abc import Sequence

from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair, PublicKey
from binhyen.vault.offline.bundles import Bundle, Envelope, OfflineAnswer, SignedApproval, sign_approval
from binhyen.vault.secret_sharing import join_parts
from binhyen.vault.signing import get_verify_key


class KeyMismatch(ValueError):
    """This key opens nothing of this bundle; the message explains why."""


def format_part_context(opening: str, part: int) -> str:
    """Return the context of a part of an opened key; the same as `vault.queries.format_part_context`."""
    return f"vault_approval.parts:{opening}:{part}"


def approve_bundle(bundle: Bundle, pair: KeyPair, *, earlier_answer: OfflineAnswer | None = None) -> OfflineAnswer:
    """Approve as a custodian: decrypt the parts of the key, encrypt them to the requester, sign.

    Approvals of `earlier_answer` are carried over. Raises KeyMismatch, envelopes.EnvelopeError.
    """
    if earlier_answer is not None and earlier_answer.opening != bundle.id:
        raise KeyMismatch("Tệp trả lời này thuộc một yêu cầu khác.")
    verify = get_verify_key(pair.private)
    earlier_approvals = list(earlier_answer.approvals) if earlier_answer else []
    if any(approval.verify == verify for approval in earlier_approvals):
        raise KeyMismatch("Bạn đã đồng ý rồi. Cần người giữ phần khóa khác.")
    own_copies = _find_own_copies(bundle, bundle.copies, pair)
    parts = {
        copy.part: envelopes.open_envelope(copy.sealed, pair=key, context=copy.context) for copy, key in own_copies
    }
    if not parts:
        raise KeyMismatch("Khóa của bạn không có phần nào của danh tính này.")
    requester_key = PublicKey(bundle.asker)
    sealed = {
        number: envelopes.seal_envelope(part, to=requester_key, context=format_part_context(bundle.id, number))
        for number, part in parts.items()
    }
    return OfflineAnswer(
        bundle.id, [*earlier_approvals, sign_approval(bundle.id, sealed, private=pair.private, verify=verify)]
    )


def open_reason_text(bundle: Bundle, pair: KeyPair) -> str:
    """Decrypt the reason for one custodian; "" where this key does not open it. Raises envelopes.EnvelopeError."""
    for copy, key in _find_own_copies(bundle, bundle.reason_copies, pair):
        lock = KeyPair.of(envelopes.open_envelope(copy.sealed, pair=key, context=copy.context))
        return _open_row(bundle.reason, lock)
    return ""


def open_identity(bundle: Bundle, answer: OfflineAnswer, pair: KeyPair) -> list[tuple[str, str]]:
    """Return (label, value) of the disclosed rows, for the requester. Raises KeyMismatch, envelopes.EnvelopeError."""
    lock = join_request_key(bundle, answer, pair)
    return [(row.note, _open_row(row, lock)) for row in bundle.rows]


def join_request_key(bundle: Bundle, answer: OfflineAnswer, pair: KeyPair) -> KeyPair:
    """Join the key of a request, for the requester. Raises KeyMismatch, envelopes.EnvelopeError."""
    if pair.public.raw != bundle.asker:
        raise KeyMismatch("Danh tính này mở cho khóa của người khác.")
    parts: dict[int, bytes] = {}
    for approval in _list_valid_approvals(bundle, answer):
        for number, sealed in approval.parts.items():
            parts[number] = envelopes.open_envelope(sealed, pair=pair, context=format_part_context(bundle.id, number))
    try:
        return KeyPair.of(join_parts(parts))
    except ValueError:
        raise KeyMismatch("Cần hai người giữ danh tính giữ hai phần khóa khác nhau cùng đồng ý.") from None


def open_messages(bundle: Bundle, pair: KeyPair) -> list[tuple[str, str]]:
    """Return (time and author, text) of a sealed conversation, for a handler.

    Raises KeyMismatch, envelopes.EnvelopeError.
    """
    lock = open_handler_key(bundle, pair)
    return [(row.note, _open_row(row, lock)) for row in bundle.rows]


def open_handler_key(bundle: Bundle, pair: KeyPair) -> KeyPair:
    """Open the key of a sealed conversation. Raises KeyMismatch, envelopes.EnvelopeError."""
    for copy, key in _find_own_copies(bundle, bundle.copies, pair):
        return KeyPair.of(envelopes.open_envelope(copy.sealed, pair=key, context=copy.context))
    raise KeyMismatch("Khóa của bạn không mở được tin này.")


def open_files(bundle: Bundle, lock: KeyPair) -> list[tuple[str, bytes]]:
    """Return (name, content) of the files in the bundle. Raises envelopes.EnvelopeError."""
    return [(row.note, envelopes.open_envelope(row.sealed, pair=lock, context=row.context)) for row in bundle.files]


def _open_row(row: Envelope, lock: KeyPair) -> str:
    return envelopes.open_envelope(row.sealed, pair=lock, context=row.context).decode()


def _list_valid_approvals(bundle: Bundle, answer: OfflineAnswer) -> list[SignedApproval]:
    if answer.opening != bundle.id:
        raise KeyMismatch("Tệp trả lời này thuộc một yêu cầu khác.")
    return [approval for approval in answer.approvals if approval.is_valid_for(bundle.id)]


def _find_own_copies(bundle: Bundle, copies: Sequence[Envelope], pair: KeyPair) -> list[tuple[Envelope, KeyPair]]:
    """Return copies of a key that this holder's shares open, each with the group's key pair."""
    shares = {
        own_share.envelope.key: own_share.envelope for own_share in bundle.shares if own_share.holder == pair.public.raw
    }
    return [
        (copy, KeyPair.of(envelopes.open_envelope(share.sealed, pair=pair, context=share.context)))
        for copy in copies
        if (share := shares.get(copy.key)) is not None
    ]
