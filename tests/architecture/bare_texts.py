"""A finder of untranslated screen texts in templates, Python and scripts; test_texts.py runs it."""

import ast
import re
from collections.abc import Iterator

from django.template.base import Lexer, TokenType

from tests.architecture.catalogues import WRAPPERS

VIETNAMESE = re.compile("[À-ÖØ-öø-ưẠ-ỹ]")
LETTER = re.compile(r"[^\W\d_]")
NAMES = re.compile(r"Bình Yên|Cốc Cốc|&\w+;|\bQR\b")  # the same in every language
SPOKEN = re.compile(r"""\b(title|aria-label|alt|placeholder|label|summary)\s*=\s*("[^"]*"|'[^']*')""")
# Elements that hold keys, commands and words which must be sent unchanged.
AS_IT_IS = re.compile(r"""<(kbd|code)>.*?</\1>|<(\w+) lang="vi">.*?</\2>""", re.DOTALL)
ELEMENT = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
WRAPPED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")
LITERAL = re.compile(r""""[^"]*"|'[^']*'""")
# Tag arguments that people read.
READ = re.compile(r"""\b(?:title|text|label|question|yes|caption|empty)=("[^"]*"|'[^']*')|^tag\s+("[^"]*"|'[^']*')""")
UNREAD = {"block width", "block body_class"}  # names for the style sheet
GAP = "\x00"  # placeholder for the output of a template tag


def in_template(source: str) -> Iterator[str]:
    """Return the texts of a template that are not translated."""
    page, inside = [], False
    for token in Lexer(source).tokenize():
        word = token.contents.split(" ", 1)[0] if token.token_type == TokenType.BLOCK else ""
        if word in {"blocktranslate", "blocktrans"} or token.contents in UNREAD:
            inside = True
        elif word in {"endblocktranslate", "endblocktrans"} or (word == "endblock" and inside):
            inside = False
        elif inside or token.token_type == TokenType.COMMENT:
            continue
        elif token.token_type == TokenType.TEXT:
            page.append(token.contents)
        else:
            page.append(GAP)
            if word not in {"translate", "trans"}:
                yield from _of_tag(token.contents)
    yield from _of_page(AS_IT_IS.sub(GAP, "".join(page)))


def _of_tag(contents: str) -> Iterator[str]:
    bare = WRAPPED.sub("_()", contents)
    yield from (text for text in LITERAL.findall(bare) if VIETNAMESE.search(text))
    for found in READ.finditer(bare):
        text = found[1] or found[2]
        if LETTER.search(text) and not VIETNAMESE.search(text):
            yield text


def _of_page(page: str) -> Iterator[str]:
    for element in ELEMENT.finditer(page):
        for name, value in SPOKEN.findall(element[0]):
            if LETTER.search(NAMES.sub("", value)):
                yield f"{name}={value}"
        rest = SPOKEN.sub("", element[0])
        if not rest.startswith("<!--") and VIETNAMESE.search(rest):
            yield rest
    for text in ELEMENT.sub(GAP, page).split(GAP):
        if LETTER.search(NAMES.sub("", text)):
            yield text.strip()


def in_python(source: str) -> Iterator[str]:
    """Return Vietnamese strings outside a gettext wrapper, and wrappers of f-strings or names, which extraction cannot
    find.
    """
    tree = ast.parse(source)
    fine = {id(node) for holder in ast.walk(tree) for node in _unread(holder)}
    for node in ast.walk(tree):
        if _is_wrapper(node):
            assert isinstance(node, ast.Call)
            fine |= {id(one) for given in node.args for one in ast.walk(given)}
            yield from (ast.unparse(one) for one in node.args if isinstance(one, ast.JoinedStr | ast.BinOp))
    for node in ast.walk(tree):
        # «Thanh tra» has no diacritics
        if isinstance(node, ast.Dict) and any(_is_wrapper(value) for value in node.values):
            plain = [value.value for value in node.values if isinstance(value, ast.Constant)]
            yield from (text for text in plain if isinstance(text, str) and text[:1].isupper())
        text = node.value if isinstance(node, ast.Constant) and id(node) not in fine else None
        if isinstance(text, str) and VIETNAMESE.search(NAMES.sub("", text)):
            yield text


def _unread(holder: ast.AST) -> Iterator[ast.AST]:
    """Return the docstrings."""
    if isinstance(holder, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (n.value for n in holder.body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))


def _is_wrapper(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRAPPERS


def in_script(source: str) -> Iterator[str]:
    """Return the texts of a script that are not written as `words("Vietnamese", "English")`."""
    code = re.sub(r"^\s*//.*$|\s//\s.*$|/\*.*?\*/", "", source, flags=re.MULTILINE)
    for found in re.finditer(r""""[^"\n]*"|'[^'\n]*'|`[^`]*`""", code):
        if VIETNAMESE.search(found[0]):
            before, after = code[: found.start()], code[found.end() :]
            if not (before.endswith("words(") and re.match(r"""\s*,\s*["'`][^"'`]""", after)):
                yield found[0]
