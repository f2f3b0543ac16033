"""The asynchronous review of outbound DLP: compares an officer's group text with confidential reports.

The text waits for the worker, as a rule less than a second. The decision is by origin: in any wording, facts that only
a reporter knew are quarantined.
"""

import base64
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Sum, Value

from binhyen.areas.models import Unit
from binhyen.areas.queries import get_gazetteer
from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.dlp.detectors import Finding, FindingKind
from binhyen.channels.dlp.normalize import normalize_characters
from binhyen.channels.dlp.source_fingerprints import (
    MatchQuery,
    build_match_query,
    find_match,
    fingerprint_seeds,
    make_fingerprint,
)
from binhyen.channels.models import DlpOverride, Group, Message, Outgoing, TextFingerprint
from binhyen.channels.services.outbound_dlp import findings_to_json
from binhyen.channels.services.outbox import REVIEW_JOB, send_released
from binhyen.kit.ids import ALPHABET
from binhyen.kit.jobs import defer_once
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.people.services import get_audit_actor
from binhyen.vault import process_keys
from binhyen.vault import services as vault
from binhyen.vault.pseudonyms import contains_pseudonym

# Keyed fingerprints of confidential reports, compared with texts to groups (async_dlp.py).
#
# The process that receives the text, pages or worker, passes hashes of its particulars encrypted for the worker; the
# worker turns them into fingerprints under a key that it alone has. So neither the pages nor the database can test
# texts against them.

COMPARISON_PERIOD = dt.timedelta(days=30)  # period in which a report is compared with messages to its unit's groups
_CONTEXT = "procrastinate_jobs.args:imprint"
_SEED_BYTES = 8


def format_scope(unit_id: int) -> str:
    return f"unit:{unit_id}"


@dataclass(frozen=True, slots=True)
class ConfidentialText:
    """Text of a message or tip, whose public id is `source`, received by this unit."""

    source: uuid.UUID
    text: str
    unit_id: int


def defer_fingerprints(texts: Sequence[ConfidentialText], *, now: dt.datetime) -> None:
    """Have the fingerprints made after this transaction. Runs in any process.

    Not for complaints about police: a quarantined text of a unit would reveal to it that a complaint exists.
    """
    if not texts:
        return
    until = (now + COMPARISON_PERIOD).isoformat()
    rows = [
        {
            "source": str(item.source),
            "unit": item.unit_id,
            "until": until,
            "seeds": base64.b64encode(b"".join(fingerprint_seeds(item.text))).decode(),
        }
        for item in texts
    ]
    ciphertext = vault.seal_for_worker(orjson.dumps(rows).decode(), context=_CONTEXT)
    defer_once(
        queue="urgent",
        task="channels.store_fingerprints",
        key=f"channels.imprint:{uuid.uuid4()}",
        arguments={"sealed": ciphertext},
    )


@transaction.atomic
def store_sealed_fingerprints(sealed: str) -> None:
    """Store the fingerprints; runs in the worker. Raises key_files.KeyFileMissing, envelopes.EnvelopeError."""
    key = process_keys.get_fingerprint_key()
    TextFingerprint.objects.bulk_create(
        _build_fingerprint(row, key) for row in orjson.loads(vault.open_in_worker(sealed, context=_CONTEXT))
    )


def _build_fingerprint(row: Mapping[str, Any], key: bytes) -> TextFingerprint:
    seed_bytes, scope = base64.b64decode(row["seeds"]), format_scope(row["unit"])
    fingerprints = {
        make_fingerprint(seed_bytes[offset : offset + _SEED_BYTES], key=key, scope=scope)
        for offset in range(0, len(seed_bytes), _SEED_BYTES)
    }
    until = dt.datetime.fromisoformat(row["until"])
    return TextFingerprint(source=row["source"], unit_id=row["unit"], prints=sorted(fingerprints), until=until)


def share_with_unit(sources: Iterable[uuid.UUID], *, unit_id: int, now: dt.datetime) -> None:
    """Share these reports with another unit, whose officers read them now. Runs in any process.

    A row of its own, since the fingerprint may still be on its way.
    """
    DlpOverride.objects.bulk_create(
        (DlpOverride(source=source, unit_id=unit_id, until=now + COMPARISON_PERIOD) for source in sources),
        ignore_conflicts=True,
    )


