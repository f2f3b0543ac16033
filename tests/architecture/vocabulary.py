"""Vocabulary check of `./dev check`: banned names, participles as class names, colliding public names, idiom in prose.

Run it with `python -m tests.architecture.vocabulary`: one line a finding, exit status 1 if there is one. Standard library only.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Names that describe the origin of a value instead of its content. Not banned, because each also has a plain technical meaning:
# `other`, `before`, `after` (operands), `known`, `seen` (visited set), `who`, `at`, `got`, `gone`, `ours`, `first`, `rest`.
BANNED_NAMES = frozenset(
    {
        "told",
        "said",
        "mine",
        "kept",
        "one",
        "each",
        "own",
        "its",
        "heard",
        "held",
        "found",
        "most",
        "went",
        "came",
        "theirs",
        "thing",
        "stays",
        "works",
        "told_before",
    }
)
# A participle alone is no noun. As the last word of an exception it names the failure: `TokenRejected`.
_IRREGULAR_PARTICIPLES = frozenset(
    {
        "told",
        "kept",
        "heard",
        "said",
        "held",
        "taken",
        "drawn",
        "known",
        "seen",
        "done",
        "left",
        "lost",
        "given",
        "gone",
        "sent",
        "found",
        "made",
        "read",
        "spelt",
    }
)
_NOUNS_IN_ED = frozenset({"deed", "feed", "seed", "bed", "need", "speed", "shed", "embed"})
# Words of riddles. The two groups differ in strictness: the first has a standard term in every sentence, the second is
# plain English that only its frequency turns into idiom.
IDIOM_WORDS = re.compile(r"\b(told|said|nobody|whoever)\b", re.IGNORECASE)
FREQUENT_WORDS = re.compile(r"\b(what|who|nobody|told|said|whoever)\b", re.IGNORECASE)
MAX_FREQUENT_WORDS = 15.0  # per 10,000 words of comments and docstrings

# Public names that several product modules may define, with the reason.
SHARED_NAMES = {
    "main": "entry point of a module that runs as a command",
    "Command": "Django finds a management command by this class name",
}

# Names of concepts that have a standard term now: word of an identifier → the term.
RETIRED_WORDS = {
    "hush": "silence or seal",
    "rung": "escalation level",
    "stumble": "processing error",
    "happening": "event",
    "imprint": "fingerprint",
    "retell": "rebuild search words",
    "telling": "report text",
}
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A name or word that breaks a rule, and where."""

    path: str
    line: int
    rule: str
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.name}"


def is_test(path: str) -> bool:
    return "/tests/" in path or path.startswith("tests/") or path == "conftest.py"


def load_sources() -> dict[str, str]:
    """Return path → text of every tracked Python file that people write."""
    listing = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [p for p in listing.splitlines() if "/migrations/" not in p and not p.startswith("scan/examples/")]
    return {path: (ROOT / path).read_text() for path in paths if (ROOT / path).is_file()}


def split_words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def is_participle(class_name: str) -> bool:
    """Return True if the last word of a class name is a participle."""
    words = split_words(class_name)
    last = words[-1] if words else ""
    return last in _IRREGULAR_PARTICIPLES or (last.endswith("ed") and last not in _NOUNS_IN_ED)


def is_exception(node: ast.ClassDef, exceptions: frozenset[str]) -> bool:
    names = {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}
    return any(name in exceptions or re.search(r"(Error|Exception|Violation)$", name) for name in names)


