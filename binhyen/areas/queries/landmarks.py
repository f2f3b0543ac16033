"""Place names learned from cases, with their confidence."""

from collections import Counter
from collections.abc import Callable

from binhyen.areas.models import Landmark
from binhyen.areas.rules.landmarks import LearnedName, build_learned_name
from binhyen.kit.text import fold_text


def list_landmarks(codes: Callable[[int], tuple[str, ...]], *, gone: bool = False) -> list[LearnedName]:
    """List learned names, sorted by name. `codes`: area → present communes in it; areas without one are left out."""
    names: dict[str, str] = {}
    counts: dict[str, Counter[str]] = {}
    rows = Landmark.objects.filter(gone=gone).order_by("folded", "at").values_list("folded", "name", "area_id")
    for folded, name, area in rows:
        present_codes = codes(area)
        if present_codes:
            if folded not in names or fold_text(name) != name.lower():  # prefer a spelling with diacritics
                names[folded] = name
            counts.setdefault(folded, Counter())[present_codes[0]] += 1
    return [build_learned_name(names[folded], folded, count) for folded, count in counts.items()]
