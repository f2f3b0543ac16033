"""Every template parses; every screen renders with its sample context, without inline code."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import RequestFactory

from binhyen.ui.tests.more_samples import build_more_pages
from binhyen.ui.tests.samples import build_pages

UI = Path(__file__).parents[1]
TEMPLATES = UI / "templates"
NAMES = sorted(str(p.relative_to(TEMPLATES)) for p in TEMPLATES.rglob("*.html"))
SCREENS = {**build_pages(), **build_more_pages()}
VOID = {"meta", "link", "input", "img", "br", "hr", "use", "rect", "path"}


class PageParser(HTMLParser):
    """HTML parser that collects facts for the tests and rejects unclosed tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


def render_screen(name: str) -> str:
    template, context = SCREENS[name]
    request = RequestFactory().get("/")
    request.session = {}  # type: ignore[assignment]
    html: str = get_template(template).template.render(_build_context(context, request))  # type: ignore[attr-defined]
    return html


def _build_context(context: dict[str, Any], request: Any) -> Any:
    from django.template import Context

    return Context({"csrf_token": "t" * 32, "request": request, **context})


@pytest.mark.parametrize("name", NAMES)
def test_parses(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", SCREENS)
def test_screen_is_well_formed_and_strict(name: str) -> None:
    page = PageParser(render_screen(name))
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids)), f"double id: {sorted(i for i in ids if ids.count(i) > 1)}"
    for tag, attributes in page.tags:
        assert "style" not in attributes, f"inline style on <{tag}>"
        assert not [a for a in attributes if a.startswith("on")], f"inline handler on <{tag}>"
        assert tag != "style"
        assert tag != "script" or attributes.get("src"), "inline script"
        for key in ("src", "href"):
            assert not (attributes.get(key) or "").startswith(("http://", "//", "javascript:")), attributes
    assert [t for t, _ in page.tags].count("h1") == 1
    assert ("html", {"lang": "vi"}) in page.tags


@pytest.mark.parametrize("name", SCREENS)
def test_each_control_has_a_name(name: str) -> None:
    html = render_screen(name)
    page = PageParser(html)
    labelled = {a["for"] for t, a in page.tags if t == "label" and a.get("for")}
    for tag, attributes in page.tags:
        if tag in {"input", "select", "textarea"} and attributes.get("type") not in {"hidden", "radio", "checkbox"}:
            assert attributes.get("id") in labelled or attributes.get("aria-label"), attributes
        if tag == "form" and attributes.get("method") == "post":
            assert attributes.get("action") is not None or attributes.get("id") == "row-form"
        if tag == "img":
            assert attributes.get("alt")
    for button in re.findall(r"<button[^>]*>(.*?)</button>", html, re.S):
        assert re.sub(r"<(?!title)[^>]+>", "", button).strip(), "a button without text"


@pytest.mark.parametrize("name", [n for n in SCREENS if n.startswith(("desk", "case"))])
def test_every_write_carries_the_token(name: str) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', render_screen(name), re.S):
        assert "csrfmiddlewaretoken" in form


def test_every_icon_that_is_used_is_drawn() -> None:
    space = "{http://www.w3.org/2000/svg}"
    drawn = {s.attrib["id"] for s in ElementTree.parse(UI / "static/ui/icons.svg").iter(f"{space}symbol")}
    used = set(re.findall(r'{% icon "([\w-]+)"', "".join((TEMPLATES / n).read_text() for n in NAMES)))
    used |= set(re.findall(r'icon_name="([\w-]+)"', "".join((TEMPLATES / n).read_text() for n in NAMES)))
    assert used <= drawn, used - drawn


def test_every_static_file_that_is_named_exists() -> None:
    for name in NAMES:
        for path in re.findall(r"{% static '([^']+)' %}", (TEMPLATES / name).read_text()):
            assert finders.find(path), path


def test_every_class_of_the_templates_is_styled() -> None:
    css = "".join(p.read_text() for p in (UI / "static/ui/css").glob("*.css"))
    css_classes = set(re.findall(r"\.([a-zA-Z][\w-]*)", css))
    used: set[str] = set()
    for name in SCREENS:
        for _, attributes in PageParser(render_screen(name)).tags:
            used |= set((attributes.get("class") or "").split())
    # Hooks for tests and neutral states that look like their base on purpose.
    neutral = {"urg-0", "urg-1", "due-ok", "tag-plain", "nav", "sign-in", "case-page", "menu-list"}
    assert used - css_classes - neutral == set()


def test_context_guide_names_every_page() -> None:
    guide = (UI / "CONTEXT.md").read_text()
    missing = [n for n in NAMES if not Path(n).name.startswith("_") and not n.startswith("ui/") and n not in guide]
    assert missing == []


def test_user_text_is_escaped() -> None:
    template, context = SCREENS["desk"]
    nasty = "<script>alert(1)</script>"
    rows = [{**context["rows"][0], "title": nasty, "snippet": nasty, "place": nasty}]
    html = get_template(template).template.render(_build_context({**context, "rows": rows}, RequestFactory().get("/")))  # type: ignore[attr-defined]
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)") == 3
