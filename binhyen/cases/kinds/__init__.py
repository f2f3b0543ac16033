"""Kinds of case, one file each. `get_case_kinds()` discovers them; a new kind is a new file here."""

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from binhyen.cases.kinds.base import CaseKind


@lru_cache(maxsize=1)
def get_case_kinds() -> dict[str, CaseKind]:
    """Return every kind by code. Raises ValueError where two files claim the same code or category."""
    kinds_by_code: dict[str, CaseKind] = {}
    claimed: dict[str, str] = {}
    for module in sorted(module_info.name for module_info in iter_modules(__path__) if module_info.name != "base"):
        kind: CaseKind = import_module(f"{__name__}.{module}").KIND
        if kind.code in kinds_by_code:
            raise ValueError(f"Duplicate kind code: {kind.code}")
        for category in kind.categories:
            if category in claimed:
                raise ValueError(f"Category {category} is claimed by {claimed[category]} and by {kind.code}")
            claimed[category] = kind.code
        kinds_by_code[kind.code] = kind
    return kinds_by_code


@lru_cache(maxsize=1)
def get_kind_labels() -> dict[str, str]:
    """Return code → label of every kind, marked for translation; always the same dict."""
    return {code: case_kind.label for code, case_kind in get_case_kinds().items()}


def get_kind(code: str) -> CaseKind:
    return get_case_kinds()[code]


def get_kind_for_category(category: str) -> CaseKind:
    """Return the kind of case that a message category opens; «other» where no kind claims it."""
    return next(
        (case_kind for case_kind in get_case_kinds().values() if category in case_kind.categories),
        get_case_kinds()["other"],
    )
