"""`{% include %}` resolved in advance (`ui/include_tag.py`) renders the same as Django's own tag."""

from django.template import Context, engines
from django.template.base import Lexer, Origin, Parser
from django.template.loader_tags import IncludeNode

from binhyen.ui.include_tag import Part

_EMPTY = '{% include "ui/components/empty.html" with icon_name="search" title=word text="b" %}'


def compiled(text: str) -> list[object]:
    engine = engines["django"].engine
    parser = Parser(
        Lexer(text).tokenize(), engine.template_libraries, engine.template_builtins,
        Origin("t", "t.html", engine.template_loaders[0]),
    )  # fmt: skip
    return list(parser.parse())


def test_a_part_sees_the_page_and_what_it_is_given_and_leaves_nothing_behind() -> None:
    [part] = compiled(_EMPTY)
    assert isinstance(part, Part)
    whole = engines["django"].engine.from_string(_EMPTY)
    context = Context({"word": "<chữ>"})
    shown = part.render(context)
    assert "&lt;chữ&gt;" in shown and shown == whole.render(Context({"word": "<chữ>"}))
    assert "icon_name" not in context and "title" not in context


def test_a_name_that_is_no_constant_stays_djangos_matter() -> None:
    for text in ("{% include name %}", '{% include "ui/components/empty.html" only %}'):
        [node] = compiled(text)
        assert isinstance(node, IncludeNode)