def defer_fingerprint_deletion(sources: Iterable[uuid.UUID]) -> None:
    """Delete, after this transaction, fingerprints of reports withdrawn, erased, or found to be complaints.

    Any process.
    """
    source_ids = sorted(str(source) for source in sources)
    if source_ids:
        defer_once(
            queue="urgent",
            task="channels.delete_fingerprints",
            key=f"channels.forget_imprints:{uuid.uuid4()}",
            arguments={"sources": source_ids},
        )


def delete_by_source(sources: Iterable[str]) -> None:
    """Delete the fingerprints of these sources; runs in the worker."""
    source_ids = list(sources)
    TextFingerprint.objects.filter(source__in=source_ids).delete()
    DlpOverride.objects.filter(source__in=source_ids).delete()


def delete_expired(*, now: dt.datetime) -> None:
    TextFingerprint.objects.filter(until__lte=now).delete()
    DlpOverride.objects.filter(until__lte=now).delete()


@transaction.atomic
def fingerprint_unprocessed(*, now: dt.datetime, limit: int = 500) -> int:
    """Fingerprint sensitive plaintext messages that have none; return their number.

    Covers lost jobs and messages older than fingerprints. Messages sealed before cannot be read any more.
    """
    has_fingerprint = Exists(TextFingerprint.objects.filter(source=OuterRef("public_id")))
    messages = Message.objects.filter(~has_fingerprint, sensitive=True, ciphertext=None, unit__isnull=False).exclude(
        text=""
    )
    rows = messages.filter(
        received_at__gt=now - COMPARISON_PERIOD, received_at__lt=now - dt.timedelta(minutes=5)
    ).order_by("pk")
    missing = list(rows.values_list("public_id", "text", "unit_id", "received_at")[:limit])
    for source, text, unit_id, received_at in missing:
        defer_fingerprints([ConfidentialText(source, text, unit_id)], now=received_at)
    return len(missing)


State = Outgoing.State
REVIEW_BATCH_SIZE = 500
MAX_COMPARED = 50  # texts of a batch that are compared one by one
MAX_SIMILAR = 300  # reports compared with a text, of those that share a rare feature with it
MAX_GROUP_POSTS = 300  # newest posts of the group
MAX_SENT_POSTS = 100
MAX_REPETITIONS = 3  # of one person in `COMPARISON_PERIOD`


@transaction.atomic
def review_pending(*, now: dt.datetime) -> int:
    """Review waiting texts: send those that repeat no report, quarantine the others; return the number of both.

    Runs in the worker, which alone has the key. Raises key_files.KeyFileMissing: then they wait.
    """
    waiting = Outgoing.objects.select_for_update(skip_locked=True, of=("self",)).filter(state=State.READING)
    rows = list(waiting.select_related("group", "officer").order_by("-priority", "pk")[:REVIEW_BATCH_SIZE])
    key = process_keys.get_fingerprint_key() if rows else b""
    clean_ids = _find_clean_rows(rows, key, now=now)
    others = [row for row in rows if row.pk not in clean_ids]
    compared = others[:MAX_COMPARED]
    for row in compared:
        row.dlp_findings = findings_to_json(_find_findings(row, key, now=now))
    quarantined = [row for row in compared if row.dlp_findings]
    _quarantine(quarantined, now=now)
    clean_rows = [row for row in rows if row.pk in clean_ids]
    send_released([*clean_rows, *(row for row in compared if not row.dlp_findings)], now=now)
    if len(rows) == REVIEW_BATCH_SIZE or len(compared) < len(others):
        defer_once(queue="urgent", task=REVIEW_JOB, key=REVIEW_JOB)
    return len(clean_rows) + len(compared)


