"""Queue rows as strings: the most frequent page has fifty; Django's template takes 3 ms for them, this code 0.6 ms.

Their few labels are looked up once per page, not per row: `get_row_texts()`.
All user data is escaped here; the tests feed it markup.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import escape
from itertools import islice
from operator import itemgetter
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

_TAKE = (
    '<button class="btn btn-quiet btn-small" form="row-form" formaction="{0}" hx-post="{0}" hx-target="#queue"'
    ' hx-swap="outerHTML" data-take>{1}</button>'
)
_FIELD = (
    '<div><label class="label small" for="loc-{0}">{1}</label>'
    '<select class="input input-s" id="loc-{0}" name="{0}">{2}</select></div>'
)
_OPTION = '<option value="{}"{}>{}</option>'
_CHOSEN = {True: " selected", False: ""}
_plain = itemgetter(
    "id", "url", "title", "snippet", "code", "kind", "state_tone", "state", "received_iso", "received_text"
)
_FREE = ("place", "assignee", "take_url", "news")  # may be missing or None
_MARK = "\0"  # joins values that are escaped together; PostgreSQL stores no text with it


@dataclass(frozen=True, slots=True)
class Said:
    """Labels of the rows in one language, escaped."""

    nowhere: str
    take: str
    nobody: str
    matched: str
    unhelped: str
    likely: str


@lru_cache(maxsize=8)
def said(language: str | None) -> Said:
    """Return the labels in the page's language."""
    assert language == get_language(), language
    words = (_("Chưa rõ nơi"), _("Nhận việc"), _("Chưa ai"), _("Đã khớp"), _("Chưa ổn"), _("Có thể khớp"))
    return Said(*map(escape, words))


def case_rows(rows: Iterable[dict[str, Any]], badges: dict[int, str]) -> SafeString:
    """Render cases as table rows. `badges`: urgency 0..3 → its badge; row keys: see CONTEXT.md."""
    rows, say = list(rows), said(get_language())
    told = [value for row in rows for value in _told(row)]
    texts = iter(_escaped(told))
    # nosemgrep: html-trusted-by-hand  every value went through _escaped; tests feed it mark-up
    return SafeString("".join([_row(row, badges[row["urgency"]], say, texts) for row in rows]))


def _told(row: dict[str, Any]) -> list[str]:
    """Return the values of a row that may hold anything, in the fixed order in which `_build_row` reads them."""
    due = row.get("due")
    ends = (due.text, due.label, due.at) if due else ("", "", "")
    return [*map(str, _plain(row)), *[row.get(key) or "" for key in _FREE], *ends]


def _escaped(told: list[str]) -> list[str]:
    """Escape all values at once. A value that contains the separator would become two: then it is removed first."""
    found = escape(_MARK.join(told)).split(_MARK)
    return found if len(found) == len(told) else escape(_MARK.join(t.replace(_MARK, "") for t in told)).split(_MARK)


def _row(row: dict[str, Any], urgency: str, say: Said, texts: Iterator[str]) -> str:
    key, url, title, snippet, code, kind, tone, state, iso, received, place, assignee, take, news = islice(texts, 14)
    left, of_what, at = islice(texts, 3)
    due = row.get("due")
    marks = (" is-alarming" if row.get("alarming") else "") + (" is-boxed" if row.get("boxed") else "")
    twice = " is-told" if place and place.casefold() in title.casefold() else ""  # a phone does not repeat it
    tags = f' <span class="tag tag-info">{news}</span>' if news else ""
    tags += f' <span class="tag tag-good">{say.matched}</span>' if row.get("matched") else ""
    if row.get("likely"):
        tags += f' <span class="tag tag-info">{say.likely}</span>'
    if row.get("unhelped"):
        tags += f' <span class="tag tag-warn">{say.unhelped}</span>'
    who = assignee or (_TAKE.format(take, say.take) if take else f'<span class="soft">{say.nobody}</span>')
    name = f'<span class="c-clock">{of_what}</span>' if of_what else ""
    until = f'<span class="due due-{due.state}" title="{at}">{left}</span>{name}' if due else ""
    return (
        f'<tr role="row" class="case{marks}" data-row="{key}">'
        f'<td role="cell" class="c-urg">{urgency}</td>'
        f'<td role="cell" class="c-what"><a class="case-link" href="{url}" data-row-link>{title}</a>{tags}'
        f'<span class="snippet">{snippet}</span>'
        f'<span class="c-code"><span class="nowrap">{code}</span> · {kind}</span></td>'
        f'<td role="cell" class="c-place{twice}">{place or say.nowhere}</td>'
        f'<td role="cell" class="c-state"><span class="tag tag-{tone}">{state}</span></td>'
        f'<td role="cell" class="c-who">{who}</td>'
        f'<td role="cell" class="c-due">{until}</td>'
        f'<td role="cell" class="c-time"><time datetime="{iso}" data-ago>{received}</time></td></tr>\n'
    )


class Fields(list[dict[str, Any]]):
    """The selects of a form shared by many pages, rendered once. Immutable after creation."""

    @cached_property
    def text(self) -> SafeString:
        return fields(list(self))


def fields(wanted: Iterable[Any]) -> SafeString:
    """Render a labelled select for each field, as dicts of CONTEXT.md: the queue's filters have a hundred options."""
    if isinstance(wanted, Fields):
        return wanted.text
    parts = [_FIELD.format(escape(f["name"]), escape(str(f["label"])), options(f["options"])) for f in wanted]
    # nosemgrep: html-trusted-by-hand  each part is escaped above
    return SafeString("".join(parts))


def options(choices: Iterable[Any]) -> SafeString:
    """Render the options of a select."""
    parts = [(escape(str(c["value"])), _CHOSEN[bool(c["chosen"])], escape(str(c["label"]))) for c in choices]
    # nosemgrep: html-trusted-by-hand  each part is escaped above
    return SafeString("".join([_OPTION.format(*part) for part in parts]))
