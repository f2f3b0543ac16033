"""Template tags and filters of every page. Each returns escaped HTML without inline script or style."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.template import Context, Template
from django.template.base import FilterExpression, Node, Parser, TextNode, Token
from django.template.library import SimpleNode
from django.template.loader_tags import do_include
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from binhyen.ui import formatting
from binhyen.ui.context import NavItem, PageFrame
from binhyen.ui.stored_text_i18n import translate_stored as said_again
from binhyen.ui.urgency_labels import URGENCY_TEXTS

# Tiny charts as SVG without inline style.


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in view-box units; `y` grows downwards."""

    x: float
    y: float
    width: float
    height: float


def compute_bars(values: Sequence[float], *, width: float, height: float, gap: float = 1.0) -> list[Bar]:
    """Return one bar for each value, scaled to the largest. A value above zero is never invisible."""
    if not values:
        return []
    maximum = max(values) or 1.0
    step = width / len(values)
    result: list[Bar] = []
    for index, value in enumerate(values):
        bar_height = max(1.0, value / maximum * height) if value > 0 else 0.0
        result.append(
            Bar(round(index * step, 2), round(height - bar_height, 2), round(step - gap, 2), round(bar_height, 2))
        )
    return result


def spark(values: Sequence[float], label: str) -> SafeString:
    """Draw a sparkline of small bars, with its meaning as text."""
    sparkline_bars = compute_bars(values, width=96, height=24)
    rects = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"/>',
        ((item.x, item.y, item.width, item.height) for item in sparkline_bars),
    )
    return format_html(
        '<svg class="spark" role="img" viewBox="0 0 96 24" width="96" height="24"><title>{}</title>{}</svg>',
        label,
        rects,
    )


def bar(value: int, maximum: int) -> SafeString:
    """Draw a bar as long as its share of the maximum; the number itself is shown beside it."""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="8"/></svg>',
        round(100 * value / maximum) if maximum else 0,
    )


# `{% include %}` resolved at compile time: Django looks up each part at every rendering; a queue has sixteen.


class IncludeNode(Node):
    """Node that renders the included template with the page's context and the given values."""

    def __init__(self, included: Template, extra_context: Mapping[str, FilterExpression]) -> None:
        self._nodes, self._extra_context = included.nodelist, extra_context

    def render(self, context: Context) -> SafeString:
        with context.push(**{name: value.resolve(context) for name, value in self._extra_context.items()}):
            return self._nodes.render(context)


def compile_include(parser: Parser, token: Token) -> Node:
    """Compile the tag. A non-constant name, as in Django's admin, stays Django's node."""
    node: Any = do_include(parser, token)
    name: Any = node.template.var
    loader: Any = parser.origin and parser.origin.loader
    is_constant = loader is not None and isinstance(name, str) and not node.isolated_context
    compiled: Node = IncludeNode(loader.engine.get_template(name), node.extra_context) if is_constant else node
    return compiled


register = template.Library()
_CODE_PATTERN = re.compile(r"\b([2-9A-HJ-NP-Z]{4})-([2-9A-HJ-NP-Z]{4})\b")  # letters and digits of kit.ids
_STATIC_TIME = '<time datetime="{}" title="{}">{}</time>'
_LIVE_TIME = '<time datetime="{}" title="{}" data-ago="">{}</time>'
_CURRENT_ATTRIBUTE = {True: format_html(' aria-current="{}"', "page"), False: ""}
_CURRENT_CLASS = {True: format_html(' class="{}"', "current"), False: ""}
_SCRIPT_ATTRIBUTES = {"search": format_html(' data-search-page="{}"', "")}
_OPTION = '<option value="{}"{}>{}</option>'
_SELECTED = {True: " selected", False: ""}
_URGENCY_ICONS = {3: "urgent", 2: "today", 1: "normal", 0: "info"}


def _compile_constant(compile_tag: Callable[[Parser, Token], Node]) -> Callable[[Parser, Token], Node]:
    """Compile a tag with constant arguments to text of the template, which is cached per language."""

    def compile_node(parser: Parser, token: Token) -> Node:
        node = compile_tag(parser, token)
        assert isinstance(node, SimpleNode) and not node.takes_context
        arguments: list[FilterExpression] = [*node.args, *node.kwargs.values()]
        is_constant = node.target_var is None and not any(argument.is_var or argument.filters for argument in arguments)
        return TextNode(node.render(Context())) if is_constant else node

    return compile_node


@lru_cache(maxsize=1)
def _get_sprite_url() -> str:
    return static("ui/icons.svg")


@lru_cache(maxsize=512)
def _build_icon(sprite: str, name: str, label: str, extra: str) -> SafeString:
    css = f"icon {extra}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img"><title>{}</title><use href="{}#{}"/></svg>', css, label, sprite, name
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', css, sprite, name
    )


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Draw an icon of the sprite. Without a label it is decoration; with one, screen readers read it."""
    return _build_icon(_get_sprite_url(), name, label, css)


@register.simple_tag(name="static")
def address(path: str) -> str:
    """Return the URL of a static file with a constant path, like Django's tag."""
    return static(path)


@lru_cache(maxsize=16)
def _build_urgency(sprite: str, level: int, language: str) -> SafeString:
    """Build the badge. `language`: of the page, part of the cache key."""
    shape = _build_icon(sprite, _URGENCY_ICONS[level], "", "")
    return format_html('<span class="urg urg-{}">{}{}</span>', level, shape, _(URGENCY_TEXTS[level]))


