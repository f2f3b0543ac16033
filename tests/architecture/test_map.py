"""The map in ARCHITECTURE.md equals the tree: every entry exists, and no required entry is missing."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^(?P<indent> *)(?P<name>[\w.-]+/?)(?: {2,}(?P<what>\S.*))?$")
# Made by tools, or the same in every package: not part of the map.
IGNORED_NAMES = re.compile(r"^(\..*|__\w+__(\.py)?|var|.*\.egg-info|migrations|sql|locale|tests|management|admin\.py)$")
SHOWN_HIDDEN = {".ci"}
ROOT_FILES = (".md", ".toml", ".py", "dev")


def parse_map() -> dict[str, str]:
    """Return path from the checkout («binhyen/kit/») → its description on the map."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    tree = text.split("```tree\n")[1].split("```")[0]
    descriptions: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in tree.splitlines():
        matched = LINE.match(line)
        assert matched, f"not a line of the map: {line!r}"
        indent = len(matched["indent"])
        while above and above[-1][0] >= indent:
            above.pop()
        path = (above[-1][1] if above else "") + matched["name"]
        assert path not in descriptions, path
        descriptions[path] = matched["what"] or ""
        if path.endswith("/"):
            above.append((indent, path))
    return descriptions


def list_children(folder: str) -> set[str]:
    """Return the entries that the map must have below a folder that it opens."""
    names = set()
    for path in (ROOT / folder).iterdir():
        name = f"{path.name}/" if path.is_dir() else path.name
        is_shown = path.name in SHOWN_HIDDEN if path.name.startswith(".") else not IGNORED_NAMES.match(path.name)
        if folder == "" and path.name == "tests":
            is_shown = True
        if folder == "" and path.is_file() and not path.name.endswith(ROOT_FILES):
            is_shown = False
        if path.is_dir() and not any(path.rglob("*.*")):
            is_shown = False  # an empty folder is not in git
        if is_shown and (path.is_dir() or path.suffix in {".py", ".md", ".toml", ""}):
            names.add(name)
    return names


def test_everything_on_the_map_exists_and_is_explained() -> None:
    for path, what in parse_map().items():
        assert (ROOT / path).exists(), path
        assert (ROOT / path).is_dir() == path.endswith("/"), path
        assert what, f"{path}: the map does not explain it"


def test_nothing_is_missing_from_a_folder_that_the_map_opens() -> None:
    mapped_paths = set(parse_map())
    opened = {
        "",
        *(p for p in mapped_paths if any(k != p and k.startswith(p) for k in mapped_paths if p.endswith("/"))),
    }
    assert {"", "binhyen/", "binhyen/channels/", "binhyen/channels/kinds/", "binhyen/cases/", "binhyen/kit/"} <= opened
    for folder in sorted(opened):
        shown = {k.removeprefix(folder) for k in mapped_paths if k.startswith(folder) and k != folder}
        shown = {k for k in shown if "/" not in k.rstrip("/")}
        assert list_children(folder) - shown == set(), f"{folder or 'the checkout'}: add it to the map"


def test_the_map_fits_a_page() -> None:
    lines = (ROOT / "ARCHITECTURE.md").read_text().splitlines()
    assert len(lines) <= 220
    assert max(map(len, lines)) <= 160


def test_the_import_order_told_is_the_one_held() -> None:
    """The import order in the text equals the layers of the contract."""
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["id"] == "layers")["layers"]
    contract_layers = [sorted(name.strip() for name in layer.split("|")) for layer in layers]
    text = (ROOT / "ARCHITECTURE.md").read_text().split("```order\n")[1].split("```")[0]
    documented_layers = [
        sorted(name.strip() for name in layer.split("|")) for layer in " ".join(text.split()).split("›")
    ]
    assert documented_layers == contract_layers
