"""A message that the program stumbles over, whatever the cause: nothing of it is understood, so that a person reads it.

In doubt upwards, as everywhere: to the province's desk, where it rings, for nobody knows that it is no cry. Where its
sender's complaint about police goes on it goes there, and what was written on a case's own page goes to that case.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from binhyen.areas.queries import Directory
from binhyen.cases.told import OpenCase
from binhyen.channels.messages import STICKER
from binhyen.intake.rules import Decision, Do, Facts, Say, Seat
from binhyen.intake.wave import Item, Understood
from binhyen.intake.words import UNREAD
from binhyen.kit.files import NotAPicture
from binhyen.kit.trouble import of_machine
from binhyen.language.places import Placed
from binhyen.language.reading import DANGER, Reading

STUMBLES = 3  # times that the reader fails at a webhook's message before it goes on unread: six seconds
_NOTHING = Reading("other", 0.0, (), DANGER, sensitive=False, entities=(), reasons=(UNREAD,))
_NOWHERE = Placed(None, None, 0.0, (), UNREAD)


class KnownApart(RuntimeError):
    """What the program stumbles over complains of police, which it had seen: it lies open to nobody, rather than unread
    on a desk that may be concerned. Whoever sends a form hears of it; a webhook waits, as for a machine in trouble.
    """


@contextmanager
def nothing_in_clear(understood: Sequence[Understood]) -> Iterator[None]:
    """For what is done with what was understood. Raises KnownApart."""
    try:
        yield
    except Exception as problem:
        said = of_machine(problem) or isinstance(problem, NotAPicture)  # or tried again, as ever
        if said or not any(u.apart for u in understood):
            raise
        raise KnownApart from problem


def unread(item: Item, told: Sequence[OpenCase], directory: Directory) -> Understood:
    """What becomes of it. `told`: the sender's cases that go on, the newest first. Looks at none of its words."""
    mine = (
        next((one for one in told if one.apart), told[0] if told and item.about else None) if not item.group else None
    )
    home = directory.seat_of_area(item.group.area_id) if item.group else None
    province = Seat(directory.province_unit_id, None)
    facts = Facts(
        words=1, bare="", has_media=any(m.kind != STICKER for m in item.message.media), in_group=item.group is not None,
        group_id=item.group.pk if item.group else 0, category=_NOTHING.category, confidence=0.0, urgency=DANGER,
        sensitive=item.group is not None,  # a tip perhaps: sealed once the danger, if it is one, was seen to
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
