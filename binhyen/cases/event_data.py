"""Texts and event data that the register stores in its own rows. Pure.

Notes and titles are stored as written, so always in Vietnamese. The data of events has types where a decision reads it
back.
"""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from binhyen.cases.choices import Verb
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import format_code

ASSIGNMENT_NOTE = L_("Giao cho {name}: {reason}")
TRANSFER_NOTE = L_("Chuyển đến {unit}: {reason}")
REOPENING_NOTE = L_("Mở lại: {reason}")
EXTENSION_NOTE = L_("Gia hạn «{term}»: {reason}")
SENT_NOTE = L_("Nhắn {unit}: {text}")
RECEIVED_NOTE = L_("{unit} nhắn về tin {code}: {text}")


def format_assignment_note(name: str, reason: str) -> str:
    return ASSIGNMENT_NOTE.format(name=name, reason=reason.strip())


def format_transfer_note(unit: str, reason: str) -> str:
    return TRANSFER_NOTE.format(unit=unit, reason=reason.strip())


def format_extension_note(term: str, reason: str) -> str:
    return EXTENSION_NOTE.format(term=term, reason=reason.strip())


def format_sent_note(unit: str, text: str) -> str:
    return SENT_NOTE.format(unit=unit, text=text.strip())


def format_received_note(unit: str, code: str, text: str) -> str:
    return RECEIVED_NOTE.format(unit=unit, code=format_code(code), text=text.strip())


def format_reopening_note(reason: str) -> str:
    return REOPENING_NOTE.format(reason=reason.strip())


APPEAL_TITLE = L_("Ý kiến về việc xử lý tin {code}")
UNKNOWN_TITLE = L_("Vụ việc")  # the title of a case whose category does not exist any more
ERASED_TITLE = L_("{title} (đã xóa nội dung)")


def format_erased_title(title: str) -> str:
    """Return the title of a case whose content was erased."""
    return ERASED_TITLE.format(title=title)


GROUP_TIP_TEXT = L_("Tin kín trong nhóm")  # replaces the text of a tip that stood in a group
PRIVATE_FOLLOW_UP_TEXT = L_("Nhắn riêng về một tin kín trong nhóm")  # … and of a private follow-up by its author
SEALED_RESULT_TEXT = L_("đã niêm phong")  # replaces the result that only the desk's officers may read


# Types of event data that a decision reads back; the data of other verbs is only displayed.
# Events are never changed: a key keeps its name and meaning, and a key that older rows lack is `NotRequired`.


class OpenedData(TypedDict):
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


class Classification(TypedDict):
    """Classification of a case; of one that becomes a complaint about police only the category."""

    category: str
    urgency: NotRequired[int]
    lane: NotRequired[str]


class UrgencyAndSensitivity(TypedDict):
    urgency: int
    sensitive: bool


class AbsorbedData(TypedDict):
    """Data of ABSORBED. `case`: code of the merged case; `own_level`: urgency and sensitivity without it."""

    case: str
    own_level: NotRequired[UrgencyAndSensitivity]


class MatchedData(TypedDict):
    """Data of MATCHED: case codes."""

    cases: Sequence[str]


Reclassified = TypedDict("Reclassified", {"from": NotRequired[Classification], "to": Classification})  # RECLASSIFIED
# HANDED_ON, TAKEN_BACK, PLACED: primary keys of units.
Moved = TypedDict("Moved", {"from": int, "to": int, "commune": NotRequired[int]})
# STATE. `receiver`, `receipt`: of a crime report that was passed on: agency, and number of its receipt.
SetTo = TypedDict("SetTo", {"from": str, "to": str, "receiver": NotRequired[str], "receipt": NotRequired[str]})


PIN = "pin"  # of RELOCATED: a point was set on the map; the place as written stayed


def build_opened_data(
    category: str, urgency: int, unit_id: int, *, asked: bool, near_code: str = "", followed_code: str = ""
) -> OpenedData:
    data = OpenedData(category=category, urgency=urgency, unit=unit_id)
    if asked:
        data["asked"] = True
    if near_code:
        data["near"] = near_code
    if followed_code:
        data["after"] = followed_code
    return data


def build_reclassified_data(previous: Classification, current: Classification) -> Reclassified:
    return {"from": previous, "to": current}


def build_restricted_data(category: str) -> Reclassified:
    """Return the data for a case that becomes a complaint about police: nothing else is stored about it here."""
    return {"to": {"category": category}}


def build_moved_data(from_unit_id: int, to_unit_id: int) -> Moved:
    return {"from": from_unit_id, "to": to_unit_id}


def build_placed_data(from_unit_id: int, to_unit_id: int, commune_id: int) -> Moved:
    return {"from": from_unit_id, "to": to_unit_id, "commune": commune_id}


def build_state_data(from_state: str, to_state: str, *, receiver: str = "", receipt: str = "") -> SetTo:
    data: SetTo = {"from": from_state, "to": to_state}
    return data | {"receiver": receiver, "receipt": receipt} if receipt else data


UNIT_VERBS = (Verb.OPENED, Verb.HANDED_ON, Verb.TAKEN_BACK, Verb.PLACED)


def get_unit_before(verb: str, data: Any) -> int | None:
    """Return the unit that owned the case when it opened, or until it moved.

    `verb`: of UNIT_VERBS; `data`: as stored.
    """
    if verb == Verb.OPENED:
        start: OpenedData = data
        return start.get("unit")
    move: Moved = data
    return move.get("from")


def get_classification(verb: str, data: Any) -> Classification:
    """Return the classification that an OPENED or RECLASSIFIED event sets. `data`: as stored."""
    if verb == Verb.OPENED:
        start: OpenedData = data
        return {"category": start["category"], "urgency": start["urgency"]}
    change: Reclassified = data
    return change["to"]