def _find_clean_rows(rows: Sequence[Outgoing], key: bytes, *, now: dt.datetime) -> set[int]:
    """Return the rows whose text goes to several groups and repeats no report of any unit concerned.

    One comparison for each text: what shares nothing with the reports of all these units shares nothing with one of
    them. Every other row is compared for its own group.
    """
    by_text: dict[str, list[Outgoing]] = {}
    for row in rows:
        by_text.setdefault(row.text, []).append(row)
    probing = {row.officer_id: _is_probing(row, now=now) for row in {row.officer_id: row for row in rows}.values()}
    clean_ids: set[int] = set()
    for text, same_rows in by_text.items():
        if (
            len(same_rows) > 1
            and not _contains_pseudonym(text)
            and not _resembles_report(text, same_rows, key, now=now)
        ):
            clean_ids |= {row.pk for row in same_rows if row.fingerprint_hits or not probing[row.officer_id]}
    return clean_ids


def _resembles_report(text: str, rows: Sequence[Outgoing], key: bytes, *, now: dt.datetime) -> bool:
    """Return whether the text shares anything with a report of one of these units or shared with them."""
    province = set(Unit.objects.filter(level=Unit.Level.PROVINCE).values_list("pk", flat=True))
    units = province | {
        unit for row in rows if row.group for unit in (row.unit_id or row.group.unit_id, row.group.unit_id)
    }
    sources = DlpOverride.objects.filter(unit__in=units, until__gt=now).values("source")
    shared = list(
        TextFingerprint.objects.filter(source__in=sources, unit__isnull=False).values_list("prints", "unit_id")[
            : MAX_SIMILAR + 1
        ]
    )
    if len(shared) > MAX_SIMILAR:
        return True  # too many for one comparison
    gazetteer_index = get_gazetteer()
    query = build_match_query(
        text,
        key=key,
        scopes=sorted(map(format_scope, units | {unit for _, unit in shared})),
        is_place_name=lambda name: bool(gazetteer_index.find_by_name(name)),
    )
    known = query.names_by_fingerprint.keys()
    return bool(find_similar(query.lookup_keys)) or any(not known.isdisjoint(prints) for prints, _ in shared)


def find_repeated_reports(text: str, *, unit_id: int, officer_id: int, now: dt.datetime) -> list[Finding]:
    """Compare an officer's text to many people in private chats with confidential reports; runs in the worker.

    Raises key_files.KeyFileMissing.
    """
    row = Outgoing(text=text, unit_id=unit_id, officer_id=officer_id)
    return _find_findings(row, process_keys.get_fingerprint_key(), now=now)


def _find_findings(row: Outgoing, key: bytes, *, now: dt.datetime) -> list[Finding]:
    text, group = row.text, row.group
    if _contains_pseudonym(text):
        return [Finding(FindingKind.SEALED, 0, len(text))]
    if row.fingerprint_hits == 0 and _is_probing(row, now=now):
        return [Finding(FindingKind.ORIGIN, 0, len(text))]
    units, gazetteer_index = _list_compared_units(row, group), get_gazetteer()

    def query_for_units(unit_ids: set[int]) -> MatchQuery:
        scopes = sorted(map(format_scope, unit_ids))
        return build_match_query(
            text, key=key, scopes=scopes, is_place_name=lambda name: bool(gazetteer_index.find_by_name(name))
        )

    query = query_for_units(units)
    candidate_fingerprints = [
        fingerprint_set for fingerprint_set, until in find_similar(query.lookup_keys) if until > now
    ]
    if shared := _list_shared_fingerprints(units, now=now):
        query = query_for_units(units | {unit for _, unit in shared})
        candidate_fingerprints += [fingerprint_set for fingerprint_set, _ in shared]
    match = find_match(query, candidate_fingerprints, lambda: _iter_group_texts(group, now=now))
    if match is None:
        return []
    row.fingerprint_hits += 1
    kind = FindingKind.WORDING if match.is_quotation else FindingKind.ORIGIN
    return [Finding(kind, start, end) for start, end in match.spans]


def _list_compared_units(row: Outgoing, group: Group | None) -> set[int]:
    """Return units whose reports are compared: those of author and group, and the province for unknown places.

    No others: a quarantined text reveals that a report exists, and would reveal it for other communes.
    """
    province = Unit.objects.filter(level=Unit.Level.PROVINCE).values_list("pk", flat=True)
    concerned = (row.unit_id, group.unit_id if group else None)
    return {*(unit for unit in concerned if unit is not None), *province}


