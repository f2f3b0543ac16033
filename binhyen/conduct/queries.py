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
from binhyen.channels.services.sealed_files import context_of
from binhyen.conduct.models import Alarm, Complaint, File, Summons
from binhyen.conduct.routing import ANSWER, Handler, Rank, Subject, rank_of
from binhyen.intake.idempotency import page_pair
from binhyen.kit import file_storage, rls_scope
from binhyen.people import access
from binhyen.people.conflict_facts import heirs, standings
from binhyen.people.conflicts import desk_of, kept_from, oversees, sides, unit
from binhyen.people.models import Officer
from binhyen.people.roles import ABILITIES, May
from binhyen.vault import envelopes
from binhyen.vault.envelopes import Pair
from binhyen.vault.queries import Told, read_texts

_HANDLE = [role.value for role, abilities in ABILITIES.items() if May.HANDLE_CONDUCT in abilities]


def visible(officer: Officer) -> QuerySet[Complaint]:
    """Return the complaints that the officer may see.

    Row-level security gets the officer's conflict keys and filters as well.
    """
    seen, words = access.desk(officer, "veto__")
    rls_scope.enter(words)
    # nosemgrep: query-without-sight  `seen` is access.desk
    return Complaint.objects.filter(seen, lock__isnull=False).select_related("case", "veto")


def ringing(rows: Iterable[Complaint]) -> frozenset[int]:
    """Return the keys of those with an active alarm."""
    found = Alarm.objects.filter(complaint__in=[row.pk for row in rows], ended_at=None)
    return frozenset(found.values_list("complaint_id", flat=True))


def prolongable(complaint: Complaint) -> bool:
    """Return whether the deadline of its conclusion still runs and was never prolonged."""
    return Clock.objects.filter(case=complaint.case_id, name=ANSWER, stopped_at=None, prolonged=0).exists()


def ringing_too(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """Annotate `rings`, 1 or 0, to sort by."""
    rings = Exists(Alarm.objects.filter(complaint=OuterRef("pk"), ended_at=None))
    return rows.annotate(rings=Case(When(rings, then=1), default=0))


def summons(officer: Officer) -> QuerySet[Summons]:
    """Return this officer's alerts: the only information that their ordinary pages have."""
    return Summons.objects.filter(officer=officer)


def called_in_vain(officer: Officer) -> bool:
    """Return whether the officer is alerted for a higher desk whose handlers all have a conflict."""
    with rls_scope.entered(rls_scope.PROGRAM):
        mine = Summons.objects.filter(officer=officer)
        return mine.exclude(alarm__complaint__veto__desk__in=oversees(officer.role)).exists()


def handlers() -> tuple[Handler, ...]:
    """Return all present handlers of complaints, with their conflict keys."""
    people = list(Officer.objects.filter(role__in=_HANDLE, is_active=True))
    found = standings(people)
    return tuple(Handler(o.pk, desk, sides(found[o.pk])) for o in people if (desk := desk_of(o.role)) is not None)


def near(unit_ids: Collection[int]) -> frozenset[int]:
    """Return today's officers of these units, of their village teams, and of their successor units."""
    units = {u for given in unit_ids for u in (given, *heirs(given))}
    here = Officer.objects.filter(Q(unit__in=units) | Q(unit__parent__in=units, unit__level=Unit.Level.VILLAGE))
    return frozenset(here.values_list("pk", flat=True)) if units else frozenset()


def subjects(ranks: Iterable[Rank], *, unit_ids: Collection[int], officer_ids: Collection[int]) -> list[Subject]:
    """Return the possible subjects with their conflict keys. Merged units count as today's."""
    near = frozenset(unit(u) for given in unit_ids for u in (given, *heirs(given)))
    found = [Subject(rank, near) for rank in ranks]
    people = list(Officer.objects.filter(pk__in=officer_ids))
    if people:
        seen = standings(people)
        for o in people:
            seats = seen[o.pk].seats
            found += [Subject(rank_of(seat.role), kept_from(seen[o.pk])) for seat in seats]
    return found


def words_by_link(complaint: Complaint, link_key: bytes) -> Sequence[Told]:
    """Return the decrypted texts for the holder of the status link; empty for a wrong key."""
    pair = _pair_by_link(complaint, link_key)
    return read_texts(complaint.owner, pair=pair) if pair else ()


def pictures(complaint: Complaint) -> QuerySet[File]:
    """Return the reporter's own pictures that can be displayed."""
    return complaint.files.exclude(shown="").exclude(ours=True).order_by("pk")


def named(names: Sequence[str]) -> list[str]:
    """Return those of these files that belong to a complaint."""
    pairs = File.objects.filter(Q(original__in=names) | Q(shown__in=names)).values_list("original", "shown")
    return [name for pair in pairs for name in pair]


def picture_by_link(complaint: Complaint, link_key: bytes, public_id: str) -> bytes | None:
    """Return one of the reporter's pictures as JPEG; None where it is missing or the key is wrong."""
    pair = _pair_by_link(complaint, link_key)
    row = pictures(complaint).filter(public_id=public_id).first() if pair else None
    data = file_storage.still(row.shown) if row else None
    if row is None or pair is None or data is None:
        return None
    return envelopes.open_(data, pair=pair, context=context_of(row.public_id, "shown"))


def _pair_by_link(complaint: Complaint, link_key: bytes) -> Pair | None:
    """Open the conversation key with the status link.

    The link's own key opens it, or, of a case that an officer recognised, the key of its page.
    """
    if not complaint.wrapped or len(link_key) != SecretBox.KEY_SIZE:
        return None
    try:
        return Pair.of(SecretBox(link_key).decrypt(bytes(complaint.wrapped)))
    except CryptoError:
        pass
    try:
        context = wrapped_context(complaint.public_id)
        return Pair.of(envelopes.open_(complaint.wrapped, pair=page_pair(link_key), context=context))
    except envelopes.Refused:
        return None


def wrapped_context(public_id: UUID) -> str:
    return f"conduct_complaint.wrapped:{public_id}"
