"""Manual fallback: a message that cannot be processed, for any cause, goes to a person unread by the program.

In doubt upwards, as everywhere: to the province's queue, with an alarm, because it may be a cry for help. A follow-up
of
the sender's complaint about police goes there, and text from a status page goes to that case.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from binhyen.areas.queries import Directory
from binhyen.cases.incident_features import OpenCase
from binhyen.channels.types import STICKER
from binhyen.intake.decision import Decision, Do, Facts, Say, Seat
from binhyen.intake.items import Item, Understood
from binhyen.intake.texts import UNREAD
from binhyen.kit.db_errors import of_machine
from binhyen.kit.file_storage import NotAPicture
from binhyen.language.places import Placed
from binhyen.language.reading import DANGER, Reading

STUMBLES = 3  # failed attempts on a webhook's message before it goes to a person: six seconds
_NOTHING = Reading("other", 0.0, (), DANGER, sensitive=False, entities=(), reasons=(UNREAD,))
_NOWHERE = Placed(None, None, 0.0, (), UNREAD)


class KnownApart(RuntimeError):
    """Processing failed on a recognised complaint about police: no plaintext is shown, not even on an accused desk.

    The sender of a form sees the error; a webhook waits, as during an infrastructure failure.
    """


@contextmanager
def nothing_in_clear(understood: Sequence[Understood]) -> Iterator[None]:
    """Guard the steps after interpretation. Raises KnownComplaintFailed instead of falling back to plaintext."""
    try:
        yield
    except Exception as problem:
        said = of_machine(problem) or isinstance(problem, NotAPicture)  # or retried, as always
        if said or not any(u.apart for u in understood):
            raise
        raise KnownApart from problem


def unread(item: Item, told: Sequence[OpenCase], directory: Directory) -> Understood:
    """Build the decision for an item without reading its text. `open_cases`: active ones, newest first."""
    mine = (
        next((one for one in told if one.apart), told[0] if told and item.about else None) if not item.group else None
    )
    home = directory.seat_of_area(item.group.area_id) if item.group else None
    province = Seat(directory.province_unit_id, None)
    facts = Facts(
        words=1, bare="", has_media=any(m.kind != STICKER for m in item.message.media), in_group=item.group is not None,
        group_id=item.group.pk if item.group else 0, category=_NOTHING.category, confidence=0.0, urgency=DANGER,
        sensitive=item.group is not None,  # possibly a tip: sealed after the possible danger was checked
        placed=None, home=Seat(*home) if home else None, province=province, mine=mine,
        wants_case=item.wants_case, on_its_page=item.about is not None, greeted=item.greeted, belongs=mine is not None,
    )  # fmt: skip
    decision = Decision(
        Do.OPEN, UNREAD, Say.INVITE if item.group else Say.RECEIVED, seat=province, category=_NOTHING.category,
        urgency=DANGER,
    )  # fmt: skip
    if mine:
        decision = replace(decision, do=Do.ATTACH, say=Say.DANGER, case_id=mine.case_id, seat=None, category="")
    return Understood(item, _NOTHING, _NOWHERE, facts, decision)
