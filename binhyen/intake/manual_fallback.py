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
from binhyen.intake.decision import Action, AutoReply, Destination, ItemDecision, MessageFacts
from binhyen.intake.items import DecidedItem, InboundItem
from binhyen.intake.texts import UNREAD_REASON
from binhyen.kit.db_errors import is_infrastructure_error
from binhyen.kit.file_storage import NotAPicture
from binhyen.language.places.resolve import ResolvedPlace
from binhyen.language.reading import DANGER, Reading

MAX_PROCESSING_ATTEMPTS = 3  # failed attempts on a webhook's message before it goes to a person: six seconds
_EMPTY_READING = Reading("other", 0.0, (), DANGER, sensitive=False, entities=(), reasons=(UNREAD_REASON,))
_NO_PLACE = ResolvedPlace(None, None, 0.0, (), UNREAD_REASON)


class KnownComplaintFailed(RuntimeError):
    """Processing failed on a recognised complaint about police: no plaintext is shown, not even on an accused desk.

    The sender of a form sees the error; a webhook waits, as during an infrastructure failure.
    """


@contextmanager
def no_plaintext_on_error(decided_items: Sequence[DecidedItem]) -> Iterator[None]:
    """Guard the steps after interpretation. Raises KnownComplaintFailed instead of falling back to plaintext."""
    try:
        yield
    except Exception as problem:
        is_reported = is_infrastructure_error(problem) or isinstance(problem, NotAPicture)  # or retried, as always
        if is_reported or not any(decided.is_restricted for decided in decided_items):
            raise
        raise KnownComplaintFailed from problem


def build_manual_fallback(item: InboundItem, open_cases: Sequence[OpenCase], directory: Directory) -> DecidedItem:
    """Build the decision for an item without reading its text. `open_cases`: active ones, newest first."""
    open_case = (
        next(
            (candidate for candidate in open_cases if candidate.is_restricted),
            open_cases[0] if open_cases and item.about else None,
        )
        if not item.group
        else None
    )
    group_seat = directory.get_responsible_unit(item.group.area_id) if item.group else None
    province = Destination(directory.province_unit_id, None)
    facts = MessageFacts(
        words=1,
        folded_text="",
        has_media=any(media.kind != STICKER for media in item.message.media),
        in_group=item.group is not None,
        group_id=item.group.pk if item.group else 0,
        category=_EMPTY_READING.category,
        confidence=0.0,
        urgency=DANGER,
        sensitive=item.group is not None,  # possibly a tip: sealed after the possible danger was checked
        placed=None,
        home=Destination(*group_seat) if group_seat else None,
        province_destination=province,
        mine=open_case,
        wants_case=item.wants_case,
        on_status_page=item.about is not None,
        was_greeted=item.was_greeted,
        is_follow_up=open_case is not None,
    )
    decision = ItemDecision(
        Action.OPEN,
        UNREAD_REASON,
        AutoReply.INVITE if item.group else AutoReply.RECEIVED,
        seat=province,
        category=_EMPTY_READING.category,
        urgency=DANGER,
    )
    if open_case:
        decision = replace(
            decision, do=Action.ATTACH, reply=AutoReply.DANGER, case_id=open_case.case_id, seat=None, category=""
        )
    return DecidedItem(item, _EMPTY_READING, _NO_PLACE, facts, decision)