def _is_probing(row: Outgoing, *, now: dt.datetime) -> bool:
    """Return whether texts of this person repeated reports so often that they may be probing for reports.

    Then all their group texts wait for a second person, so that a quarantine reveals nothing more.
    """
    recent = Outgoing.objects.filter(
        officer=row.officer_id, fingerprint_hits__gt=0, created_at__gt=now - COMPARISON_PERIOD
    )
    return (recent.aggregate(n=Sum("fingerprint_hits"))["n"] or 0) >= MAX_REPETITIONS


def find_similar(lead_fingerprints: Sequence[int]) -> list[tuple[list[int], dt.datetime]]:
    """Return fingerprints that share one of these, with their expiry. Inside a transaction.

    Always by the index: the planner mistakes rare fingerprints for common ones and would scan the whole table.
    """
    # One parameter: Django would compile thousands of numbers one by one.
    wanted = Value(list(lead_fingerprints), output_field=ArrayField(BigIntegerField()))
    rows = TextFingerprint.objects.filter(prints__overlap=wanted).values_list("prints", "until")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        rows_found = list(rows[:MAX_SIMILAR]) if lead_fingerprints else []
        cursor.execute("SET LOCAL enable_seqscan = on")
    return rows_found


def _list_shared_fingerprints(units: set[int], *, now: dt.datetime) -> list[tuple[list[int], int]]:
    """Return fingerprints of reports that other units shared with one of these, with the owning unit, newest first."""
    shared_sources = DlpOverride.objects.filter(unit__in=units, until__gt=now).values("source")
    rows = TextFingerprint.objects.filter(source__in=shared_sources, until__gt=now, unit__isnull=False).exclude(
        unit__in=units
    )
    return list(rows.order_by("-pk").values_list("prints", "unit_id")[:MAX_SIMILAR])


def _contains_pseudonym(text: str) -> bool:
    """Return whether the text contains a pseudonym, in any spelling."""
    return contains_pseudonym("".join(char for char in normalize_characters(text).folded.upper() if char in ALPHABET))


def _iter_group_texts(group: Group | None, *, now: dt.datetime) -> Iterator[str]:
    """Yield texts that all group members could read recently: posts of members that are not tips, and sent messages."""
    if group is None:
        return iter(())
    since = now - COMPARISON_PERIOD
    posts = Message.objects.filter(group=group, sensitive=False, received_at__gt=since).exclude(text="")
    sent_posts = Outgoing.objects.filter(group=group, sent_at__gt=since).exclude(
        state__in=[State.HELD, State.CANCELLED]
    )
    return chain(
        posts.order_by("-pk").values_list("text", flat=True)[:MAX_GROUP_POSTS],
        sent_posts.order_by("-pk").values_list("text", flat=True)[:MAX_SENT_POSTS],
    )


def _quarantine(rows: list[Outgoing], *, now: dt.datetime) -> None:
    """Quarantine texts and record their authors in the audit log: a quarantined text reveals that a report exists."""
    for row in rows:
        row.state = State.HELD
        row.save(update_fields=["state", "dlp_findings", "fingerprint_hits"])
    record_actions(
        [
            AuditAction(
                get_audit_actor(row.officer),
                "gate.held",
                f"outgoing:{row.public_id}",
                row.unit_id,
                {"kinds": sorted({finding["kind"] for finding in row.dlp_findings})},
            )
            for row in rows
            if row.officer is not None
        ],
        now=now,
    )
    publish_live([_build_live_event(row) for row in rows], now=now)


def _build_live_event(row: Outgoing) -> LiveEventData:
    """Return the live event that shows the text on the group's open pages."""
    topics = ("province",) if row.unit_id is None else (f"unit:{row.unit_id}", "province")
    group = row.group
    assert group is not None
    return LiveEventData(topics, "flag", {"type": "flag", "group": str(group.public_id), "settled": False})