def list_exceptions(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Return the names of exception classes, also of those derived from one of the program."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    exceptions: frozenset[str] = frozenset()
    while True:
        more = exceptions | {node.name for node in classes if is_exception(node, exceptions)}
        if more == exceptions:
            return exceptions
        exceptions = more


def list_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Return every name that the tree defines: variables, parameters, functions, classes, import aliases."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, node.lineno
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name, node.lineno


def check_names(path: str, tree: ast.Module, exceptions: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Find banned and retired names and participles as class names in one module."""
    for name, line in list_names(tree):
        if name.strip("_") in BANNED_NAMES:
            yield Finding(path, line, "banned name", name)
        for word in set(split_words(name)) & RETIRED_WORDS.keys():
            yield Finding(path, line, f"«{word}» is called {RETIRED_WORDS[word]}", name)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and is_participle(node.name):
            bare = len(split_words(node.name)) == 1
            if bare or not is_exception(node, exceptions):
                yield Finding(path, node.lineno, "participle as class name", node.name)


def find_collisions(trees: Mapping[str, ast.Module]) -> list[Finding]:
    """Find public functions and classes of product modules that several modules define under one name."""
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for path, tree in trees.items():
        if not path.startswith("binhyen/") or is_test(path):
            continue
        for node in tree.body:
            is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if is_definition and not node.name.startswith("_"):
                places[node.name].append((path, node.lineno))
    return [
        Finding(path, line, "public name of several modules", name)
        for name, found_places in places.items()
        if len(found_places) > 1 and name not in SHARED_NAMES
        for path, line in found_places
    ]


def list_prose(text: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Return comments and docstrings with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string, token.start[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            docstring = ast.get_docstring(node, clean=False)
            if docstring:
                yield docstring, node.body[0].lineno


def _drop_quotations(prose: str) -> str:
    """Remove names of code and quoted texts: their words are not prose."""
    return re.sub(r"`[^`]*`|«[^»]*»|\"[^\"]*\"", "", prose)


def check_prose(path: str, text: str, tree: ast.Module) -> Iterator[Finding]:
    """Find idiom in comments and docstrings of one module."""
    for prose, line in list_prose(text, tree):
        for match in IDIOM_WORDS.finditer(_drop_quotations(prose)):
            yield Finding(path, line, "idiom in prose", match[0])


def count_frequent_words(sources: Mapping[str, str], trees: Mapping[str, ast.Module]) -> tuple[int, int]:
    """Return (words of FREQUENT_WORDS, all words) of comments and docstrings."""
    idioms = words = 0
    for path, text in sources.items():
        for prose, _ in list_prose(text, trees[path]):
            words += len(re.findall(r"\w+", prose))
            idioms += len(FREQUENT_WORDS.findall(prose))
    return idioms, words


def check_frequency(sources: Mapping[str, str], trees: Mapping[str, ast.Module]) -> Iterator[Finding]:
    """Find whether product or tests use the words of FREQUENT_WORDS too often."""
    for group, is_included in (("product", lambda path: not is_test(path)), ("tests", is_test)):
        selected = {path: text for path, text in sources.items() if is_included(path)}
        idioms, words = count_frequent_words(selected, trees)
        rate = 10_000 * idioms / max(words, 1)
        if rate > MAX_FREQUENT_WORDS:
            yield Finding(group, 0, f"«what, who, …» per 10,000 words, at most {MAX_FREQUENT_WORDS:g}", f"{rate:.1f}")


def list_glossary_terms(markdown: str) -> list[str]:
    """Return the terms that docs/glossary.md explains: bold in an entry, or before a bracket in the last section."""
    explained, _, pairs = markdown.partition("## Pairs with the usual meaning")
    entries = [line for line in explained.splitlines() if line.startswith(("- ", "  "))]
    bold = [term for line in entries for term in re.findall(r"\*\*(.+?)\*\*", line)]
    usual = re.sub(r"\(.*?\)", "", pairs.replace("\n", " ")).strip(" .").split(",")
    return [term.strip().lower() for entry in [*bold, *usual] for term in re.split(r", | / ", entry) if term.strip()]


def check_glossary(markdown: str) -> list[Finding]:
    """Find terms that the glossary explains twice: one word has one meaning."""
    counts = Counter(list_glossary_terms(markdown))
    return [Finding("docs/glossary.md", 0, "two meanings", term) for term, count in counts.items() if count > 1]


def check_sources(sources: Mapping[str, str]) -> list[Finding]:
    """Find everything wrong in these files."""
    trees = {path: ast.parse(text) for path, text in sources.items()}
    exceptions = list_exceptions(trees.values())
    findings = [finding for path, tree in trees.items() for finding in check_names(path, tree, exceptions)]
    findings += [finding for path, text in sources.items() for finding in check_prose(path, text, trees[path])]
    return sorted([*findings, *find_collisions(trees), *check_frequency(sources, trees)])


def main() -> int:
    findings = [*check_sources(load_sources()), *check_glossary((ROOT / "docs/glossary.md").read_text())]
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} findings. The rules: tests/architecture/vocabulary.py", file=sys.stderr)
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
