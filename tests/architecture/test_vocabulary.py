"""Each rule of the vocabulary check detects a planted violation; `./dev check` runs it over the tree."""

import ast

import pytest

from tests.architecture import vocabulary
from tests.architecture.vocabulary import Finding, check_glossary, check_sources, find_collisions, is_participle

PRODUCT, TEST = "binhyen/cases/services/closing.py", "binhyen/cases/tests/test_closing.py"


def list_rules(source: str, path: str = PRODUCT) -> list[tuple[str, str]]:
    return [(finding.rule, finding.name) for finding in check_sources({path: source})]


def test_the_glossary_explains_each_term_once() -> None:
    glossary = (vocabulary.ROOT / "docs/glossary.md").read_text()
    assert len(vocabulary.list_glossary_terms(glossary)) > 60
    assert check_glossary(glossary) == []


def test_every_tracked_file_is_read() -> None:
    sources = vocabulary.load_sources()
    assert {"conftest.py", "bench/client.py", "emulator/world.py", "scan/__main__.py", "dev"} - sources.keys() == {
        "dev"
    }
    assert not [path for path in sources if "/migrations/" in path]


@pytest.mark.parametrize(
    "source",
    [
        "told = 1",
        "def f(kept: int) -> None: ...",
        "f = lambda mine: mine",
        "def held() -> None: ...",
        "class Case:\n    its: int",
        "def f():\n    for each in (): ...",
        "import ast as said",
        "try: ...\nexcept OSError as own: ...",
        "_told = 1",
        "x = [one for one in ()]",
    ],
)
def test_control_a_banned_name_is_found(source: str) -> None:
    assert [rule for rule, _ in list_rules(source)] == ["banned name"]
    assert [rule for rule, _ in list_rules(source, TEST)] == ["banned name"], "tests follow the same rules"


def test_names_that_contain_such_a_word_pass() -> None:
    assert list_rules("own_cases, held_back, is_own = 1, 2, 3\nreporter.told") == []


@pytest.mark.parametrize("name", ["Told", "Classified", "CaseMoved", "_Issued", "Taken"])
def test_control_a_participle_class_is_found(name: str) -> None:
    assert list_rules(f"class {name}: ...") == [("participle as class name", name)]


def test_exceptions_may_end_in_a_participle_but_not_be_one() -> None:
    assert list_rules("class TokenRejected(ValueError): ...\nclass KeyReused(TokenRejected): ...") == []
    assert list_rules("class Rejected(ValueError): ...") == [("participle as class name", "Rejected")]
    assert not is_participle("LiveFeed") and not is_participle("Need") and not is_participle("ReplayResult")


def test_control_a_public_name_of_two_modules_is_found() -> None:
    sources = {
        PRODUCT: "def close(): ...\ndef main(): ...\ndef _close(): ...",
        "binhyen/tips/desk.py": "def close(): ...",
    }
    assert [(f.path, f.name) for f in check_sources(sources)] == [(PRODUCT, "close"), ("binhyen/tips/desk.py", "close")]
    commands = {path: ast.parse("class Command: ...\ndef main(): ...") for path in sources}
    assert find_collisions(commands) == []
    assert find_collisions({path: ast.parse("def close(): ...") for path in (PRODUCT, TEST)}) == []


@pytest.mark.parametrize(
    "prose", ["# Nobody reads it.", '"""A person is told."""', "def f():\n    '''Whoever it is.'''"]
)
def test_control_idiom_is_found(prose: str) -> None:
    assert "idiom in prose" in {rule for rule, _ in list_rules(prose)}


def test_quotations_and_names_are_no_prose() -> None:
    filler = "word " * 2000
    assert list_rules(f'"""`nobody`, «said» and "told" are quoted. {filler}"""') == []


def test_control_frequent_idiom_is_found() -> None:
    findings = list_rules('"""' + "What they do, who they are. " + "word " * 1000 + '"""')
    assert [rule.partition(" per")[0] for rule, _ in findings] == ["«what, who, …»"]


def test_control_a_retired_word_is_found() -> None:
    assert [name for _, name in list_rules("def hush_alarm(): ...")] == ["hush_alarm"]


def test_control_a_term_with_two_meanings_is_found() -> None:
    markdown = "- **kind of case**: a\n- **desk** (bàn): b\n- **queue**, **desk**: c"
    assert check_glossary(markdown) == [Finding("docs/glossary.md", 0, "two meanings", "desk")]
