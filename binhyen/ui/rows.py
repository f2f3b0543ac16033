"""Rows of the desk as text. Fifty of them are on the hottest page: Django's template takes 3 ms for them, this 0.6 ms.

Their few words are found once a page, not for each row: `said()`.
Everything that comes from people is escaped here; the tests feed it mark-up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

_ROW = (
    '<tr role="row" class="case{marks}" data-row="{id}">'
    '<td role="cell" class="c-urg">{urgency}</td>'
    '<td role="cell" class="c-what"><a class="case-link" href="{url}" data-row-link>{title}</a>{unread}'
    '<span class="snippet">{snippet}</span><span class="c-code">{code} · {kind}</span></td>'
    '<td role="cell" class="c-place">{place}</td>'
    '<td role="cell" class="c-state"><span class="tag tag-{state_tone}">{state}</span></td>'
    '<td role="cell" class="c-who">{who}</td>'
    '<td role="cell" class="c-due">{due}</td>'
    '<td role="cell" class="c-time"><time datetime="{received_iso}" data-ago>{received_text}</time></td></tr>\n'
)
_TAKE = (
    '<button class="btn btn-quiet btn-small" form="row-form" formaction="{0}" hx-post="{0}" hx-target="#queue"'
    ' hx-swap="outerHTML" data-take>{1}</button>'
)
_OPTION = '<option value="{}"{}>{}</option>'
_CHOSEN = {True: " selected", False: ""}
_PLAIN = ("id", "url", "title", "snippet", "code", "kind", "state_tone", "state", "received_iso", "received_text")
_MARK = "\0"  # between values that are escaped in one go; PostgreSQL holds no text with it


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the rows in one language, escaped. `unread`: for one, for more."""

    nowhere: str
    take: str
    nobody: str
    unread: tuple[str, str]


def said() -> Said:
    """Of the page's language."""
    one, more = (ngettext("{n} tin mới", "{n} tin mới", n) for n in (1, 2))
    return Said(escape(_("Chưa rõ nơi")), escape(_("Nhận việc")), escape(_("Chưa ai")), (escape(one), escape(more)))


def case_row(row: dict[str, Any], urgency: str, say: Said) -> str:
    """One case as a table row. `urgency`: its badge, ready; the keys of `row` are those of CONTEXT.md."""
    get = row.get
    due, take, unread = get("due"), get("take_url"), get("unread") or 0
    told = [str(row[key]).replace(_MARK, "") for key in _PLAIN]
    told += [get("place") or "", due.text if due else "", get("assignee") or "", take or ""]
    *plain, place, due_text, assignee, take = escape(_MARK.join(told)).split(_MARK)
    free = _TAKE.format(take, say.take) if take else f'<span class="soft">{say.nobody}</span>'
    return _ROW.format_map(
        dict(zip(_PLAIN, plain, strict=True)) | {
            "urgency": urgency, "marks": " is-alarming" if get("alarming") else "", "place": place or say.nowhere,
            "unread": f' <span class="unread">{say.unread[unread != 1].format(n=unread)}</span>' if unread else "",
            "due": f'<span class="due due-{due.state}">{due_text}</span>' if due else "", "who": assignee or free,
        }
    )  # fmt: skip


def case_rows(rows: Iterable[dict[str, Any]], badges: dict[int, str]) -> SafeString:
    """All rows. `badges`: urgency 0..3 → its badge."""
    say = said()
    # nosemgrep: html-trusted-by-hand  case_row escapes every value; tests feed it mark-up
    return SafeString("".join([case_row(row, badges[row["urgency"]], say) for row in rows]))


class Options(list[dict[str, Any]]):
    """Choices of a select that many pages share, written once. Whoever makes them does not change them any more."""

    def __init__(self, choices: Iterable[dict[str, Any]] = ()) -> None:
        super().__init__(choices)
        self._texts: dict[str, SafeString] = {}  # by language: labels may be lazy

    @property
    def text(self) -> SafeString:
        language = get_language() or ""
        if language not in self._texts:
            self._texts[language] = options(list(self))
        return self._texts[language]


def options(choices: Iterable[Any]) -> SafeString:
    """The choices of a select, as dicts of CONTEXT.md: the desk's filters have a hundred of them."""
    if isinstance(choices, Options):
        return choices.text
    parts = [(escape(str(c["value"])), _CHOSEN[bool(c["chosen"])], escape(str(c["label"]))) for c in choices]
    # nosemgrep: html-trusted-by-hand  each part is escaped above
    return SafeString("".join([_OPTION.format(*part) for part in parts]))
