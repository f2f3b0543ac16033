"""What the program wrote and keeps in Vietnamese (letters, notes, titles), said again in the page's language.

The record holds the words that were sent. A page in another language knows a line of ours by its form, as
`kit/wording.py: L_` marked it; a line that a person typed has none and stays as it is.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.translation import get_language, gettext

from binhyen.kit.wording import LETTERS

_HOLDER = re.compile(r"\\\{(\w+)\\\}")
# Before a letter: when it was written, where it went later, and its code.
_BEFORE = re.compile(r"(\([^()\n]{1,40}\) )?(\[[^\[\]\n]{1,40}\] )?")
_BEGINNING = 160  # characters kept of what was told: where a list shows as many, more was said
_DEEPEST = 3  # a form within a form: «Kết quả: …»
_LONGEST = 4000  # characters of a line that may be ours; looking takes the square of them


def retold(text: str) -> str:
    """Each line that is ours in the page's language; Vietnamese pages look nothing up."""
    if not text or _own():
        return text
    dated, mark = (part or "" for part in cast("re.Match[str]", _BEFORE.match(text)).groups())
    rest = text.removeprefix(dated + mark)
    return (_line(dated[:-1]) + " " if dated else "") + mark + "\n".join(_line(line) for line in rest.split("\n"))


def title(text: str) -> str:
    """Of a case: what it is, which is ours, and mostly where: «Trộm cắp · TDP Phú Mậu»."""
    if _own():
        return text
    what, *more = text.split(" · ")
    return " · ".join([retold(what), *(gettext(part) if part in LETTERS else part for part in more)])


def reason(text: str) -> str:
    """Of the reader: a word of ours, and mostly what it stands for: «khẩn: «đánh nhau»»."""
    what, colon, rest = text.partition(": ")
    return f"{retold(what)}{colon}{retold(rest)}" if (said := retold(text)) == text else said


def titles() -> Callable[[str], str]:
    """`title` for a long list of one page; in Vietnamese it costs nothing."""
    return str if _own() else title


def beginnings() -> Callable[[str], str]:
    """How the telling of a case begins: a line of ours where its words are sealed; what was cut says so."""
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
    """Forms with placeholders; those that say most themselves first."""
    return tuple((form, _pattern(form)) for form in sorted(_with_holders(tuple(LETTERS)), key=_weight, reverse=True))


def _with_holders(forms: Iterable[str]) -> list[str]:
    return [form for form in forms if "{" in form]


def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(_HOLDER.sub(r"(?P<\1>.+?)", re.escape(form)))


def _weight(form: str) -> int:
    return len(re.sub(r"\{\w+\}", "", form))
