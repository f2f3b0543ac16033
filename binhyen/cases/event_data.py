"""Texts and event data that the register stores in its own rows. Pure.

Notes and titles are stored as written, so always in Vietnamese. The data of events has types where a decision reads it
back.
"""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from binhyen.cases.choices import Verb
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import show_code

GIVEN = L_("Giao cho {name}: {reason}")
HANDED_ON = L_("Chuyển đến {unit}: {reason}")
REOPENED = L_("Mở lại: {reason}")
PROLONGED = L_("Gia hạn «{term}»: {reason}")
SENT_ACROSS = L_("Nhắn {unit}: {text}")
CAME_ACROSS = L_("{unit} nhắn về tin {code}: {text}")


def given(name: str, reason: str) -> str:
    return GIVEN.format(name=name, reason=reason.strip())


def handed_on(unit: str, reason: str) -> str:
    return HANDED_ON.format(unit=unit, reason=reason.strip())


def prolonged(term: str, reason: str) -> str:
    return PROLONGED.format(term=term, reason=reason.strip())


def sent_across(unit: str, text: str) -> str:
    return SENT_ACROSS.format(unit=unit, text=text.strip())


def came_across(unit: str, code: str, text: str) -> str:
    return CAME_ACROSS.format(unit=unit, code=show_code(code), text=text.strip())


def reopened(reason: str) -> str:
    return REOPENED.format(reason=reason.strip())


NAMELESS = L_("Vụ việc")  # the title of a case whose category does not exist any more
EMPTIED = L_("{title} (đã xóa nội dung)")


def emptied(title: str) -> str:
    """Return the title of a case whose content was erased."""
    return EMPTIED.format(title=title)


TIP = L_("Tin kín trong nhóm")  # replaces the text of a tip that stood in a group
ALONE = L_("Nhắn riêng về một tin kín trong nhóm")  # … and of a private follow-up by its author
SEALED = L_("đã niêm phong")  # replaces the result that only the desk's officers may read


# Types of event data that a decision reads back; the data of other verbs is only displayed.
# Events are never changed: a key keeps its name and meaning, and a key that older rows lack is `NotRequired`.


class Opened(TypedDict):
    """Data of OPENED.

    `unit`: the owning unit; `asked`: intake asked one question with the receipt (missing if not); `near`: code of an
    open case that may be a duplicate; `after`: code of the group tip that this case follows.
    """

    category: str
    urgency: int
    unit: int
    asked: NotRequired[bool]
    near: NotRequired[str]
    after: NotRequired[str]


class Sorting(TypedDict):
    """Classification of a case; of one that becomes a complaint about police only the category."""

    category: str
    urgency: NotRequired[int]
    lane: NotRequired[str]


class Weight(TypedDict):
    urgency: int
    sensitive: bool


class Absorbed(TypedDict):
    """Data of ABSORBED. `case`: code of the merged case; `own`: urgency and sensitivity of this case without it."""

    case: str
    own: NotRequired[Weight]


class Matched(TypedDict):
    """Data of MATCHED: case codes."""

    cases: Sequence[str]


Reclassified = TypedDict("Reclassified", {"from": NotRequired[Sorting], "to": Sorting})  # RECLASSIFIED
# HANDED_ON, TAKEN_BACK, PLACED: primary keys of units.
Moved = TypedDict("Moved", {"from": int, "to": int, "commune": NotRequired[int]})
SetTo = TypedDict("SetTo", {"from": str, "to": str})  # STATE


def opened(category: str, urgency: int, unit_id: int, *, asked: bool, near: str = "", after: str = "") -> Opened:
    data = Opened(category=category, urgency=urgency, unit=unit_id)
    if asked:
        data["asked"] = True
    if near:
        data["near"] = near
    if after:
        data["after"] = after
    return data


def reclassified(before: Sorting, after: Sorting) -> Reclassified:
    return {"from": before, "to": after}


def out_of_sight(category: str) -> Reclassified:
    """Return the data for a case that becomes a complaint about police: nothing else is stored about it here."""
    return {"to": {"category": category}}


def moved(before: int, after: int) -> Moved:
    return {"from": before, "to": after}


def placed(before: int, after: int, commune_id: int) -> Moved:
    return {"from": before, "to": after, "commune": commune_id}


def set_to(before: str, after: str) -> SetTo:
    return {"from": before, "to": after}


TELL_UNITS = (Verb.OPENED, Verb.HANDED_ON, Verb.TAKEN_BACK, Verb.PLACED)


def unit_before(verb: str, data: Any) -> int | None:
    """Return the unit that owned the case when it opened, or until it moved.

    `verb`: of UNIT_VERBS; `data`: as stored.
    """
    if verb == Verb.OPENED:
        start: Opened = data
        return start.get("unit")
    move: Moved = data
    return move.get("from")


def taken_for(verb: str, data: Any) -> Sorting:
    """Return the classification that an OPENED or RECLASSIFIED event sets. `data`: as stored."""
    if verb == Verb.OPENED:
        start: Opened = data
        return {"category": start["category"], "urgency": start["urgency"]}
    change: Reclassified = data
    return change["to"]
