"""Search text and preview of cases: words are added with messages, or rebuilt when messages leave the case."""

from collections.abc import Collection, Iterable

from django.db import transaction

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, Verb
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Note
from binhyen.channels.models import Message
from binhyen.kit import logs
from binhyen.kit.bulk_insert import update_columns
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.search_terms import accented_words, join_accented_words
from binhyen.kit.text import fold_text

log = logs.get_logger("retelling")
BATCH_SIZE = 500
MAX_SEARCH_CHARS = 20_000  # characters of search text
MAX_SNIPPET_CHARS = 160  # of the first message


def add_search_words(case: Case, search_text: str, accented: str) -> list[str]:
    """Add words to the search text, without duplicates; return the changed columns.

    `accented`: from `kit.search_terms.accented_words`.
    """
    existing = set(case.search_text.split())
    new = [word for word in dict.fromkeys(search_text.split()) if word not in existing]
    case.search_text = " ".join([case.search_text, *new])[:MAX_SEARCH_CHARS]
    case.search_accented = join_accented_words(case.search_accented, accented)
    return ["search_text", "search_accented"]


def rebuild_search_words(case: Case) -> list[str]:
    """Rebuild preview and search text from the messages that are still attached; return the changed columns."""
    links = CaseMessage.objects.filter(case=case, detached_at=None).select_related("message").order_by("pk")
    messages = [link.message for link in links]
    unsealed = [message for message in messages if not is_sealed_tip(message)]
    extract = _get_extract(case)
    first = [
        (event_data.GROUP_TIP_TEXT if item.group_id else event_data.PRIVATE_FOLLOW_UP_TEXT)
        if is_sealed_tip(item)
        else item.text
        for item in messages
    ]
    case.snippet = next(filter(None, [extract, *first]), "")[:MAX_SNIPPET_CHARS]
    named = (
        _use_official_place(case)
        if messages and all(is_sealed_tip(item) and item.ciphertext is not None for item in messages)
        else []
    )
    own_text = "" if case.is_restricted else f"{case.title} {case.place} {extract}"
    case.search_text = " ".join([fold_text(own_text).strip(), *(message.search_text for message in unsealed)])[
        :MAX_SEARCH_CHARS
    ]
    case.search_accented = join_accented_words(
        accented_words(own_text), *(message.search_accented for message in unsealed)
    )
    return ["snippet", "search_text", "search_accented", *named]


def _has_written_place(case: Case) -> bool:
    return CaseEvent.objects.filter(case=case, verb=Verb.RELOCATED).exclude(data__has_key=event_data.PIN).exists()


def _use_official_place(case: Case) -> list[str]:
    """Replace place and title by official names once all messages are sealed, unless an officer wrote the place.

    Returns the changed columns.
    """
    if case.is_restricted or _has_written_place(case):
        return []
    label, area, previous_place = CATEGORY_LABELS.get(case.category, ""), case.area_id or case.commune_id, case.place
    case.place = areas.build_labels([area], to_vietnam_day(case.opened_at)).get(area, "") if area is not None else ""
    if case.title in (label, f"{label} · {previous_place}"[:MAX_SNIPPET_CHARS]):
        case.title = " · ".join(filter(None, [label, case.place]))[:MAX_SNIPPET_CHARS]
    return ["place", "title"]


def is_sealed_tip(message: Message) -> bool:
    """Return whether the message is a group tip or a private follow-up of one: its text must not appear in the case."""
    return message.lock_id is not None or (message.group_id is not None and message.sensitive)


def rebuild_cases_of_messages(message_ids: Collection[int], *, exclude_case_ids: Collection[int]) -> None:
    """Rebuild every case that ever had these messages, which are deleted, emptied or sealed by now."""
    links = CaseMessage.objects.filter(message__in=message_ids).exclude(case__in=exclude_case_ids)
    rebuild_cases(links.values_list("case_id", flat=True))


@transaction.atomic
def rebuild_cases(case_ids: Iterable[int]) -> int:
    """Rebuild the searchable ones among these cases; return how many changed."""
    searchable_cases = Case.objects.filter(pk__in=set(case_ids), is_restricted=False, erased_at=None)
    changed = 0
    for case in searchable_cases.select_for_update(of=("self",)).order_by("pk"):
        previous = _get_search_state(case)
        columns = rebuild_search_words(case)
        if _get_search_state(case) != previous:
            update_columns(case, columns)
            changed += 1
    return changed


def _get_search_state(case: Case) -> tuple[str, str, str, set[str], set[str]]:
    return (
        case.snippet,
        case.title,
        case.place,
        set(case.search_text.split()),
        set(case.search_accented.replace("'", "").split()),
    )


def rebuild_sealed_cases(*, batch_size: int = BATCH_SIZE) -> int:
    """Rebuild every case that ever had messages sealed by now, `batch_size` per transaction; return how many changed.

    It repairs cases from before this rebuild existed and cases whose job was lost. Idempotent.
    """
    links = CaseMessage.objects.filter(message__text="", message__ciphertext__isnull=False)
    links = links.filter(case__is_restricted=False, case__erased_at=None).order_by("case_id").distinct()
    changed, last = 0, 0
    while ids := list(links.filter(case_id__gt=last).values_list("case_id", flat=True)[:batch_size]):
        changed += rebuild_cases(ids)
        last = ids[-1]
    log.info("sealed_words_out_of_search", cases=changed)
    return changed


def _get_extract(case: Case) -> str:
    """Return the extract of a sealed handler where no message opened the case (restricted_cases.open_from_extract)."""
    if CaseMessage.objects.filter(case=case, attached_at__lte=case.opened_at).exists():
        return ""
    return Note.objects.filter(case=case, at=case.opened_at).order_by("pk").values_list("text", flat=True).first() or ""
