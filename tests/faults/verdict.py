"""A check for lost or duplicated messages: compares sent messages with the database and the received letters.

It runs outside the test process, whose database is another (helper.py). JSON in: `sent_reports` (msg_id, user),
`received_answers` (user, text), `sent` (key and link of an answered web form), `more` (keys of further messages on one
of these), `alone` (no worker runs). A JSON list of problems out. Every message is from a different person and must have
become a case.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any


def find_problems(
    sent_reports: Sequence[dict[str, str]] = (),
    received_answers: Sequence[dict[str, str]] = (),
    sent: Sequence[dict[str, str]] = (),
    more: Sequence[str] = (),
    alone: bool = False,
) -> Iterator[str]:
    from binhyen.cases.models import CaseMessage
    from binhyen.intake.idempotency import derive_key_mark
    from binhyen.kit.ids import format_code

    if alone:
        run_pending_jobs()

    links = CaseMessage.objects.filter(detached_at=None).values_list("message__external_id", "case__code")
    cases_by_message: dict[str, list[str]] = {}
    for external_id, code in links:
        cases_by_message.setdefault(external_id.partition("~")[0], []).append(code)
    yield from check_messages(
        [t["msg_id"] for t in sent_reports] + [derive_key_mark(key) for key in [*(s["key"] for s in sent), *more]]
    )
    letters: dict[str, list[str]] = {}
    for row in received_answers:
        letters.setdefault(row["user"], []).append(row["text"])
    for accepted in sent_reports:
        codes = cases_by_message.get(accepted["msg_id"], [])
        if len(codes) != 1:
            yield f"{'no case' if not codes else 'two cases'}: {accepted['msg_id']} {codes}"
        count = len(letters.get(accepted["user"], []))
        if count != 1:
            yield f"{'no letter' if not count else 'letter doubled'}: {accepted['user']} {count}"
        elif codes and format_code(codes[0]) not in letters[accepted["user"]][0]:
            yield f"wrong letter: {accepted['user']}"
    yield from check_links(sent)
    yield from check_register(len(sent_reports) + len(sent))
    yield from check_invariants()


def run_pending_jobs() -> None:
    """Run the jobs that the worker would have done by now."""
    from binhyen.audit import services
    from binhyen.stats import services as stats

    while services.chain_waiting() or stats.update_counts():
        pass


def check_links(sent: Sequence[dict[str, str]]) -> Iterator[str]:
    """Check that each link given out leads to its report."""
    from binhyen.cases.models import Report
    from binhyen.channels.models import Attachment
    from binhyen.kit import file_storage
    from binhyen.kit.ids import hash_token

    for form in sent:
        if not Report.objects.filter(link_hash=hash_token(form["link"])).exists():
            yield f"no report behind the link of {form['key']}"
    for pair in Attachment.objects.values_list("original", "preview"):
        yield from (f"a photo without its file: {name}" for name in pair if not file_storage.file_exists(name))


def check_messages(ids: list[str]) -> Iterator[str]:
    from binhyen.channels.models import Message

    # A seeded defect marks its copies with «~»: to Zalo they are the same message. In a form the text follows its mark.
    stored = Message.objects.values_list("external_id", flat=True)
    counts = Counter(i.partition("~")[0].partition(".")[0] for i in stored)
    for external_id in ids:
        if counts[external_id] != 1:
            yield f"{'lost' if not counts[external_id] else 'doubled'}: {external_id}"
    yield from (f"from nowhere: {i}" for i in counts.keys() - set(ids))


def check_register(expected: int) -> Iterator[str]:
    from django.db.models import Count

    from binhyen.cases.models import Case, CaseEvent, Report

    counts = {"cases": Case.objects.count(), "reports": Report.objects.count()}
    counts["opened"] = CaseEvent.objects.filter(verb="opened").count()
    for name, count in counts.items():
        if count != expected:
            yield f"{count} {name} for {expected} messages"
    gaps = Case.objects.annotate(n=Count("events")).exclude(n__gte=1).count()
    if gaps:
        yield f"{gaps} cases without history"


def check_invariants() -> Iterator[str]:
    """Check that the audit chain verifies, the sums equal a recount, and no work is left."""
    from binhyen.audit.models import AuditEntry, Waiting
    from binhyen.audit.queries.chain import verify_all
    from binhyen.cases.models import Case, StatsDirty
    from binhyen.channels.models import Inbound, Outgoing
    from binhyen.kit import clock
    from binhyen.stats import services as stats

    yield from (f"chain broken: {fault}" for fault in verify_all(now=clock.now()).faults)
    opened = Counter(AuditEntry.objects.filter(verb="case.opened").values_list("object", flat=True))
    for code in Case.objects.values_list("code", flat=True):
        if opened[f"case:{code}"] != 1:
            yield f"{opened[f'case:{code}']} audit entries of the opening of {code}"
    left = {
        "unchained": Waiting.objects.all(),
        "uncounted": StatsDirty.objects.all(),
        "unread": Inbound.objects.exclude(state="DONE"),
        "unsent": Outgoing.objects.exclude(state="SENT"),
    }
    yield from (f"{rows.count()} {name}" for name, rows in left.items() if rows.exists())
    yield from (f"not read: {why}" for why in left["unread"].values_list("reason", flat=True))
    before = check_sums()
    stats.rebuild_counts()
    if before != check_sums():
        yield f"sums differ from the recount: {before} {check_sums()}"


def check_sums() -> list[tuple[Any, ...]]:
    from binhyen.stats.models import Count

    rows = Count.objects.exclude(value=0).values_list("metric", "unit_id", "day", "commune_id", "value")
    return sorted(rows, key=str)


def main() -> None:
    json.dump(list(find_problems(**json.load(sys.stdin))), sys.stdout, ensure_ascii=False)
