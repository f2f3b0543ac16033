"""What may be known of a reporter outside the vault: the pseudonym."""

from collections.abc import Iterable

from binhyen.vault.models import Reporter


def pseudonyms(reporter_ids: Iterable[int]) -> dict[int, str]:
    return dict(Reporter.objects.filter(pk__in=set(reporter_ids)).values_list("pk", "pseudonym"))
