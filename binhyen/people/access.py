"""Who may see what: the one place. Lists, search, counts, live feed, addresses, API and exports all start here.

Every function takes the officer who asks and fails closed: no officer, an inactive one, an unknown role see nothing.
A table that wants to be guarded has the columns `unit` (whose case it is) and, for tasks, `assignee`; cases also have
`apart`: in no list, whoever asks (complaints about police). Those lie on desks of their own, behind `desk`, and the
veto is asked last: nobody is let past it, whatever their role.
"""

import re
from collections.abc import Collection, Hashable
from typing import Any

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat

from binhyen.kit.database.base import NOBODY
from binhyen.kit.scope import PROGRAM, entered
from binhyen.people import veto
from binhyen.people.models import Officer, Veto
from binhyen.people.rules import May, Role, Sight, scope_words, sees, topics
from binhyen.people.rules import may as role_may
from binhyen.people.standing import sides_of

NOTHING = Q(pk__in=[])
APART = "APART"  # purpose of what is written to who complains about police


def sight(officer: Any) -> Sight:
    """How far the officer sees."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return Sight()
    return sees(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)


def sight_key(officer: Any) -> Hashable:
    """Equal only for askings to which every filter of this module gives the same rows: the key of compiled statements.

    Whatever else comes to shape a filter here stands in it too.
    """
    return (officer.pk, officer.role, officer.unit_id) if isinstance(officer, Officer) and officer.is_active else None


def within(officer: Any, *, unit: str = "unit_id", assignee: str | None = None) -> Q:
    """The filter for a table: rows of what the officer sees. `unit`, `assignee`: names of the columns."""
    seen = sight(officer)
    if seen.province:
        return Q()
    if seen.unit_id is not None:
        return Q(**{unit: seen.unit_id})
    if seen.own_tasks_of is not None and assignee is not None:
        return Q(**{assignee: seen.own_tasks_of})
    return NOTHING


def cases(officer: Any, prefix: str = "") -> Q:
    """Cases the officer sees; `prefix` for tables that hang on a case, e.g. `case__`."""
    seen = within(officer, unit=f"{prefix}unit_id", assignee=f"{prefix}assignee_id")
    return seen & Q(**{f"{prefix}apart": False}) & _not_barred(officer, prefix)


def holders(unit: Any) -> Q:
    """Officers who can have a case of the unit (its key, or what stands for it): who works on cases and sees it, and
    its village teams.
    """
    found = NOTHING
    for role in Role:
        seen, here = sees(role, unit_id=0, officer_id=0), Q(unit=unit)
        if role_may(role, May.WORK_CASES):
            found |= Q(role=role) if seen.province else Q(here, role=role)
        elif role_may(role, May.REPORT_BACK):
            found |= Q(here | Q(unit__parent=unit), role=role)
    return Q(found, is_active=True)


def outgoing(officer: Any) -> Q:
    """What goes out, as far as the officer sees it; never a word to who complains about police, nor a letter on a case
    that is kept from who asks.
    """
    seen = Q() if may(officer, May.OPERATE) else within(officer)
    return seen & ~Q(purpose=APART) & _not_barred(officer, "case__")


def _not_barred(officer: Any, prefix: str) -> Q:
    me = officer.pk if isinstance(officer, Officer) else None
    return ~Q(**{f"{prefix}barred__contains": [me]})


def desk(officer: Any, prefix: str = "") -> tuple[Q, str]:
    """Complaints about police that the officer may see: those of the own desk and of desks below, without a conflict.
    The same in the words of the database's own fence, beside what the officer sees anyway.

    For a table that hangs on people's `Veto`; `prefix` leads there. Two statements to learn on whose side one stands.
    """
    if not may(officer, May.HANDLE_CONDUCT):
        return NOTHING, "desk:"
    oversees, sides = veto.oversees(officer.role), sorted(sides_of(officer))
    seen = Q(**{f"{prefix}desk__in": oversees}) & ~Q(**{f"{prefix}kept_from__overlap": sides})
    return seen, f"desk:{','.join(oversees)};sides:{','.join(sides)}"


def scope_of(officer: Any) -> str:
    """The same sight in the words of the database's own fence (binhyen/fence/policies.py)."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOBODY
    return scope_words(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)


def scope_column(role: str, unit: str, officer: str) -> Case:
    """`scope_of` as an expression; the names of the columns it reads."""
    ids = {"{unit}": Cast(F(unit), TextField()), "{officer}": Cast(F(officer), TextField())}
    cases = []
    for each in Role:
        words = re.split(r"(\{\w+\})", scope_words(each, unit_id="{unit}", officer_id="{officer}"))
        parts = [ids.get(part, Value(part, TextField())) for part in words if part]
        cases.append(When(**{role: each}, then=Concat(*parts) if len(parts) > 1 else parts[0]))
    return Case(*cases, default=Value(NOBODY), output_field=TextField())


def matter(officer: Any, column: str) -> Q:
    """Rows whose `column` names a matter as the audit does («case:K7M29QXD») that nothing bars the officer from."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOTHING
    return _not_of(column, Veto.objects.filter(kept_from__overlap=sorted(sides_of(officer))))


def shut_out(matter: str, units: Collection[int]) -> frozenset[int]:
    """Those of the units that a matter is kept from; what they hear is that they cannot have it, and nobody why."""
    asked = {veto.unit(unit): unit for unit in units}
    with entered(PROGRAM):
        kept = Veto.objects.filter(matter=matter).values_list("kept_from", flat=True).first() or ()
    return frozenset(asked[side] for side in kept if side in asked)


def _not_of(column: str, kept: QuerySet[Veto]) -> Q:
    """Read as the program: nobody who asks may read the list of what is kept from whom, not even by an error."""
    with entered(PROGRAM):
        names = [name for pair in kept.values_list("matter", "alias") for name in pair if name]
    return ~Q(**{f"{column}__in": names}) if names else Q()


def book(officer: Any) -> Q:
    """Entries of the audit book that the officer may see: the inspectorate all but those about conduct complaints. Of a
    case that turned out to be one those of before stay: that they are gone would say which case it is.
    """
    if not may(officer, May.READ_AUDIT):
        return NOTHING
    with entered(PROGRAM):
        kept = list(Veto.objects.exclude(alias="").values_list("matter", "alias", "since"))
    whole = [name for matter, alias, since in kept if since is None for name in (matter, alias)]
    hidden = Q(object__startswith="conduct:") | Q(object__in=whole)
    for matter, alias, since in kept:
        if since is not None:
            hidden |= Q(object__in=[matter, alias], at__gte=since)
    return ~hidden


def own_traces(officer: Any) -> Q:
    """What the officer did, and tries at their own account; never what others did about them."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOTHING
    me = f"officer:{officer.public_id}"
    return Q(actor=me) | Q(object=me, verb="sign_in_failed")


def may(officer: Any, ability: May) -> bool:
    return isinstance(officer, Officer) and officer.may(ability)


def live_topics(officer: Any) -> tuple[str, ...]:
    if not isinstance(officer, Officer) or not officer.is_active:
        return ()
    return topics(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)
