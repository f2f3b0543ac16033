"""What may be known of a reporter outside the vault: the pseudonym; and sealed words, for who opens their lock."""

import datetime as dt
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from binhyen.kit import scope
from binhyen.people import access
from binhyen.people.models import Officer, Veto
from binhyen.people.rules import May
from binhyen.vault import boxes
from binhyen.vault.boxes import Pair
from binhyen.vault.desks import Sealed
from binhyen.vault.models import Group, GroupKey, Holder, Identity, KeyShare, LockCopy, Opening, Reporter, SealedText
from binhyen.vault.rules import KEY_ROLES, WAITS, WHY_LABELS, Asked, State, Why, approval_problem, state_of


@dataclass(frozen=True, slots=True)
class Told:
    """One word of a sealed conversation, opened. `kind`: TOLD or REPLY; `author`: "" for the person who told."""

    id: str
    kind: str
    author: str
    text: str
    at: dt.datetime


def sealed_texts(owner: str) -> list[Sealed]:
    """The words of a conversation, still sealed, oldest first."""
    rows = SealedText.objects.filter(owner=owner).order_by("id")
    return [Sealed(bytes(row.sealed), text_context(str(row.public_id)), row.at, row.author) for row in rows]


def read_texts(owner: str, *, pair: Pair) -> list[Told]:
    """The words of a conversation, opened with the lock's pair, oldest first. Raises boxes.Refused."""
    return [
        Told(
            str(row.public_id), row.kind, row.author,
            boxes.open_(row.sealed, pair=pair, context=text_context(str(row.public_id))).decode(), row.at,
        )
        for row in SealedText.objects.filter(owner=owner).order_by("id")
    ]  # fmt: skip


def text_context(public_id: str) -> str:
    return f"vault_sealedtext.sealed:{public_id}"


def holder_of(officer: Officer) -> Holder | None:
    """The officer's own key, if they made one."""
    return Holder.objects.filter(officer=officer, retired_at=None).first()


def holder_id_of(officer: Officer) -> int | None:
    """The same for a process that must not see keys under their passphrases; none while only a command of the server
    says that it is theirs: what is sealed to it could be somebody else's to read.
    """
    rows = Holder.objects.filter(officer=officer, retired_at=None, placed_at=None)
    return rows.values_list("id", flat=True).first()


def ready(group: str) -> bool:
    """Has the ceremony given the group's key to people?"""
    keys = GroupKey.objects.filter(group=group, retired_at=None)
    return keys.exists() and not keys.filter(founding=True).exists()


def waiting_for_people() -> list[str]:
    """Groups of people whose first key still lies in a file: «chưa trao khóa»."""
    rows = GroupKey.objects.filter(founding=True, destroyed_at=None).order_by("id")
    return list(dict.fromkeys(rows.values_list("group", flat=True)))


def group_label(name: str) -> str:
    """A group of keys in words; "" for what is none."""
    return str(Group(name).label) if name in Group.values else ""


def groups_of(holder: Holder) -> set[str]:
    """Which groups' keys this holder has a share of."""
    return set(KeyShare.objects.filter(holder=holder).values_list("group_key__group", flat=True))


def old_keys_of(holder: Holder) -> QuerySet[GroupKey]:
    """Replaced keys that this holder can still open."""
    return GroupKey.objects.filter(
        shares__holder=holder, shares__part=0, retired_at__isnull=False, destroyed_at=None
    )  # fmt: skip


def left_under(keys: QuerySet[GroupKey]) -> bool:
    """Whether copies of locks still lie under these keys. Not how many: beside one's own list that would count the
    matters that are kept from who looks.
    """
    return LockCopy.objects.filter(group_key__in=keys).exists()


def visible_openings(officer: Officer) -> QuerySet[Opening]:
    """Requests to open an identity that the officer may see: the own ones; a custodian those of all matters which
    nothing bars them from.
    """
    mine = Q(requester=officer)
    if access.may(officer, May.OPEN_IDENTITY):
        mine = Q()
    return Opening.objects.filter(mine, access.matter(officer, "subject"))


def conflicted(opening: Opening, people: Iterable[int]) -> frozenset[int]:
    """Which of these officers are in the conflict set of the request's matter, or no longer in service."""
    row = Opening.objects.filter(pk=opening.pk)
    officers = Officer.objects.filter(pk__in=set(people))
    return frozenset(o.pk for o in officers if not row.filter(access.matter(o, "subject")).exists())


def still_theirs(opening: Opening) -> bool:
    """Is who asked still in service, of the role and unit as which they asked, and the matter where they see it?"""
    same = Officer.objects.filter(pk=opening.requester_id, is_active=True, role=opening.asked_as)
    officer = same.filter(unit=opening.asked_unit_id).first()
    return officer is not None and _in_sight(officer, opening.subject)


def _in_sight(officer: Officer, subject: str) -> bool:
    """A complaint at their desk, a case at their unit; whoever has the desk of tips has every tip."""
    with scope.entered(scope.PROGRAM):  # who asks here is not whose sight it is
        complaint = Veto.objects.filter(matter=subject)
        if complaint.exists():
            return complaint.filter(access.desk(officer)[0]).exists()
    kind, _colon, code = subject.partition(":")
    if kind != "case":
        return True
    with connection.cursor() as cursor:  # custody sees no such case (a function of cases/sql, fence/grants.py)
        cursor.execute("SELECT cases_lies_elsewhere(%s, %s)", [code, access.sight(officer).unit_id])
        (elsewhere,) = cursor.fetchone()
    return not elsewhere


def stale() -> list[str]:
    """Groups whose present key somebody had who has it no more: time for a new one."""
    rows = GroupKey.objects.filter(retired_at=None, stale_at__isnull=False).order_by("id")
    return list(dict.fromkeys(rows.values_list("group", flat=True)))


