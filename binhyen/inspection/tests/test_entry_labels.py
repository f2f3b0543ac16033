"""Every audit verb has a Vietnamese label and belongs to a group of the inspectorate's filter."""

import ast
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

import binhyen
from binhyen.audit.queries.entries import EntryLine
from binhyen.audit.rules.action_families import COVER_VERB, DISCLOSURE_STEPS, VERB_FAMILIES, ReadKind
from binhyen.inspection.entry_labels import format_rows, format_verb

_ROOT = Path(binhyen.__file__).parent
# Verbs built from parts, or passed to `AuditAction` under another name.
_BY_HAND = {f"{what}_{did}" for what in ("identity", "original") for did in DISCLOSURE_STEPS} - {"original_read"}
_BY_HAND |= {
    "identity_carried",
    "data.asked",
    "data.done",
    "data.granted",
    "data.refused",
    "duty_added",
    "duty_removed",
}
_BY_HAND |= {read.value for read in ReadKind}
# Hidden from every reader of the audit log (people/access.py: book): their labels would reveal the subject.
_HIDDEN = ("conduct.",)


_WRITERS = ("AuditAction", "record_case_action")


def list_written_verbs(source: str) -> Iterator[str]:
    """Collect verbs that are literals in `AuditAction(actor, verb, …)` or `record_case_action(case, verb, …)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in _WRITERS:
            given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "verb")]
            yield from (a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str))


def list_unfiled_verbs(verbs: set[str]) -> list[str]:
    """List verbs without a label or a filter group."""
    labelled_verbs = [name for family in VERB_FAMILIES.values() for name in family.verbs]
    return sorted(
        v
        for v in verbs - {COVER_VERB}
        if not v.startswith(_HIDDEN)
        and (format_verb(v) == v or not any(v == k or (k.endswith(".") and v.startswith(k)) for k in labelled_verbs))
    )


def test_every_verb_has_a_label_and_a_group() -> None:
    files = [p for p in _ROOT.rglob("*.py") if "tests" not in p.parts and "migrations" not in p.parts]
    verbs = {v for path in files for v in list_written_verbs(path.read_text())}
    assert len(verbs) >= 40, "control: the search finds the written verbs"
    assert list_unfiled_verbs(verbs | _BY_HAND) == []


def test_control_an_entry_without_a_group_is_detected() -> None:
    assert list(list_written_verbs('record_actions([AuditAction(actor, "keys_stolen", "x", 1)], now=now)')) == [
        "keys_stolen"
    ]
    assert list_unfiled_verbs({"keys_stolen", "sign_in"}) == ["keys_stolen"]


@pytest.mark.django_db
def test_keys_are_written_as_on_the_paper_of_the_ceremony(now: dt.datetime) -> None:
    """Readers of the log compare them: which key went to which officer, from which envelopes, and
    which one was made."""
    to, first_envelope, two = ("holder:328607ab6dd320f6", "holder:5af5b9ade36a0ad2", "holder:5c3a33b906c22f40")

    def format_entry(verb: str, about: str, **detail: object) -> tuple[str, str]:
        (row,) = format_rows([EntryLine(now, "command:custody x", verb, about, None, detail)])
        return row["about"], row["more"]

    assert format_entry("key_recovered", "key:DIRECTOR", to=to, by=[first_envelope, two]) == (
        "Khóa văn phòng Giám đốc",
        "cho 3286 07AB 6DD3 20F6; bằng 5AF5 B9AD E36A 0AD2, 5C3A 33B9 06C2 2F40",
    )
    assert format_entry("key_made", "key:CF31 61DF B53F AC87", seat=None) == ("Khóa CF31 61DF B53F AC87", "")
    assert format_entry("key_retired", two, last=["TIPS"]) == (
        "Khóa riêng 5C3A 33B9 06C2 2F40",
        "không còn ai giữ khóa của bàn tin kín",
    )
    assert format_entry("key_shared", to, groups=["TIPS", "CONDUCT"], shares=2)[1] == (
        "khóa của bàn tin kín, tiếp nhận phản ánh của tỉnh"
    )
    assert format_entry("key_renewed", "key:GATEWAY", keys=["a" * 16])[1] == "khóa mới AAAA AAAA AAAA AAAA"
