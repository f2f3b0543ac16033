"""Template tags of the case list: rows and filters as strings.

The most frequent page has fifty rows; a template of Django takes 3 ms for them, this code 0.6 ms.

Their few labels are looked up once per page, not per row: `get_row_texts()`.
All user data is escaped here; the tests feed it markup.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import escape
from itertools import islice
from operator import itemgetter
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from binhyen.ui.templatetags.ui import build_urgency_badges, render_options

register = template.Library()

_TAKE_BUTTON = (
    '<button class="btn btn-quiet btn-small" form="row-form" formaction="{0}" hx-post="{0}" hx-target="#queue"'
    ' hx-swap="outerHTML" data-take>{1}</button>'
)
_FIELD = (
    '<div><label class="label small" for="loc-{0}">{1}</label>'
    '<select class="input input-s" id="loc-{0}" name="{0}">{2}</select></div>'
)
_get_required = itemgetter(
    "id", "url", "title", "snippet", "code", "kind", "state_tone", "state", "received_iso", "received_text"
)
_OPTIONAL_KEYS = ("place", "assignee", "take_url", "news")  # may be missing or None
_SEPARATOR = "\0"  # joins values that are escaped together; PostgreSQL stores no text with it


@dataclass(frozen=True, slots=True)
class RowTexts:
    """Labels of the rows in one language, escaped."""

    nowhere: str
    take: str
    nobody: str
    matched: str
    unhelped: str
    likely: str


@lru_cache(maxsize=8)
def get_row_texts(language: str | None) -> RowTexts:
    """Return the labels in the page's language."""
    assert language == get_language(), language
    texts = (
        _("Chưa rõ địa điểm"),
        _("Nhận việc"),
        _("Chưa ai"),
        _("Đã khớp"),
        _("Dân chưa hài lòng"),
        _("Có thể khớp"),
    )
    return RowTexts(*map(escape, texts))


def render_case_rows(rows: Iterable[dict[str, Any]], badges: Mapping[int, str]) -> SafeString:
    """Render cases as table rows. `badges`: urgency 0..3 → its badge; row keys: tests/samples.py."""
    rows, row_texts = list(rows), get_row_texts(get_language())
    values = [value for row in rows for value in _list_values(row)]
    texts = iter(_escape_all(values))
    # nosemgrep: html-trusted-by-hand  every value went through _escaped; tests feed it mark-up
    return SafeString("".join([_build_row(row, badges[row["urgency"]], row_texts, texts) for row in rows]))


def _list_values(row: dict[str, Any]) -> list[str]:
    """Return the values of a row that may hold anything, in the fixed order in which `_build_row` reads them."""
    due = row.get("due")
    due_values = (due.text, due.label, due.at) if due else ("", "", "")
    return [*map(str, _get_required(row)), *[row.get(key) or "" for key in _OPTIONAL_KEYS], *due_values]


def _escape_all(values: list[str]) -> list[str]:
    """Escape all values at once. A value that contains the separator would become two: then it is removed first."""
    escaped = escape(_SEPARATOR.join(values)).split(_SEPARATOR)
    return (
        escaped
        if len(escaped) == len(values)
        else escape(_SEPARATOR.join(value.replace(_SEPARATOR, "") for value in values)).split(_SEPARATOR)
    )


def _build_row(row: dict[str, Any], urgency: str, row_texts: RowTexts, texts: Iterator[str]) -> str:
    key, url, title, snippet, code, kind, tone, state, received_iso, received, place, assignee, take_url, news = islice(
        texts, 14
    )
    time_left, due_name, due_at = islice(texts, 3)
    due = row.get("due")
    css_classes = (" is-alarming" if row.get("alarming") else "") + (" is-boxed" if row.get("boxed") else "")
    repeat_class = " is-told" if place and place.casefold() in title.casefold() else ""  # a phone does not repeat it
    tags = f' <span class="tag tag-info">{news}</span>' if news else ""
    tags += f' <span class="tag tag-good">{row_texts.matched}</span>' if row.get("matched") else ""
    if row.get("likely"):
        tags += f' <span class="tag tag-info">{row_texts.likely}</span>'
    if row.get("unhelped"):
        tags += f' <span class="tag tag-warn">{row_texts.unhelped}</span>'
    assignee_html = assignee or (
        _TAKE_BUTTON.format(take_url, row_texts.take) if take_url else f'<span class="soft">{row_texts.nobody}</span>'
    )
    due_name_html = f'<span class="c-clock">{due_name}</span>' if due_name else ""
    due_html = f'<span class="due due-{due.state}" title="{due_at}">{time_left}</span>{due_name_html}' if due else ""
    return (
        f'<tr role="row" class="case{css_classes}" data-row="{key}">'
        f'<td role="cell" class="c-urg">{urgency}</td>'
        f'<td role="cell" class="c-what"><a class="case-link" href="{url}" data-row-link>{title}</a>{tags}'
        f'<span class="snippet">{snippet}</span>'
        f'<span class="c-code"><span class="nowrap">{code}</span> · {kind}</span></td>'
        f'<td role="cell" class="c-place{repeat_class}">{place or row_texts.nowhere}</td>'
        f'<td role="cell" class="c-state"><span class="tag tag-{tone}">{state}</span></td>'
        f'<td role="cell" class="c-who">{assignee_html}</td>'
        f'<td role="cell" class="c-due">{due_html}</td>'
        f'<td role="cell" class="c-time"><time datetime="{received_iso}" data-ago>{received}</time></td></tr>\n'
    )


class CachedFields(list[dict[str, Any]]):
    """The selects of a form shared by many pages, rendered once. Immutable after creation."""

    @cached_property
    def text(self) -> SafeString:
        return render_fields(list(self))


def render_fields(field_rows: Iterable[Any]) -> SafeString:
    """Render a labelled select for each field (dicts of samples.py): the queue's filters have a hundred options."""
    if isinstance(field_rows, CachedFields):
        return field_rows.text
    parts = [
        _FIELD.format(escape(field_row["name"]), escape(str(field_row["label"])), render_options(field_row["options"]))
        for field_row in field_rows
    ]
    # nosemgrep: html-trusted-by-hand  each part is escaped above
    return SafeString("".join(parts))


@register.simple_tag(name="case_rows")
def case_rows_tag(rows: Iterable[dict[str, Any]]) -> SafeString:
    """Render the rows of the queue."""
    return render_case_rows(rows, build_urgency_badges())


@register.simple_tag(name="fields")
def fields_tag(wanted: Iterable[Any]) -> SafeString:
    """Render the filters of the queue."""
    return render_fields(wanted)