def waiting_for(officer: Officer, seat: int | None, *, now: dt.datetime) -> int:
    """How many requests wait for this custodian's word."""
    rows = visible_openings(officer).filter(opened_at=None, refused_at=None, asked_at__gt=now - WAITS)
    found = rows.prefetch_related("approvals")
    return sum(not approval_problem(asked_of(row), officer_id=officer.pk, seat=seat, now=now) for row in found)


def public_keys() -> list[tuple[str, int, str]]:
    """(group, part, fingerprint) of the keys of people that are sealed to now: to be compared with the paper of the
    ceremony, since whoever owns the database could put a key of their own there.
    """
    rows = GroupKey.objects.filter(group__in=KEY_ROLES, retired_at=None).order_by("group", "part", "-id")
    found = rows.distinct("group", "part").values_list("group", "part", "public")
    return [(group, part, boxes.fingerprint(bytes(public))) for group, part, public in found]


def asked_of(opening: Opening) -> Asked:
    """What rules need of a request."""
    approvals = list(opening.approvals.all())
    return Asked(
        opening.requester_id, opening.asked_at, frozenset(a.officer_id for a in approvals),
        frozenset(a.seat for a in approvals), opening.opened_at, opening.ends_at, opening.refused_by_id is not None,
        opening.refused_at is not None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What the pages know of a request: not its words."""

    id: str
    state: State
    asked_at: dt.datetime
    ends_at: dt.datetime | None


def openings_of(
    officer: Officer, reporter_id: int | None, file: str = "", *, subject: str, now: dt.datetime
) -> list[Known]:
    """The officer's own requests about a reporter's identity or a file, the newest first; of this matter alone, since
    those of another would say that one person told both.
    """
    about = Opening.objects.filter(requester=officer, file=file, subject=subject)
    rows = about if file else about.filter(reporter_id=reporter_id or 0)
    rows = rows.order_by("-id").defer(
        "reason", "refusal", "file_context", "file_lock", "words_lock", "words_key", "sealed_reason", "sealed_refusal"
    )
    return [
        Known(str(row.public_id), state_of(asked_of(row), now), row.asked_at, row.ends_at)
        for row in rows.prefetch_related("approvals")
    ]


@dataclass(frozen=True, slots=True)
class OpenedOnce:
    """For the reporter's own page: when, why in words, until when; never by whom or for whom. `until` None: what it
    takes was carried, sealed, to a machine without network and no answer came back, so it may have been opened there.
    `file`: a picture as it came, not the identity.
    """

    at: dt.datetime
    why: str
    until: dt.datetime | None
    file: bool = False


def opened_to_others(reporter_id: int, *, but: Collection[str] = ()) -> list[OpenedOnce]:
    """Every time the identity or a picture as it came was or may have been opened, oldest first; `but`: not for these
    matters.
    """
    return _opened(Opening.objects.filter(reporter_id=reporter_id).exclude(subject__in=but))


def opened_files(subject: str) -> list[OpenedOnce]:
    """The same for a matter whose person is nobody's reporter: every time a picture of it was opened as it came."""
    return _opened(Opening.objects.filter(subject=subject).exclude(file=""))


def _opened(asked: "QuerySet[Opening]") -> list[OpenedOnce]:
    rows = asked.annotate(since=Coalesce("opened_at", "carried_at")).exclude(since=None).order_by("since")
    found = rows.values_list("since", "why", "ends_at", "file")
    return [OpenedOnce(at, _(WHY_LABELS[Why(why)]), until, bool(file)) for at, why, until, file in found]


def unopenable(lock_ids: Iterable[int | None]) -> set[int]:
    """Of these locks those whose key was destroyed."""
    ids = {one for one in lock_ids if one}
    return ids - set(LockCopy.objects.filter(lock_id__in=ids).values_list("lock_id", flat=True))


def public_ids(reporter_ids: Iterable[int]) -> list[str]:
    """Random ids of reporters, as they stand outside the database."""
    return [str(one) for one in Reporter.objects.filter(pk__in=set(reporter_ids)).values_list("public_id", flat=True)]


def reporters_by(public_ids: Iterable[str]) -> list[int]:
    """The other way round; what is no such id, or nobody's, is left out."""
    found = set()
    for text in public_ids:
        with suppress(ValueError):
            found.add(UUID(text))
    return list(Reporter.objects.filter(public_id__in=found).order_by("pk").values_list("pk", flat=True))


def keeps_something(reporter_ids: Iterable[int]) -> set[int]:
    """Of whom there is something sealed that could be opened."""
    return set(Reporter.objects.filter(pk__in=set(reporter_ids)).exclude(lock=None).values_list("pk", flat=True))


def sealed_facts(reporter_id: int) -> list[tuple[str, dt.datetime]]:
    """Which facts a person gave about themselves, and when; not what they say. For the person's own page."""
    rows = Identity.objects.filter(reporter_id=reporter_id).order_by("id").values_list("field", "at")
    labels = dict(Identity.Field.choices)
    return [(str(labels[field]), at) for field, at in rows]


def contact_context(channel_id: int, key: str) -> str:
    return f"vault_contact.sealed:{channel_id}:{key}"


def identity_context(reporter_id: int, field: str) -> str:
    return f"vault_identity.sealed:{reporter_id}:{field}"


def lock_context(lock_id: int, part: int = 0) -> str:
    return f"vault_lockcopy.sealed:{lock_id}:{part}"


def holder_context(public: bytes) -> str:
    return f"vault_holder.wrapped:{public.hex()}"


def share_context(key_id: bytes, part: int) -> str:
    return f"vault_keyshare.sealed:{key_id.hex()}:{part}"
