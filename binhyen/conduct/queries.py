"""Reads of complaints: for a handler, for the holder of the status link, and for routing."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

# nosemgrep: primitives-elsewhere  opens the envelope under the link's own key; the vault's envelopes do the rest
from nacl.exceptions import CryptoError

# nosemgrep: primitives-elsewhere  opens the envelope under the link's own key; the vault's envelopes do the rest
from nacl.secret import SecretBox

from binhyen.areas.models import Unit
from binhyen.cases.models import Clock
from binhyen.channels.services.media import format_complaint_file_context
from binhyen.conduct.models import Complaint, ComplaintAlarm, File, HandlerAlert
from binhyen.conduct.routing import ANSWER_CLOCK, Handler, Subject, SubjectRank, get_rank
from binhyen.intake.idempotency import derive_page_key_pair
from binhyen.kit import file_storage, rls_scope
from binhyen.people import access
from binhyen.people.conflict_facts import get_successor_units, load_conflict_facts
from binhyen.people.conflicts import (
    format_unit_key,
    get_conflict_keys,
    get_excluded_keys,
    get_queue,
    list_overseen_queues,
)
from binhyen.people.models import Officer
from binhyen.people.roles import ABILITIES, Permission
from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.queries import OpenedText, open_texts

_HANDLER_ROLES = [role.value for role, abilities in ABILITIES.items() if Permission.HANDLE_CONDUCT in abilities]


def list_visible(officer: Officer) -> QuerySet[Complaint]:
    """Return the complaints that the officer may see.

    Row-level security gets the officer's conflict keys and filters as well.
    """
    is_visible, rls_context = access.filter_complaints(officer, "veto__")
    rls_scope.set_rls_scope(rls_context)
    # nosemgrep: query-without-sight  `seen` is access.desk
    return Complaint.objects.filter(is_visible, lock__isnull=False).select_related("case", "veto")


def find_ringing(rows: Iterable[Complaint]) -> frozenset[int]:
    """Return the keys of those with an active alarm."""
    alarms = ComplaintAlarm.objects.filter(complaint__in=[row.pk for row in rows], acknowledged_at=None)
    return frozenset(alarms.values_list("complaint_id", flat=True))


def can_prolong(complaint: Complaint) -> bool:
    """Return whether the deadline of its conclusion still runs and was never prolonged."""
    return Clock.objects.filter(case=complaint.case_id, name=ANSWER_CLOCK, stopped_at=None, prolonged=0).exists()


def annotate_ringing(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """Annotate `rings`, 1 or 0, to sort by."""
    rings = Exists(ComplaintAlarm.objects.filter(complaint=OuterRef("pk"), acknowledged_at=None))
    return rows.annotate(rings=Case(When(rings, then=1), default=0))


def list_alerts(officer: Officer) -> QuerySet[HandlerAlert]:
    """Return this officer's alerts: the only information that their ordinary pages have."""
    return HandlerAlert.objects.filter(officer=officer)


def is_alerted_without_handler(officer: Officer) -> bool:
    """Return whether the officer is alerted for a higher desk whose handlers all have a conflict."""
    with rls_scope.rls_scope(rls_scope.PROGRAM_SCOPE):
        own_alerts = HandlerAlert.objects.filter(officer=officer)
        return own_alerts.exclude(alarm__complaint__veto__desk__in=list_overseen_queues(officer.role)).exists()


def list_handlers() -> tuple[Handler, ...]:
    """Return all present handlers of complaints, with their conflict keys."""
    people = list(Officer.objects.filter(role__in=_HANDLER_ROLES, is_active=True))
    standings_by_id = load_conflict_facts(people)
    return tuple(
        Handler(officer.pk, desk, get_conflict_keys(standings_by_id[officer.pk]))
        for officer in people
        if (desk := get_queue(officer.role)) is not None
    )


def list_officers_of_units(unit_ids: Collection[int]) -> frozenset[int]:
    """Return today's officers of these units, of their village teams, and of their successor units."""
    units = {unit_id for given_id in unit_ids for unit_id in (given_id, *get_successor_units(given_id))}
    officers = Officer.objects.filter(Q(unit__in=units) | Q(unit__parent__in=units, unit__level=Unit.Level.VILLAGE))
    return frozenset(officers.values_list("pk", flat=True)) if units else frozenset()


def build_subjects(
    ranks: Iterable[SubjectRank], *, unit_ids: Collection[int], officer_ids: Collection[int]
) -> list[Subject]:
    """Return the possible subjects with their conflict keys. Merged units count as today's."""
    unit_keys = frozenset(
        format_unit_key(unit_id) for given_id in unit_ids for unit_id in (given_id, *get_successor_units(given_id))
    )
    result = [Subject(rank, unit_keys) for rank in ranks]
    people = list(Officer.objects.filter(pk__in=officer_ids))
    if people:
        standings_by_id = load_conflict_facts(people)
        for officer in people:
            seats = standings_by_id[officer.pk].posts
            result += [Subject(get_rank(seat.role), get_excluded_keys(standings_by_id[officer.pk])) for seat in seats]
    return result


def open_texts_by_link(complaint: Complaint, link_key: bytes) -> Sequence[OpenedText]:
    """Return the decrypted texts for the holder of the status link; empty for a wrong key."""
    pair = _open_key_by_link(complaint, link_key)
    return open_texts(complaint.owner, pair=pair) if pair else ()


def list_own_files(complaint: Complaint) -> QuerySet[File]:
    """Return the reporter's own files; those with a preview can be displayed."""
    return complaint.files.exclude(is_internal=True).order_by("pk")


def find_complaint_files(names: Sequence[str]) -> list[str]:
    """Return those of these files that belong to a complaint."""
    pairs = File.objects.filter(Q(original__in=names) | Q(preview__in=names)).values_list("original", "preview")
    return [name for pair in pairs for name in pair]


def open_picture_by_link(complaint: Complaint, link_key: bytes, public_id: str) -> bytes | None:
    """Return one of the reporter's pictures as JPEG; None where it is missing or the key is wrong."""
    pair = _open_key_by_link(complaint, link_key)
    row = list_own_files(complaint).exclude(preview="").filter(public_id=public_id).first() if pair else None
    data = file_storage.read_file_if_exists(row.preview) if row else None
    if row is None or pair is None or data is None:
        return None
    return envelopes.open_envelope(data, pair=pair, context=format_complaint_file_context(row.public_id, "shown"))


def _open_key_by_link(complaint: Complaint, link_key: bytes) -> KeyPair | None:
    """Open the conversation key with the status link.

    The link's own key opens it, or, of a case that an officer recognised, the key of its page.
    """
    if not complaint.page_wrapped_key or len(link_key) != SecretBox.KEY_SIZE:
        return None
    try:
        return KeyPair.of(SecretBox(link_key).decrypt(bytes(complaint.page_wrapped_key)))
    except CryptoError:
        pass
    try:
        context = format_wrapped_context(complaint.public_id)
        return KeyPair.of(
            envelopes.open_envelope(complaint.page_wrapped_key, pair=derive_page_key_pair(link_key), context=context)
        )
    except envelopes.EnvelopeError:
        return None


def format_wrapped_context(public_id: UUID) -> str:
    return f"conduct_complaint.page_wrapped_key:{public_id}"
