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

from binhyen.kit.i18n_markers import STORED_FORMS

_PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")
# Before a message: when it was written, where it went later, and its code.
_MESSAGE_PREFIX = re.compile(r"(\([^()\n]{1,40}\) )?(\[[^\[\]\n]{1,40}\] )?")
_MAX_BEGINNING_CHARS = 160  # characters stored of the beginning of a report: a list entry of this length was truncated
_MAX_DEPTH = 3  # a form within a form: «Kết quả: …»
_MAX_LINE_CHARS = 4000  # maximum characters of a line of ours; matching takes quadratic time


def translate_stored(text: str) -> str:
    """Translate each line of ours into the page's language; Vietnamese pages look nothing up."""
    if not text or _is_source_language():
        return text
    dated, code_prefix = (part or "" for part in cast("re.Match[str]", _MESSAGE_PREFIX.match(text)).groups())
    remaining = text.removeprefix(dated + code_prefix)
    return (
        (_translate_line(dated[:-1]) + " " if dated else "")
        + code_prefix
        + "\n".join(_translate_line(line) for line in remaining.split("\n"))
    )


def translate_title(text: str) -> str:
    """Translate a case title: its category, which is ours, and mostly a place: «Trộm cắp · TDP Phú Mậu»."""
    if _is_source_language():
        return text
    category, *parts = text.split(" · ")
    return " · ".join(
        [translate_stored(category), *(gettext(part) if part in STORED_FORMS else part for part in parts)]
    )


def translate_reason(text: str) -> str:
    """Translate a classification reason: a text of ours, and mostly a quotation: «khẩn: «đánh nhau»»."""
    reason_text, colon, quoted = text.partition(": ")
    return (
        f"{translate_stored(reason_text)}{colon}{translate_stored(quoted)}"
        if (translated := translate_stored(text)) == text
        else translated
    )


def title_translator() -> Callable[[str], str]:
    """Return `translate_title` for a long list; free of cost in Vietnamese."""
    return str if _is_source_language() else translate_title


def beginning_translator() -> Callable[[str], str]:
    """Return a function for the beginnings of reports: our text if sealed, «…» if truncated."""
    is_source_language = _is_source_language()

    def format_beginning(text: str) -> str:
        if len(text) >= _MAX_BEGINNING_CHARS:
            return f"{text.rstrip()}…"
        return text if is_source_language or text not in STORED_FORMS else gettext(text)

    return format_beginning


def _is_source_language() -> bool:
    return get_language() in (None, settings.LANGUAGE_CODE)


def _translate_line(line: str, depth: int = 0) -> str:
    if line in STORED_FORMS:
        return gettext(line)
    if depth < _MAX_DEPTH and len(line) <= _MAX_LINE_CHARS:
        for form, pattern in _form_patterns(len(STORED_FORMS)):
            if match := pattern.fullmatch(line):
                values = {name: _translate_line(value, depth + 1) for name, value in match.groupdict().items()}
                return gettext(form).format(**values)
    return line


@lru_cache(maxsize=4)
def _form_patterns(_known: int) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return forms with placeholders and their patterns, longest fixed text first."""
    return tuple(
        (form, _compile_form(form))
        for form in sorted(_select_with_placeholders(tuple(STORED_FORMS)), key=_fixed_length, reverse=True)
    )


def _select_with_placeholders(forms: Iterable[str]) -> list[str]:
    return [form for form in forms if "{" in form]


def _compile_form(form: str) -> re.Pattern[str]:
    return re.compile(_PLACEHOLDER.sub(r"(?P<\1>.+?)", re.escape(form)))


def _fixed_length(form: str) -> int:
    return len(re.sub(r"\{\w+\}", "", form))
