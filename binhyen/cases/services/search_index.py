"""Search text and preview of cases: words are added with messages, or rebuilt when messages leave the case."""

from collections.abc import Collection, Iterable

from django.db import transaction

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, Verb
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Note
from binhyen.channels.models import Message
from binhyen.kit import logs
from binhyen.kit.bulk_insert import rewrite
from binhyen.kit.clock import vietnam_day
from binhyen.kit.search_terms import marked, marked_together
from binhyen.kit.text import fold

log = logs.get("retelling")
BATCH = 500
SEARCHED = 20_000  # characters of search text
BEGINNING = 160  # of the first message


def tell_more(case: Case, folded: str, words: str) -> list[str]:
    """Add words to the search text, without duplicates; return the changed columns.

    `accented`: from `kit.search_terms.accented_words`.
    """
    known = set(case.folded.split())
    new = [word for word in dict.fromkeys(folded.split()) if word not in known]
    case.folded = " ".join([case.folded, *new])[:SEARCHED]
    case.marked = marked_together(case.marked, words)
    return ["folded", "marked"]


def retell(case: Case) -> list[str]:
    """Rebuild preview and search text from the messages that are still attached; return the changed columns."""
    links = CaseMessage.objects.filter(case=case, detached_at=None).select_related("message").order_by("pk")
    told = [link.message for link in links]
    said = [message for message in told if not hushed(message)]
    extract = _extract(case)
    first = [(event_data.TIP if m.group_id else event_data.ALONE) if hushed(m) else m.text for m in told]
    case.snippet = next(filter(None, [extract, *first]), "")[:BEGINNING]
    named = _by_map(case) if told and all(hushed(m) and m.sealed is not None for m in told) else []
    own = "" if case.apart else f"{case.title} {case.place} {extract}"
    case.folded = " ".join([fold(own).strip(), *(message.folded for message in said)])[:SEARCHED]
    case.marked = marked_together(marked(own), *(message.marked for message in said))
    return ["snippet", "folded", "marked", *named]


def _by_map(case: Case) -> list[str]:
    """Replace place and title by official names once all messages are sealed, unless an officer wrote the place.

    Returns the changed columns.
    """
    if case.apart or CaseEvent.objects.filter(case=case, verb=Verb.RELOCATED).exists():
        return []
    label, area, before = CATEGORY_LABELS.get(case.category, ""), case.area_id or case.commune_id, case.place
    case.place = areas.labels([area], vietnam_day(case.opened_at)).get(area, "") if area is not None else ""
    if case.title in (label, f"{label} · {before}"[:BEGINNING]):
        case.title = " · ".join(filter(None, [label, case.place]))[:BEGINNING]
    return ["place", "title"]


def hushed(message: Message) -> bool:
    """Return whether the message is a group tip or a private follow-up of one: its text must not appear in the case."""
    return message.lock_id is not None or (message.group_id is not None and message.sensitive)


def retell_others(message_ids: Collection[int], *, but: Collection[int]) -> None:
    """Rebuild every case that ever had these messages, which are deleted, emptied or sealed by now."""
    held = CaseMessage.objects.filter(message__in=message_ids).exclude(case__in=but)
    tell_anew(held.values_list("case_id", flat=True))


@transaction.atomic
def tell_anew(case_ids: Iterable[int]) -> int:
    """Rebuild the searchable ones among these cases; return how many changed."""
    known = Case.objects.filter(pk__in=set(case_ids), apart=False, forgotten_at=None)
    changed = 0
    for case in known.select_for_update(of=("self",)).order_by("pk"):
        before = _found_by(case)
        columns = retell(case)
        if _found_by(case) != before:
            rewrite(case, columns)
            changed += 1
    return changed


def _found_by(case: Case) -> tuple[str, str, str, set[str], set[str]]:
    return case.snippet, case.title, case.place, set(case.folded.split()), set(case.marked.replace("'", "").split())


def retell_sealed(*, most: int = BATCH) -> int:
    """Rebuild every case that ever had messages sealed by now, `batch_size` per transaction; return how many changed.

    It repairs cases from before this rebuild existed and cases whose job was lost. Idempotent.
    """
    held = CaseMessage.objects.filter(message__text="", message__sealed__isnull=False)
    held = held.filter(case__apart=False, case__forgotten_at=None).order_by("case_id").distinct()
    changed, last = 0, 0
    while ids := list(held.filter(case_id__gt=last).values_list("case_id", flat=True)[:most]):
        changed += tell_anew(ids)
        last = ids[-1]
    log.info("sealed_words_out_of_search", cases=changed)
    return changed


def _extract(case: Case) -> str:
    """Return the extract of a sealed handler where no message opened the case (restricted_cases.open_from_extract)."""
    if CaseMessage.objects.filter(case=case, attached_at__lte=case.opened_at).exists():
        return ""
    return Note.objects.filter(case=case, at=case.opened_at).order_by("pk").values_list("text", flat=True).first() or ""
