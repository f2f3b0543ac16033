"""Names of places learnt from cases, with how far they are believed."""

from collections import Counter
from collections.abc import Callable

from binhyen.areas.models import Landmark
from binhyen.areas.rules.landmarks import Learnt, learnt
from binhyen.kit.text import fold


def landmarks(codes: Callable[[int], tuple[str, ...]], *, gone: bool = False) -> list[Learnt]:
    """By name. `codes`: an area → communes of today on its ground; what lies in none of today is left out."""
    names: dict[str, str] = {}
    counts: dict[str, Counter[str]] = {}
    rows = Landmark.objects.filter(gone=gone).order_by("folded", "at").values_list("folded", "name", "area_id")
    for folded, name, area in rows:
        today = codes(area)
        if today:
            if folded not in names or fold(name) != name.lower():  # rather as somebody wrote it with its marks
                names[folded] = name
            counts.setdefault(folded, Counter())[today[0]] += 1
    return [learnt(names[folded], folded, count) for folded, count in counts.items()]
