"""Whatever the program writes into the book has Vietnamese words and stands in a family of the inspectorate's filter."""

import ast
from collections.abc import Iterator
from pathlib import Path

import binhyen
from binhyen.audit.rules.reads import Read
from binhyen.audit.rules.verbs import COVER, FAMILIES, OPENING
from binhyen.inspection.words import verb

_ROOT = Path(binhyen.__file__).parent
# Verbs made of parts, or handed to `Act` by another name.
_BY_HAND = {f"{what}_{did}" for what in ("identity", "original") for did in OPENING} - {"original_read"}
_BY_HAND |= {
    "identity_carried",
    "data.asked",
    "data.done",
    "data.granted",
    "data.refused",
    "duty_added",
    "duty_removed",
}
_BY_HAND |= {read.value for read in Read}
# Kept from every reader of the book (people/access.py: book): their words would tell what they are about.
_HIDDEN = ("conduct.",)


def written(source: str) -> Iterator[str]:
    """Verbs that stand as plain words in an `Act(actor, verb, …)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Act":
            given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "verb")]
            yield from (a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str))


def unfiled(verbs: set[str]) -> list[str]:
    """Verbs without words, or in no family."""
    known = [name for family in FAMILIES.values() for name in family.verbs]
    return sorted(
        v
        for v in verbs - {COVER}
        if not v.startswith(_HIDDEN)
        and (verb(v) == v or not any(v == k or (k.endswith(".") and v.startswith(k)) for k in known))
    )


def test_every_entry_has_words_and_a_family() -> None:
    files = [p for p in _ROOT.rglob("*.py") if "tests" not in p.parts and "migrations" not in p.parts]
    verbs = {v for path in files for v in written(path.read_text())}
    assert len(verbs) >= 40, "control: the search finds what is written"
    assert unfiled(verbs | _BY_HAND) == []


def test_control_an_entry_nobody_filed_is_found() -> None:
    assert list(written('record([Act(actor, "keys_stolen", "x", 1)], now=now)')) == ["keys_stolen"]
    assert unfiled({"keys_stolen", "sign_in"}) == ["keys_stolen"]
