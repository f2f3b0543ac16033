"""Translation of the program's stored Vietnamese texts (messages, notes, titles) into the page's language.

The record stores the text that was sent. A page in another language recognises a line of ours by its form, marked by
`kit/i18n_markers.py: L_`; a line typed by a person matches no form and stays unchanged.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.translation import get_language, gettext

from binhyen.kit.i18n_markers import LETTERS

_HOLDER = re.compile(r"\\\{(\w+)\\\}")
# Before a message: when it was written, where it went later, and its code.
_BEFORE = re.compile(r"(\([^()\n]{1,40}\) )?(\[[^\[\]\n]{1,40}\] )?")
_BEGINNING = 160  # characters stored of the beginning of a report: a list entry of this length was truncated
_DEEPEST = 3  # a form within a form: «Kết quả: …»
_LONGEST = 4000  # maximum characters of a line of ours; matching takes quadratic time


def retold(text: str) -> str:
    """Translate each line of ours into the page's language; Vietnamese pages look nothing up."""
    if not text or _own():
        return text
    dated, mark = (part or "" for part in cast("re.Match[str]", _BEFORE.match(text)).groups())
    rest = text.removeprefix(dated + mark)
    return (_line(dated[:-1]) + " " if dated else "") + mark + "\n".join(_line(line) for line in rest.split("\n"))


def title(text: str) -> str:
    """Translate a case title: its category, which is ours, and mostly a place: «Trộm cắp · TDP Phú Mậu»."""
    if _own():
        return text
    what, *more = text.split(" · ")
    return " · ".join([retold(what), *(gettext(part) if part in LETTERS else part for part in more)])


def reason(text: str) -> str:
    """Translate a classification reason: a text of ours, and mostly a quotation: «khẩn: «đánh nhau»»."""
    what, colon, rest = text.partition(": ")
    return f"{retold(what)}{colon}{retold(rest)}" if (said := retold(text)) == text else said


def titles() -> Callable[[str], str]:
    """Return `translate_title` for a long list; free of cost in Vietnamese."""
    return str if _own() else title


def beginnings() -> Callable[[str], str]:
    """Return a function for the beginnings of reports: our text if sealed, «…» if truncated."""
    own = _own()

    def begin(text: str) -> str:
        if len(text) >= _BEGINNING:
            return f"{text.rstrip()}…"
        return text if own or text not in LETTERS else gettext(text)

    return begin


def _own() -> bool:
    return get_language() in (None, settings.LANGUAGE_CODE)


def _line(line: str, depth: int = 0) -> str:
    if line in LETTERS:
        return gettext(line)
    if depth < _DEEPEST and len(line) <= _LONGEST:
        for form, pattern in _patterns(len(LETTERS)):
            if found := pattern.fullmatch(line):
                values = {name: _line(value, depth + 1) for name, value in found.groupdict().items()}
                return gettext(form).format(**values)
    return line


@lru_cache(maxsize=4)
def _patterns(_known: int) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return forms with placeholders and their patterns, longest fixed text first."""
    return tuple((form, _pattern(form)) for form in sorted(_with_holders(tuple(LETTERS)), key=_weight, reverse=True))


def _with_holders(forms: Iterable[str]) -> list[str]:
    return [form for form in forms if "{" in form]


def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(_HOLDER.sub(r"(?P<\1>.+?)", re.escape(form)))


def _weight(form: str) -> int:
    return len(re.sub(r"\{\w+\}", "", form))
