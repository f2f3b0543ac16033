"""`{% include %}` resolved at compile time: Django looks up each part at every rendering; a queue has sixteen."""

from collections.abc import Mapping
from typing import Any

from django.template import Context, Template
from django.template.base import FilterExpression, Node, Parser, Token
from django.template.loader_tags import do_include
from django.utils.safestring import SafeString


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
