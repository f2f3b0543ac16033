"""Complaint store for intake: implements intake/complaint_store.py: ComplaintStore; named in settings.KEEPER."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.conf import settings

from binhyen.conduct import message_texts, queries
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.routing import Rank, only_if_insisted
from binhyen.conduct.services import intake, seal_case
from binhyen.conduct.subject_extraction import dangerous
from binhyen.intake.complaint_store import Elsewhere, Kept, Sealed, Telling, Word
from binhyen.kit.text import fold
from binhyen.people.conflicts import Desk
from binhyen.vault.queries import Told, waiting_for_people


class ComplaintKeeper:
    def refers(self, telling: Telling) -> Elsewhere | None:
        to, about = intake.read(telling.words, telling.unit_ids)
        if not only_if_insisted(to, about):
            return None
        where, readable = addresses(), to.desk is not Desk.OUTSIDE
        urgency = 3 if dangerous(fold(telling.words)) else telling.urgency
        letter = message_texts.turned(where, readable=readable, urgency=urgency)
        return Elsewhere(message_texts.elsewhere(where, readable=readable), letter)

    def open(self, telling: Telling, *, owner: str = "", now: dt.datetime) -> Kept:
        taken = intake.take_in(telling, owner=owner, now=now)
        complaint = taken.complaint
        return Kept(complaint.case, _received(complaint), complaint.lock_id or 0, taken.private)

    def take_up(self, case_id: int, telling: Telling, *, now: dt.datetime) -> Kept:
        complaint = intake.take_up(case_id, telling, now=now)
        return Kept(complaint.case, _received(complaint))

    def hear(self, case_id: int, telling: Telling, *, now: dt.datetime) -> None:
        seal_case.give_desk(case_id, now=now)
        intake.hear(case_id, telling, now=now)

    def adopt(self, case_id: int, telling: Telling, *, sealed: Sealed, now: dt.datetime) -> None:
        intake.adopt(case_id, telling, sealed=sealed, now=now)

    def words(self, case_id: int, link_key: bytes) -> Sequence[Word]:
        complaint = Complaint.objects.filter(case_id=case_id).first()
        if complaint is None:
            return ()
        told = queries.words_by_link(complaint, link_key)
        return _with_pictures(told, queries.pictures(complaint)) if told else ()

    def picture(self, case_id: int, link_key: bytes, public_id: str) -> bytes | None:
        complaint = Complaint.objects.filter(case_id=case_id).first()
        return queries.picture_by_link(complaint, link_key, public_id) if complaint else None


def _with_pictures(told: Sequence[Told], pictures: Iterable[File]) -> Sequence[Word]:
    """Attach pictures to the text that came with them; a picture without a text becomes an item of its own."""
    at: dict[dt.datetime, tuple[str, ...]] = {}
    for file in pictures:
        at[file.at] = (*at.get(file.at, ()), str(file.public_id))
    said = []
    for each in told:
        ours = each.kind == "REPLY"
        said.append(Word(each.id, each.at, ours, each.text, () if ours else at.pop(each.at, ())))
    return [*said, *(Word(names[0], when, False, "", names) for when, names in at.items())]


def _received(complaint: Complaint) -> str:
    desk = Desk(complaint.veto.desk)
    return message_texts.received(
        complaint.case.code, desk=desk, urgency=complaint.urgency,
        about_the_top=Rank.DIRECTOR in complaint.ranks or desk is Desk.OUTSIDE,
        addresses=addresses(), early=bool(waiting_for_people()),
    )  # fmt: skip


def addresses() -> message_texts.Addresses:
    return message_texts.Addresses(settings.MINISTRY, settings.INSPECTORATE)
