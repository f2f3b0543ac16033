"""Labels of codes in the page's language, made once for each language: a page with fifty rows looks nothing up."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.utils.translation import get_language, gettext

from binhyen.kit.wording import Said

Code = TypeVar("Code")
_known: dict[tuple[str | None, int], tuple[Mapping[Any, str], Mapping[Any, str]]] = {}


def spoken(labels: Mapping[Code, str]) -> Mapping[Code, str]:
    """Code → label, read aloud: `spoken(STATE_LABELS)[state]`.

    `labels`: marked with `kit/wording.py: N_`, of a module or of something else that lives as long as the process: it
    is known again by being the same object, and held, so that no other can take its place.
    """
    key = (get_language(), id(labels))
    found = _known.get(key)
    if found is None:
        found = _known[key] = (labels, {code: gettext(label) for code, label in labels.items()})
    return found[1]


def told(text: object) -> str:
    """A marked text or a refusal that holds one (`kit/wording.py`), in the page's language; others stay."""
    [said] = text.args if isinstance(text, Exception) and len(text.args) == 1 else [text]
    return gettext(said.form).format(**said.values) if isinstance(said, Said) else gettext(str(said))
