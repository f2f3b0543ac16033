"""`{% include %}` resolved in advance (`ui/templatetags/ui.py`) renders the same as Django's own tag."""

from django.template import Context, engines
from django.template.base import Lexer, Origin, Parser
from django.template.loader_tags import IncludeNode

from binhyen.ui.templatetags.ui import IncludeNode as Part

_EMPTY = '{% include "ui/components/empty.html" with icon_name="search" title=word text="b" %}'


def compile_template(text: str) -> list[object]:
    engine = engines["django"].engine
    parser = Parser(
        Lexer(text).tokenize(),
        engine.template_libraries,
        engine.template_builtins,
        Origin("t", "t.html", engine.template_loaders[0]),
    )
    return list(parser.parse())


def test_a_partial_sees_page_and_arguments_and_leaks_nothing() -> None:
    [part] = compile_template(_EMPTY)
    assert isinstance(part, Part)
    whole = engines["django"].engine.from_string(_EMPTY)
    context = Context({"word": "<chữ>"})
    shown = part.render(context)
    assert "&lt;chữ&gt;" in shown and shown == whole.render(Context({"word": "<chữ>"}))
    assert "icon_name" not in context and "title" not in context


def test_a_variable_name_is_left_to_django() -> None:
    for text in ("{% include name %}", '{% include "ui/components/empty.html" only %}'):
        [node] = compile_template(text)
        assert isinstance(node, IncludeNode)
