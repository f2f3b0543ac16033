"""`{% include %}`: parts of a page are found when it is compiled. Django's node looks for each at every showing, and a
desk has sixteen.
"""

from collections.abc import Mapping
from typing import Any

from django.template import Context, Template
from django.template.base import FilterExpression, Node, Parser, Token
from django.template.loader_tags import do_include
from django.utils.safestring import SafeString


class Part(Node):
    """Shown with what the page has, and with what is given here."""

    def __init__(self, found: Template, given: Mapping[str, FilterExpression]) -> None:
        self._nodes, self._given = found.nodelist, given

    def render(self, context: Context) -> SafeString:
        with context.push(**{name: value.resolve(context) for name, value in self._given.items()}):
            return self._nodes.render(context)


def part(parser: Parser, token: Token) -> Node:
    """Django's tag. What has no constant name, as in Django's admin, stays as it is."""
    node: Any = do_include(parser, token)
    name: Any = node.template.var
    loader: Any = parser.origin and parser.origin.loader
    ahead = loader is not None and isinstance(name, str) and not node.isolated_context
    found: Node = Part(loader.engine.get_template(name), node.extra_context) if ahead else node
    return found
