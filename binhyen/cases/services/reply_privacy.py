"""Data of other reporters that a reply on a case must not reveal."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from binhyen.cases.models import Case, CaseMessage, Relation
from binhyen.channels.services import Private, persons_in
from binhyen.vault.pseudonyms import called, in_case


def guards(case: Case, family: Iterable[int], receivers: Iterable[int]) -> dict[int, Private]:
    """Return by reporter the data to protect; empty with a single reporter.

    Reporters of related cases are included: the finder must not be revealed to the loser.
    """
    whole = set(family)
    links = Relation.objects.filter(Q(case__in=whole) | Q(other__in=whole)).values_list("case_id", "other_id")
    near = whole | {pk for pair in links for pk in pair}
    columns = (
        "message__reporter_id", "message__text", "message__reading__entities", "message__reporter__pseudonym",
        "case__code",
    )  # fmt: skip
    said = list(CaseMessage.objects.filter(case__in=near, detached_at=None).values_list(*columns))
    words: dict[int, list[str]] = defaultdict(list)
    names: dict[int, set[str]] = defaultdict(set)
    called_as: dict[int, set[str]] = defaultdict(set)
    for reporter, text, entities, pseudonym, code in said:
        words[reporter].append(text)
        names[reporter].update(persons_in(entities))
        called_as[reporter] |= {called(pseudonym, in_case(each)) for each in (code, case.code)}
    if len(words) < 2:
        return {}
    return {r: _private(r, words, names, called_as, hushed=case.sensitive) for r in receivers}


def _private(
    receiver: int, words: dict[int, list[str]], names: dict[int, set[str]], called_as: dict[int, set[str]], *,
    hushed: bool,
) -> Private:  # fmt: skip
    others = [r for r in words if r != receiver]
    return Private(
        own=tuple(words.get(receiver, ())),
        others=tuple(text for r in others for text in words[r] if text),
        names=tuple(sorted({n for r in others for n in names.get(r, ())} - names.get(receiver, set()))),
        secrets=tuple(sorted({name for r in others for name in called_as[r]})),
        hushed=hushed,
    )
