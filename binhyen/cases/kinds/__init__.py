"""Kinds of case, one file each. `get_case_kinds()` discovers them; a new kind is a new file here."""

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from binhyen.cases.kinds.base import Kind


@lru_cache(maxsize=1)
def all_kinds() -> dict[str, Kind]:
    """Return every kind by code. Raises ValueError where two files claim the same code or category."""
    found: dict[str, Kind] = {}
    claimed: dict[str, str] = {}
    for module in sorted(m.name for m in iter_modules(__path__) if m.name != "base"):
        kind: Kind = import_module(f"{__name__}.{module}").KIND
        if kind.code in found:
            raise ValueError(f"Duplicate kind code: {kind.code}")
        for category in kind.categories:
            if category in claimed:
                raise ValueError(f"Category {category} is claimed by {claimed[category]} and by {kind.code}")
            claimed[category] = kind.code
        found[kind.code] = kind
    return found


@lru_cache(maxsize=1)
def kind_labels() -> dict[str, str]:
    """Return code → label of every kind, marked for translation; always the same dict."""
    return {code: found.label for code, found in all_kinds().items()}


def kind(code: str) -> Kind:
    return all_kinds()[code]


def kind_for(category: str) -> Kind:
    """Return the kind of case that a message category opens; «other» where no kind claims it."""
    return next((k for k in all_kinds().values() if category in k.categories), all_kinds()["other"])
