"""House rules that a machine can check."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("binhyen", "emulator", "bench", "scan", "tests")
# split, so that a search for such marks does not find this line
TODO_MARKS = re.compile(r"\b(TO[D]O|FIX[M]E|X{3}|HA[C]K)\b")
TEXTS = (".py", ".html", ".js", ".css", ".md", ".toml", ".in")


def get_relative_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def load_sources() -> dict[str, str]:
    """Return name → text of every hand-written Python file."""
    files = [ROOT / "conftest.py", ROOT / "manage.py", *(p for top in TOPS for p in (ROOT / top).rglob("*.py"))]
    return {get_relative_name(p): p.read_text() for p in sorted(files) if not {"migrations", "examples"} & set(p.parts)}


def is_test(name: str) -> bool:
    return "/tests/" in name or name.startswith("tests/") or name == "conftest.py"


@cache
def parse_sources() -> dict[str, ast.Module]:
    return {name: ast.parse(text) for name, text in load_sources().items()}


def list_functions() -> Iterator[tuple[str, str, int]]:
    """Return (file, function, lines)."""
    for name, tree in parse_sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield name, node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def compute_p90(values: list[int]) -> int:
    return sorted(values)[int(len(values) * 0.9)]


def test_most_functions_fit_on_a_screen() -> None:
    assert compute_p90([lines for _, _, lines in list_functions()]) <= 28


def test_nothing_is_left_open() -> None:
    this_file = Path(__file__).resolve()
    marks = []
    for top in (*TOPS, "docs", "requirements"):
        for path in (ROOT / top).rglob("*"):
            if path.suffix in TEXTS and path != this_file and "/data/" not in path.as_posix():
                marks += [get_relative_name(path) for line in path.read_text().splitlines() if TODO_MARKS.search(line)]
    assert marks == []


def list_imports(tree: ast.Module) -> Iterator[str]:
    """Return the dotted names of everything that a module imports; «module.*» for a star import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_star_imports() -> None:
    assert [n for n, tree in parse_sources().items() if any(i.endswith(".*") for i in list_imports(tree))] == []


def test_no_signal_receivers() -> None:
    """Follow-up actions are called by name. No module imports Django's signals, so none can listen to one."""
    signals = re.compile(r"django\.dispatch|django(\.\w+)*\.signals")
    assert [n for n, tree in parse_sources().items() if any(signals.match(i) for i in list_imports(tree))] == []


def test_no_drawer_for_everything() -> None:
    assert [n for n in load_sources() if Path(n).name in {"utils.py", "helpers.py", "misc.py", "common.py"}] == []


READS_A_CLOCK = re.compile(
    r"datetime\.now\(|utcnow\(|timezone\.now\(|time\.time\(|(?<![.\w] )(?<![.\w])now\(\)"
    r"|clock_timestamp\(|statement_timestamp\(|CURRENT_(DATE|TIME)",
    re.IGNORECASE,
)


def test_only_the_clock_reads_the_clock() -> None:
    """SQL's clock counts too: it is compared with times of our clock, which a test may have shifted. Random ids carry
    the machine's time, because pure modules create them; nothing reads that date. The dead-man switch counts by the
    database's own time on purpose, the doctor compares it with ours, and a restore has only the database.
    """
    allowed = {
        "binhyen/kit/clock.py",
        "binhyen/kit/ids.py",
        "binhyen/kit/periodic.py",
        "binhyen/doctor/__init__.py",
        "binhyen/backup/access.py",
    }
    clock_readers = {
        n for n, t in load_sources().items() if n.startswith("binhyen/") and not is_test(n) and READS_A_CLOCK.search(t)
    }
    assert clock_readers == allowed


def test_control_each_way_to_read_a_clock_is_found() -> None:
    ways = (
        "dt.datetime.now(dt.UTC)",
        "time.time()",
        "WHERE at > now()",
        "DEFAULT CURRENT_TIMESTAMP",
        "Clock_Timestamp()",
    )
    assert all(READS_A_CLOCK.search(way) for way in ways)
    assert not any(READS_A_CLOCK.search(fine) for fine in ("clock.now()", "performance.now()", "time.monotonic()"))


def test_every_module_of_the_product_says_what_it_is_for() -> None:
    """Every module with a public name of its own has a docstring."""
    bare = [
        name
        for name, tree in parse_sources().items()
        if name.startswith(("binhyen/", "emulator/"))
        and not is_test(name)
        and ast.get_docstring(tree) is None
        and any(isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_") for n in tree.body)
    ]
    assert bare == []


def test_classes_inside_are_frozen() -> None:
    """Dataclasses of the rules and of the interfaces between features are immutable."""
    loose = []
    for name, tree in parse_sources().items():
        if is_test(name) or not re.search(r"/(rules|kinds|messages|told|base|reading)\b", name):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                loose += [f"{name}: {node.name}" for d in node.decorator_list if _is_open_dataclass(d)]
    assert loose == []


def _is_open_dataclass(decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Name):
        return decorator.id == "dataclass"
    if not (isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "dataclass"):
        return False
    return not any(k.arg == "frozen" and getattr(k.value, "value", False) for k in decorator.keywords)


def test_unicode_is_normalized_in_one_place() -> None:
    """`unicodedata.normalize` is quadratic in a run of combining marks and keeps the GIL: kit/text.py caps runs."""
    assert is_normalizing("import unicodedata as u\nu.normalize('NFC', x)") == is_normalizing(
        "from unicodedata import normalize"
    )
    assert is_normalizing("import unicodedata\nunicodedata.is_normalized('NFC', x)") and not is_normalizing(
        "normalize('NFC', x)"
    )
    callers = {name for name, source in load_sources().items() if not is_test(name) and is_normalizing(source)}
    ours = {name for name in callers if name.startswith("binhyen/")}
    assert ours == {"binhyen/kit/text.py"}


def is_normalizing(source: str) -> bool:
    """Return whether a source calls or imports a normalizing function of `unicodedata`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ("normalize", "is_normalized"):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "unicodedata":
            return bool({"normalize", "is_normalized"} & {name.name for name in node.names})
    return False
