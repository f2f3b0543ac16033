"""`{% load i18n %}`: Django's tags, with constant texts translated at compile time (`ui/template_loaders.py`)."""

from typing import Any

from django import template
from django.template import Context
from django.template.base import Node, Parser, TextNode, Token, Variable
from django.templatetags import i18n
from django.utils.translation import get_language

register = template.Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> Node:
    """Compile `{% translate "Báo tin" %}` to plain text of the template; any other form stays Django's node."""
    node: Any = i18n.do_translate(parser, token)
    text = node.filter_expression
    constant = isinstance(text.var, Variable) and text.var.literal is not None and not text.filters
    return TextNode(node.render(Context())) if constant and not node.asvar and not node.message_context else node


@register.tag
def page_language(_parser: Parser, _token: Token) -> Node:
    """Return the language code for `<html lang>`: needs no context, so that an error page has it too."""
    return TextNode(get_language())
