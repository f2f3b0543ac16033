"""Data of other reporters that a reply on a case must not reveal."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from binhyen.cases.models import Case, CaseMessage, Relation
from binhyen.channels.services import ReplyPrivacy, extract_person_names
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope


def build_privacy_guards(case: Case, family: Iterable[int], receivers: Iterable[int]) -> dict[int, ReplyPrivacy]:
    """Return by reporter the data to protect; empty with a single reporter.

    Reporters of related cases are included: the finder must not be revealed to the loser.
    """
    whole = set(family)
    links = Relation.objects.filter(Q(case__in=whole) | Q(other__in=whole)).values_list("case_id", "other_id")
    near = whole | {pk for pair in links for pk in pair}
    columns = (
        "message__reporter_id",
        "message__text",
        "message__reading__entities",
        "message__reporter__pseudonym",
        "case__code",
    )
    rows = list(CaseMessage.objects.filter(case__in=near, detached_at=None).values_list(*columns))
    words: dict[int, list[str]] = defaultdict(list)
    names: dict[int, set[str]] = defaultdict(set)
    called_as: dict[int, set[str]] = defaultdict(set)
    for reporter, text, entities, pseudonym, code in rows:
        words[reporter].append(text)
        names[reporter].update(extract_person_names(entities))
        called_as[reporter] |= {
            derive_pseudonym(pseudonym, format_case_scope(case_code)) for case_code in (code, case.code)
        }
    if len(words) < 2:
        return {}
    return {
        receiver: _build_guard(receiver, words, names, called_as, is_sealed=case.sensitive) for receiver in receivers
    }


def _build_guard(
    receiver: int,
    words: dict[int, list[str]],
    names: dict[int, set[str]],
    called_as: dict[int, set[str]],
    *,
    is_sealed: bool,
) -> ReplyPrivacy:
    others = [reporter for reporter in words if reporter != receiver]
    return ReplyPrivacy(
        own_texts=tuple(words.get(receiver, ())),
        other_texts=tuple(text for reporter in others for text in words[reporter] if text),
        protected_names=tuple(
            sorted(
                {person_name for reporter in others for person_name in names.get(reporter, ())}
                - names.get(receiver, set())
            )
        ),
        pseudonyms=tuple(sorted({name for reporter in others for name in called_as[reporter]})),
        is_sensitive=is_sealed,
    )
