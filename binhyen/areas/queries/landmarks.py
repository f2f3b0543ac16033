"""Place names learned from cases, with their confidence."""

from collections import Counter
from collections.abc import Callable

from binhyen.areas.models import Landmark
from binhyen.areas.rules.landmarks import Learnt, learnt
from binhyen.kit.text import fold


def landmarks(codes: Callable[[int], tuple[str, ...]], *, gone: bool = False) -> list[Learnt]:
    """List learned names, sorted by name. `codes`: area → present communes in it; areas without one are left out."""
    names: dict[str, str] = {}
    counts: dict[str, Counter[str]] = {}
    rows = Landmark.objects.filter(gone=gone).order_by("folded", "at").values_list("folded", "name", "area_id")
    for folded, name, area in rows:
        today = codes(area)
        if today:
            if folded not in names or fold(name) != name.lower():  # prefer a spelling with diacritics
                names[folded] = name
            counts.setdefault(folded, Counter())[today[0]] += 1
    return [learnt(names[folded], folded, count) for folded, count in counts.items()]
