"""Text from outside may be one word as long as a line: a phishing link, repeated letters. No screen of other people
becomes wider by it."""

from typing import Any

import pytest

from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import DESK, browser, pytestmark, stage, tab

__all__ = ["browser", "pytestmark", "stage", "tab"]
LINK = f"http://lua-dao-{'x' * 120}.example.com/abc?d={'y' * 90}"
THEIRS = {"title", "place", "text", "words", "snippet", "latest", "near_words", "written", "thing", "back_text", "of"}
WIDER = """() => [...document.querySelectorAll('html, .table-box')].filter(e => e.scrollWidth > e.clientWidth).flatMap(
  box => [...box.querySelectorAll('*')].filter(e => !e.children.length && e.getBoundingClientRect().right > innerWidth)
  .map(e => e.closest('[class]').outerHTML.slice(0, 120)))"""


def replace_by_link(value: Any) -> Any:
    """Return the same context with one long word in every field that people outside can fill."""
    if isinstance(value, dict):
        return (
            value
            if {"tone", "to"} & value.keys()
            else {  # the delivery state: our own text
                key: f"Khác · {LINK}" if key in THEIRS and isinstance(inner, str) and inner else replace_by_link(inner)
                for key, inner in value.items()
            }
        )
    return [replace_by_link(entry) for entry in value] if isinstance(value, list) else value


@pytest.mark.parametrize("size", [{"width": 320, "height": 640}, DESK])
@pytest.mark.parametrize("screen", ["desk", "case", "case-alarm", "messages", "behind", "ask-identity", "status"])
def test_a_long_word_widens_nothing(stage: StageServer, tab: Any, screen: str, size: Any) -> None:
    framed = stage.add_frame
    stage.add_frame = lambda context: framed(replace_by_link(context))  # type: ignore[method-assign]
    stage.desk = replace_by_link(stage.desk)
    tab.set_viewport_size(size)
    tab.goto(stage.url(screen))
    assert tab.get_by_text("lua-dao").count() > 0
    assert tab.evaluate(WIDER) == []
