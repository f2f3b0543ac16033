"""Documentation checks: tables equal the code, links and file names resolve, commands exist."""

import re
from pathlib import Path

import pytest

from binhyen.cases.kinds import get_case_kinds
from tests.architecture.tables import BLOCK, TABLES, refresh_tables

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "emulator" / "README.md"])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`([\w./-]+\.(?:py|md|toml|in|txt|html|css|js|tsv|csv))(?:[:,][^`]*)?`")
# Base folders of a name in back quotes.
ROOTS = (ROOT, ROOT / "binhyen", ROOT / "docs", ROOT / "docs" / "decisions")
MANUAL_NAMES = (
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/message-flow.md",
    "docs/operations.md",
    "docs/threat-model.md",
    "docs/access-control.md",
    "docs/encryption.md",
    "docs/test-evidence.md",
    "docs/glossary.md",
)
BARE = {p.name for p in (ROOT / "binhyen").rglob("*.py")}
PLACEHOLDERS, PLACEHOLDER_NAME = {"NAME", "FEATURE", "FOLDER"}, re.compile(r"(?:^|[/_])NAME\.")  # in recipes
COMMAND = re.compile(r"^([a-z]+)\) # ", re.MULTILINE)


def get_relative_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def list_anchors(text: str) -> set[str]:
    """Return headings in the form in which links refer to them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}


@pytest.mark.parametrize("path", [p for p in DOCS if BLOCK.search(p.read_text())], ids=get_relative_name)
def test_tables_equal_the_code(path: Path) -> None:
    text = path.read_text()
    assert refresh_tables(text) == text, "run: .venv/bin/python -m tests.architecture.tables"


def test_every_table_is_printed_somewhere() -> None:
    printed = {m["name"] for p in DOCS for m in BLOCK.finditer(p.read_text())}
    assert printed == set(TABLES)


def test_the_glossary_knows_every_kind_of_case() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    assert [code for code in get_case_kinds() if f"`{code}`" not in glossary] == []


def test_a_changed_table_is_noticed() -> None:
    text = (ROOT / "docs" / "message-flow.md").read_text()
    assert refresh_tables(text.replace("| `NEW` |", "| `OLD` |")) == text != text.replace("| `NEW` |", "| `OLD` |")


@pytest.mark.parametrize("path", DOCS, ids=get_relative_name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text()):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        target_path = (path.parent / target).resolve() if target else path
        assert target_path.exists(), f"{get_relative_name(path)}: {link}"
        if anchor and target_path.suffix == ".md":
            assert anchor in list_anchors(target_path.read_text()), f"{get_relative_name(path)}: {link}"


@pytest.mark.parametrize("name", [*MANUAL_NAMES, *map(get_relative_name, DECISIONS)])
def test_files_that_are_named_exist(name: str) -> None:
    """`cases/rules.py` in back quotes is a file, from the checkout or from binhyen/; a bare name matches a file
    anywhere.
    """
    named = FILE.findall((ROOT / name).read_text())
    assert [
        n for n in named if not (set(n.split("/")) & PLACEHOLDERS or PLACEHOLDER_NAME.search(n) or is_existing_file(n))
    ] == []


def is_existing_file(name: str) -> bool:
    return any((root / name).exists() for root in ROOTS) or ("/" not in name and name in BARE)


def test_a_wrong_name_is_noticed() -> None:
    assert FILE.findall("see `cases/rule.py`") == ["cases/rule.py"]
    assert (
        not is_existing_file("cases/rule.py")
        and not is_existing_file("rule.py")
        and is_existing_file("cases/rules.py")
        and is_existing_file("rules.py")
    )


def test_every_command_is_explained() -> None:
    commands = COMMAND.findall((ROOT / "dev").read_text())
    assert len(commands) >= 10
    documentation = "".join((ROOT / name).read_text() for name in ("CONTRIBUTING.md", "docs/operations.md"))
    assert [c for c in commands if f"./dev {c}" not in documentation] == []


def test_no_command_is_invented() -> None:
    real = {*COMMAND.findall((ROOT / "dev").read_text()), "setup", "help"}
    documented_commands = {c for p in DOCS for c in re.findall(r"\./dev ([a-z]+)", p.read_text())}
    assert documented_commands - real == set()


def test_decisions_are_numbered_without_gaps_and_say_so() -> None:
    assert [p.name[:4] for p in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]
    for path in DECISIONS:
        first = path.read_text().splitlines()[0]
        assert re.match(rf"# {path.name[:4]}: \S", first), path.name
        assert re.findall(r"^## (.+)$", path.read_text(), re.M) == ["Context", "Decision", "Consequences"], path.name


def test_every_dependency_has_its_line() -> None:
    dependency_record = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text()
    for name in ("base", "dev"):
        for line in (ROOT / "requirements" / f"{name}.in").read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                package = re.split(r"[\[><=,]", line)[0]
                assert f"| {package} |" in dependency_record, package


def test_documents_that_the_code_names_exist() -> None:
    sources = [
        *(ROOT / "binhyen").rglob("*.py"),
        *(ROOT / "requirements").glob("*.in"),
        ROOT / "dev",
        ROOT / "pyproject.toml",
    ]
    for source in sources:
        for named in re.findall(r"docs/[\w./-]+\.md", source.read_text()):
            assert (ROOT / named).exists(), f"{get_relative_name(source)}: {named}"