@register.simple_tag
def urgency(level: int | None) -> SafeString:
    """Show the urgency as text with a shape of its own, never by colour alone. Unknown levels show as «Thường»."""
    return _build_urgency(_get_sprite_url(), level if level in _URGENCY_ICONS else 1, get_language())


def build_urgency_badges() -> dict[int, SafeString]:
    """Return urgency 0..3 → its badge in the page's language."""
    sprite, language = _get_sprite_url(), get_language()
    return {level: _build_urgency(sprite, level, language) for level in _URGENCY_ICONS}


@register.filter
def retold(text: str) -> str:
    """Translate a stored Vietnamese text of the program into the page's language: `ui/stored_text_i18n.py`."""
    return said_again(text)


@lru_cache(maxsize=2048)
def _build_nav_item(item: NavItem, script_mark: str, language: str) -> SafeString:
    """Build a navigation item. `mark`: attribute for scripts. `language`: of the page, part of the cache key."""
    count_html = ""
    if item.count is not None:
        count, hidden = (formatting.format_number(item.count), "") if item.count else ("", " hidden")
        count_html = format_html('<span class="nav-n{}"{}>{}</span>', " hot" if item.hot else "", hidden, count)
    return format_html(
        '<li><a href="{}"{}{}>{}{}{}</a></li>',
        item.url,
        _CURRENT_ATTRIBUTE[item.current],
        _SCRIPT_ATTRIBUTES.get(script_mark, ""),
        icon(item.icon),
        item.label,
        count_html,
    )


@register.simple_tag
def places(shell: PageFrame) -> SafeString:
    """Render the navigation, which every officer's page has twice: in the bar, and in the phone menu.

    Items of one group are in a fold, at the place of the first of them.
    """
    script_marks, language = {shell.urls.get(name): name for name in ("search", "groups")}, get_language()
    groups: dict[str, list[NavItem]] = {}
    for item in shell.nav:
        groups.setdefault(item.group or item.url, []).append(item)
    parts = []
    for items in groups.values():
        # nosemgrep: html-trusted-by-hand  _build_nav_item escapes every value
        links = SafeString("".join([_build_nav_item(item, script_marks.get(item.url, ""), language) for item in items]))
        parts.append(_build_nav_group(items, links) if items[0].group else links)
    # nosemgrep: html-trusted-by-hand  both kinds of parts are made by format_html
    return SafeString("".join(parts))


def _build_nav_group(items: Sequence[NavItem], links: SafeString) -> SafeString:
    return format_html(
        '<li class="nav-group"><details name="nav"><summary{}>{}{}<span class="menu-dot">'
        '<span class="sr">{}</span></span></summary><ul>{}</ul></details></li>',
        _CURRENT_CLASS[any(item.current for item in items)],
        items[0].group,
        icon("down"),
        _(", có việc cần xem"),
        links,
    )


@register.simple_tag
def numbers(shell: PageFrame) -> SafeString:
    """Render the user's counters, for live.js to put where they are shown."""
    items = [
        (item.url, "hot" if item.hot else "", formatting.format_number(item.count)) for item in shell.nav if item.count
    ]
    parts = [format_html('<i data-number="{}" class="{}">{}</i>', *entry) for entry in items]
    if shell.rings is not None:
        parts.append(format_html('<i data-rings="{}"></i>', " ".join(shell.rings)))
    # nosemgrep: html-trusted-by-hand  every part is made by format_html
    return SafeString("".join(parts))


@register.simple_tag(name="options")
def render_options(choices: Iterable[Any]) -> SafeString:
    """Render the options of a select."""
    parts = [
        (escape(str(choice["value"])), _SELECTED[bool(choice["chosen"])], escape(str(choice["label"])))
        for choice in choices
    ]
    # nosemgrep: html-trusted-by-hand  each part is escaped above
    return SafeString("".join([_OPTION.format(*part) for part in parts]))


@register.simple_tag
def tag(label: str, tone: str = "plain") -> SafeString:
    """Render a state or kind as a tag. Tones: plain, info, good, warn, bad, quiet."""
    return format_html('<span class="tag tag-{}">{}</span>', tone, label)


@register.simple_tag
def when(moment: datetime | None, now: datetime | None = None) -> SafeString:
    """Show a moment: short relative to `now`, full without it; the full form is always in the title."""
    if moment is None:
        return SafeString("")
    phrases = formatting.get_phrases()
    full_text = formatting.format_full_time(moment, phrases)
    shown_text = formatting.format_short_time(moment, now, phrases) if now else full_text
    template_html = _LIVE_TIME if now else _STATIC_TIME
    return format_html(template_html, moment.isoformat(), full_text, shown_text)


@register.filter
def vn(value: Any) -> str:
    """Format a whole number: 1560 → «1.560», in English «1,560»; other values are unchanged."""
    return formatting.format_number(value) if isinstance(value, int) else str(value)


@register.filter
def keep_together(text: str) -> str:
    """Prevent line breaks before the dot of «Trộm cắp · chợ Nghèn» and within the code «K7M2-9QXD»."""
    return _CODE_PATTERN.sub("\\1\u2060-\u2060\\2", text.replace(" · ", "\u00a0· "))


@register.filter
def percent(value: float | None) -> str:
    """Format a share: 0.873 → «87 %», in English «87%»."""
    return "" if value is None else _("{n} %").format(n=round(value * 100))


register.simple_tag(spark)
register.simple_tag(bar)
register.tag("include", compile_include)
for _name in ("icon", "static"):
    register.tags[_name] = _compile_constant(register.tags[_name])
