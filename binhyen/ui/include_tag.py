"""`{% include %}` resolved at compile time: Django looks up each part at every rendering; a queue has sixteen."""

from collections.abc import Mapping
from typing import Any

from django.template import Context, Template
from django.template.base import FilterExpression, Node, Parser, Token
from django.template.loader_tags import do_include
from django.utils.safestring import SafeString


class Part(Node):
    """Node that renders the included template with the page's context and the given values."""

    def __init__(self, found: Template, given: Mapping[str, FilterExpression]) -> None:
        self._nodes, self._given = found.nodelist, given

    def render(self, context: Context) -> SafeString:
        with context.push(**{name: value.resolve(context) for name, value in self._given.items()}):
            return self._nodes.render(context)


def part(parser: Parser, token: Token) -> Node:
    """Compile the tag. A non-constant name, as in Django's admin, stays Django's node."""
    node: Any = do_include(parser, token)
    name: Any = node.template.var
    loader: Any = parser.origin and parser.origin.loader
    ahead = loader is not None and isinstance(name, str) and not node.isolated_context
    found: Node = Part(loader.engine.get_template(name), node.extra_context) if ahead else node
    return found
