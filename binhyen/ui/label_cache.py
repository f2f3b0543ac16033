"""Cache of translated labels, one per language: a page with fifty rows translates nothing again."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.utils.translation import get_language, gettext

from binhyen.kit.i18n_markers import Said

Code = TypeVar("Code")
_known: dict[tuple[str | None, int], tuple[Mapping[Any, str], Mapping[Any, str]]] = {}


def spoken(labels: Mapping[Code, str]) -> Mapping[Code, str]:
    """Return code → label in the page's language: `translated_labels(STATE_LABELS)[state]`.

    `labels`: marked with `kit/i18n_markers.py: N_`, in an object that lives as long as the process: the cache key is
    its
    identity, and the cache keeps it alive, so that no other object gets the same id.
    """
    key = (get_language(), id(labels))
    found = _known.get(key)
    if found is None:
        found = _known[key] = (labels, {code: gettext(label) for code, label in labels.items()})
    return found[1]


def told(text: object) -> str:
    """Return a marked text, or an exception that holds one, in the page's language; other text is unchanged."""
    [said] = text.args if isinstance(text, Exception) and len(text.args) == 1 else [text]
    return gettext(said.form).format(**said.values) if isinstance(said, Said) else gettext(str(said))
