"""Reads of complaints: for a handler, for who holds the status link, and for the program that routes them."""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import QuerySet

# nosemgrep: primitives-elsewhere  opens what the link's own key wraps; vault's boxes do the rest
from nacl.exceptions import CryptoError

# nosemgrep: primitives-elsewhere  opens what the link's own key wraps; vault's boxes do the rest
from nacl.secret import SecretBox

from binhyen.conduct.models import Complaint
from binhyen.conduct.rules import Handler, Rank, Subject, rank_of
from binhyen.kit import scope
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.rules import ABILITIES, May
from binhyen.people.standing import heirs, standings
from binhyen.people.veto import desk_of, kept_from, sides, unit
from binhyen.vault.boxes import Pair
from binhyen.vault.queries import Told, read_texts

_HANDLE = [role.value for role, abilities in ABILITIES.items() if May.HANDLE_CONDUCT in abilities]


def visible(officer: Officer) -> QuerySet[Complaint]:
    """Complaints that the officer may see; the database is told on whose side they stand, and bars them as well."""
    seen = access.desk(officer, "veto__")
    scope.enter(access.desk_words(officer))
    # nosemgrep: query-without-sight  `seen` is access.desk
    return Complaint.objects.filter(seen, lock__isnull=False).select_related("case", "veto")


def handlers() -> tuple[Handler, ...]:
    """Everybody who handles complaints today, with the sides they stand on."""
    people = list(Officer.objects.filter(role__in=_HANDLE, is_active=True))
    found = standings(people)
    return tuple(Handler(o.pk, desk, sides(found[o.pk])) for o in people if (desk := desk_of(o.role)) is not None)


def names() -> dict[int, str]:
    """Folded names of all officers, those who left too: a complaint may come late."""
    return dict(Officer.objects.values_list("pk", "folded"))


def subjects(ranks: Iterable[Rank], *, unit_ids: Collection[int], officer_ids: Collection[int]) -> list[Subject]:
    """Whom a complaint may be about, with the sides it is then kept from. Units that were merged count as today's."""
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
    """What was said, for who holds the status link; nothing where the key is another's."""
    if not complaint.wrapped or len(link_key) != SecretBox.KEY_SIZE:
        return ()
    try:
        private = SecretBox(link_key).decrypt(bytes(complaint.wrapped))
    except CryptoError:
        return ()
    return read_texts(complaint.owner, pair=Pair.of(private))
