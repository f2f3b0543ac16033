"""A finder of untranslated screen texts in templates, Python and scripts; test_texts.py runs it."""

import ast
import re
from collections.abc import Iterator

from django.template.base import Lexer, TokenType

from tests.architecture.catalogues import WRAPPERS

VIETNAMESE = re.compile("[À-ÖØ-öø-ưẠ-ỹ]")
LETTER = re.compile(r"[^\W\d_]")
NAMES = re.compile(r"Bình Yên|Cốc Cốc|&\w+;|\bQR\b")  # the same in every language
VERBATIM_ELEMENTS = re.compile(r"""\b(title|aria-label|alt|placeholder|label|summary)\s*=\s*("[^"]*"|'[^']*')""")
# Elements that hold keys, commands and words which must be sent unchanged.
UNCHANGED_TEXT = re.compile(r"""<(kbd|code)>.*?</\1>|<(\w+) lang="vi">.*?</\2>""", re.DOTALL)
ELEMENT = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
WRAPPED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")
LITERAL = re.compile(r""""[^"]*"|'[^']*'""")
# Tag arguments that people read.
TAG_ARGUMENTS = re.compile(
    r"""\b(?:title|text|label|question|yes|caption|empty)=("[^"]*"|'[^']*')|^tag\s+("[^"]*"|'[^']*')"""
)
STYLE_BLOCKS = {"block width", "block body_class"}  # names for the style sheet
TAG_PLACEHOLDER = "\x00"  # placeholder for the output of a template tag


def find_in_template(source: str) -> Iterator[str]:
    """Return the texts of a template that are not translated."""
    page, inside = [], False
    for token in Lexer(source).tokenize():
        word = token.contents.split(" ", 1)[0] if token.token_type == TokenType.BLOCK else ""
        if word in {"blocktranslate", "blocktrans"} or token.contents in STYLE_BLOCKS:
            inside = True
        elif word in {"endblocktranslate", "endblocktrans"} or (word == "endblock" and inside):
            inside = False
        elif inside or token.token_type == TokenType.COMMENT:
            continue
        elif token.token_type == TokenType.TEXT:
            page.append(token.contents)
        else:
            page.append(TAG_PLACEHOLDER)
            if word not in {"translate", "trans"}:
                yield from _list_tag_texts(token.contents)
    yield from _list_page_texts(UNCHANGED_TEXT.sub(TAG_PLACEHOLDER, "".join(page)))


def _list_tag_texts(contents: str) -> Iterator[str]:
    bare = WRAPPED.sub("_()", contents)
    yield from (text for text in LITERAL.findall(bare) if VIETNAMESE.search(text))
    for match in TAG_ARGUMENTS.finditer(bare):
        text = match[1] or match[2]
        if LETTER.search(text) and not VIETNAMESE.search(text):
            yield text


def _list_page_texts(page: str) -> Iterator[str]:
    for element in ELEMENT.finditer(page):
        for name, value in VERBATIM_ELEMENTS.findall(element[0]):
            if LETTER.search(NAMES.sub("", value)):
                yield f"{name}={value}"
        inner_text = VERBATIM_ELEMENTS.sub("", element[0])
        if not inner_text.startswith("<!--") and VIETNAMESE.search(inner_text):
            yield inner_text
    for text in ELEMENT.sub(TAG_PLACEHOLDER, page).split(TAG_PLACEHOLDER):
        if LETTER.search(NAMES.sub("", text)):
            yield text.strip()


def find_in_python(source: str) -> Iterator[str]:
    """Return Vietnamese strings outside a gettext wrapper, and wrappers of f-strings or names, which extraction cannot
    find.
    """
    tree = ast.parse(source)
    fine = {id(node) for holder in ast.walk(tree) for node in _list_docstrings(holder)}
    for node in ast.walk(tree):
        if _is_wrapper(node):
            assert isinstance(node, ast.Call)
            fine |= {id(descendant) for given in node.args for descendant in ast.walk(given)}
            yield from (
                ast.unparse(descendant) for descendant in node.args if isinstance(descendant, ast.JoinedStr | ast.BinOp)
            )
    for node in ast.walk(tree):
        # «Thanh tra» has no diacritics
        if isinstance(node, ast.Dict) and any(_is_wrapper(value) for value in node.values):
            plain = [value.value for value in node.values if isinstance(value, ast.Constant)]
            yield from (text for text in plain if isinstance(text, str) and text[:1].isupper())
        text = node.value if isinstance(node, ast.Constant) and id(node) not in fine else None
        if isinstance(text, str) and VIETNAMESE.search(NAMES.sub("", text)):
            yield text


def _list_docstrings(holder: ast.AST) -> Iterator[ast.AST]:
    """Return the docstrings."""
    if isinstance(holder, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (n.value for n in holder.body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))


def _is_wrapper(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRAPPERS


def find_in_script(source: str) -> Iterator[str]:
    """Return the texts of a script that are not written as `words("Vietnamese", "English")`."""
    code = re.sub(r"^\s*//.*$|\s//\s.*$|/\*.*?\*/", "", source, flags=re.MULTILINE)
    for match in re.finditer(r""""[^"\n]*"|'[^'\n]*'|`[^`]*`""", code):
        if VIETNAMESE.search(match[0]):
            before, after = code[: match.start()], code[match.end() :]
            if not (before.endswith("words(") and re.match(r"""\s*,\s*["'`][^"'`]""", after)):
                yield match[0]
