"""Cache of translated labels, one per language: a page with fifty rows translates nothing again."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.utils.translation import get_language, gettext

from binhyen.kit.i18n_markers import DeferredText

Code = TypeVar("Code")
_cache: dict[tuple[str | None, int], tuple[Mapping[Any, str], Mapping[Any, str]]] = {}


def translated_labels(labels: Mapping[Code, str]) -> Mapping[Code, str]:
    """Return code → label in the page's language: `translated_labels(STATE_LABELS)[state]`.

    `labels`: marked with `kit/i18n_markers.py: N_`, in an object that lives as long as the process: the cache key is
    its identity, and the cache keeps it alive, so that no other object gets the same id.
    """
    key = (get_language(), id(labels))
    cached = _cache.get(key)
    if cached is None:
        cached = _cache[key] = (labels, {code: gettext(label) for code, label in labels.items()})
    return cached[1]


def translate_deferred(text: object) -> str:
    """Return a marked text, or an exception that holds one, in the page's language; other text is unchanged."""
    [message] = text.args if isinstance(text, Exception) and len(text.args) == 1 else [text]
    return (
        gettext(message.form).format(**message.values) if isinstance(message, DeferredText) else gettext(str(message))
    )
