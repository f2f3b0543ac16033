"""Intake pipeline: the one list of the stages from a message to a case; `_process_batch` reads top to bottom.

Works on batches: the number of statements hardly depends on the number of messages. What is confidential (complaints
about police, sealed tips and what is written privately about them) leaves the list at one line, for the stages of
`confidential.py`.
"""

import datetime as dt
from collections.abc import Sequence
from itertools import chain

from django.db import transaction

from binhyen.intake import confidential, message_context, storage
from binhyen.intake.incident_matching import match_incidents
from binhyen.intake.interpret import (
    classify_items,
    decide_items,
    decide_unread_items,
    parse_case_reference,
    parse_insistence,
)
from binhyen.intake.items import InboundItem, ItemResult, split_by_sender


@transaction.atomic(savepoint=False)
def process_items(items: Sequence[InboundItem], *, now: dt.datetime) -> list[ItemResult]:
    """Process messages up to their case and reply. Raises NotStoredYet for messages written on our own pages."""
    batches = split_by_sender([parse_case_reference(parse_insistence(item)) for item in items])
    return list(chain.from_iterable(_process_batch(batch, now=now) for batch in batches))


def _process_batch(batch: Sequence[InboundItem], *, now: dt.datetime) -> list[ItemResult]:
    context = message_context.load_context(batch, now=now)
    classified = classify_items(batch, context)
    in_context = message_context.add_context(classified, context, now=now)
    decided = decide_items(in_context, context)
    unread = decide_unread_items(batch, context)
    complete = message_context.add_group_messages([*decided, *unread], now=now)
    ordinary, confidential_items = confidential.separate(complete)
    matched = match_incidents(ordinary)
    stored = storage.store_items(matched, now=now)
    storage.flag_group_messages(stored, now=now)
    opened = storage.open_cases(stored, now=now)
    joined = storage.add_duplicate_reporters(stored, opened, now=now)
    storage.store_follow_ups(stored, now=now)
    relocated = storage.set_case_places(stored, now=now)
    storage.rate_outcomes(stored, now=now)
    storage.queue_replies(stored, opened | joined, relocated, now=now)
    storage.ask_origins(stored, opened | joined, context, now=now)
    results = storage.build_results(stored, opened | joined)
    return results + confidential.process_confidential(confidential_items, now=now)
