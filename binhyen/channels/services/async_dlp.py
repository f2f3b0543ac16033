"""The asynchronous review of outbound DLP: compares an officer's group text with confidential reports.

The text waits for the worker, as a rule less than a second. The decision is by origin: in any wording, facts that only
a reporter knew are quarantined.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import chain

from django.db import connection, transaction
from django.db.models import Sum

from binhyen.areas.models import Unit
from binhyen.areas.queries import gazetteer
from binhyen.audit.services import Act, record
from binhyen.channels.dlp.detectors import Kind, Mark
from binhyen.channels.dlp.normalize import plain
from binhyen.channels.dlp.source_fingerprints import Question, ask, echo
from binhyen.channels.models import Group, Imprint, Message, Outgoing, Passed
from binhyen.channels.services.fingerprints import LATELY, scope_of
from binhyen.channels.services.outbound_dlp import as_json
from binhyen.channels.services.outbox import READ_AGAIN, send_on
from binhyen.kit.ids import ALPHABET
from binhyen.kit.jobs import defer_once
from binhyen.kit.live_events import Live, publish
from binhyen.people.services import actor_of
from binhyen.vault import process_keys
from binhyen.vault.pseudonyms import names_somebody

State = Outgoing.State
CHUNK = 50
MOST_ALIKE = 300  # reports compared with a text, of those that share a rare feature with it
MOST_OPEN = 300  # newest posts of the group
MOST_SENT = 100
TRIES = 3  # of one person in `COMPARISON_PERIOD`


@transaction.atomic
def look_again(*, now: dt.datetime) -> int:
    """Review waiting texts: send those that repeat no report, quarantine the others; return the number of both.

    Runs in the worker, which alone has the key. Raises key_files.KeyFileMissing: then they wait.
    """
    waiting = Outgoing.objects.select_for_update(skip_locked=True, of=("self",)).filter(state=State.READING)
    rows = list(waiting.select_related("group", "officer").order_by("pk")[:CHUNK])
    key = process_keys.prints_key() if rows else b""
    for row in rows:
        row.marks = as_json(_marks(row, key, now=now))
    held = [row for row in rows if row.marks]
    _hold(held, now=now)
    send_on([row for row in rows if not row.marks], now=now)
    if len(rows) == CHUNK:
        defer_once(queue="urgent", task=READ_AGAIN, key=READ_AGAIN)
    return len(rows)


def _marks(row: Outgoing, key: bytes, *, now: dt.datetime) -> list[Mark]:
    text, group = row.text, row.group
    assert group is not None
    if _pseudonym(text):
        return [Mark(Kind.SEALED, 0, len(text))]
    if row.echoes == 0 and _asked_enough(row, now=now):
        return [Mark(Kind.ORIGIN, 0, len(text))]
    units, places = _tellers(row, group), gazetteer()

    def asking(told: set[int]) -> Question:
        scopes = sorted(map(scope_of, told))
        return ask(text, key=key, scopes=scopes, on_map=lambda name: bool(places.named(name)))

    asked = asking(units)
    kept = [prints for prints, until in alike(asked.leads) if until > now]
    if came := _passed_to(units, now=now):
        asked = asking(units | {unit for _, unit in came})
        kept += [prints for prints, _ in came]
    found = echo(asked, kept, lambda: _open_texts(group, now=now))
    if found is None:
        return []
    row.echoes += 1
    kind = Kind.WORDING if found.quoted else Kind.ORIGIN
    return [Mark(kind, start, end) for start, end in found.spans]


def _tellers(row: Outgoing, group: Group) -> set[int]:
    """Return units whose reports are compared: those of author and group, and the province for unknown places.

    No others: a quarantined text reveals that a report exists, and would reveal it for other communes.
    """
    province = Unit.objects.filter(level=Unit.Level.PROVINCE).values_list("pk", flat=True)
    return {row.unit_id or group.unit_id, group.unit_id, *province}


def _asked_enough(row: Outgoing, *, now: dt.datetime) -> bool:
    """Return whether texts of this person repeated reports so often that they may be probing for reports.

    Then all their group texts wait for a second person, so that a quarantine reveals nothing more.
    """
    lately = Outgoing.objects.filter(officer=row.officer_id, echoes__gt=0, created_at__gt=now - LATELY)
    return (lately.aggregate(n=Sum("echoes"))["n"] or 0) >= TRIES


def alike(leads: Sequence[int]) -> list[tuple[list[int], dt.datetime]]:
    """Return fingerprints that share one of these, with their expiry. Inside a transaction.

    Always by the index: the planner mistakes rare fingerprints for common ones and would scan the whole table.
    """
    rows = Imprint.objects.filter(prints__overlap=list(leads)).values_list("prints", "until")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        found = list(rows[:MOST_ALIKE]) if leads else []
        cursor.execute("SET LOCAL enable_seqscan = on")
    return found


def _passed_to(units: set[int], *, now: dt.datetime) -> list[tuple[list[int], int]]:
    """Return fingerprints of reports that other units shared with one of these, with the owning unit, newest first."""
    handed = Passed.objects.filter(unit__in=units, until__gt=now).values("source")
    rows = Imprint.objects.filter(source__in=handed, until__gt=now, unit__isnull=False).exclude(unit__in=units)
    return list(rows.order_by("-pk").values_list("prints", "unit_id")[:MOST_ALIKE])


def _pseudonym(text: str) -> bool:
    """Return whether the text contains a pseudonym, in any spelling."""
    return names_somebody("".join(c for c in plain(text).folded.upper() if c in ALPHABET))


def _open_texts(group: Group, *, now: dt.datetime) -> Iterator[str]:
    """Yield texts that all group members could read recently: posts of members that are not tips, and sent messages."""
    since = now - LATELY
    posts = Message.objects.filter(group=group, sensitive=False, received_at__gt=since).exclude(text="")
    out = Outgoing.objects.filter(group=group, sent_at__gt=since).exclude(state__in=[State.HELD, State.CANCELLED])
    return chain(
        posts.order_by("-pk").values_list("text", flat=True)[:MOST_OPEN],
        out.order_by("-pk").values_list("text", flat=True)[:MOST_SENT],
    )


def _hold(rows: list[Outgoing], *, now: dt.datetime) -> None:
    """Quarantine texts and record their authors in the audit log: a quarantined text reveals that a report exists."""
    for row in rows:
        row.state = State.HELD
        row.save(update_fields=["state", "marks", "echoes"])
    record(
        [
            Act(actor_of(row.officer), "gate.held", f"outgoing:{row.public_id}", row.unit_id,
                {"kinds": sorted({m["kind"] for m in row.marks})})
            for row in rows if row.officer is not None
        ],
        now=now,
    )  # fmt: skip
    publish([_live(row) for row in rows], now=now)


def _live(row: Outgoing) -> Live:
    """Return the live event that shows the text on the group's open pages."""
    topics = ("province",) if row.unit_id is None else (f"unit:{row.unit_id}", "province")
    group = row.group
    assert group is not None
    return Live(topics, "flag", {"type": "flag", "group": str(group.public_id), "settled": False})
