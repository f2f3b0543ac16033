"""Keeps complaints for intake (intake/apart.py: Keeper); named in settings.KEEPER."""

import datetime as dt
from collections.abc import Sequence

from binhyen.conduct import letters, queries
from binhyen.conduct.models import Complaint
from binhyen.conduct.rules import Rank
from binhyen.conduct.services import lifting, taking
from binhyen.intake.apart import Kept, Telling, Word


class Keeper:
    def open(self, telling: Telling, *, owner: str = "", now: dt.datetime) -> Kept:
        taken = taking.take_in(telling, owner=owner, now=now)
        complaint = taken.complaint
        letter = letters.received(
            complaint.case.code, desk=taken.route.desk, urgency=complaint.urgency,
            about_the_top=Rank.DIRECTOR in complaint.ranks,
        )  # fmt: skip
        return Kept(complaint.case, letter, complaint.lock_id or 0, taken.private)

    def hear(self, case_id: int, telling: Telling, *, now: dt.datetime) -> None:
        lifting.lift(case_id, now=now)  # an officer may just have seen what it is
        taking.hear(case_id, telling, now=now)

    def words(self, case_id: int, link_key: bytes) -> Sequence[Word]:
        complaint = Complaint.objects.filter(case_id=case_id).first()
        if complaint is None:
            return ()
        said = queries.words_by_link(complaint, link_key)
        return [Word(told.id, told.at, told.kind == "REPLY", told.text) for told in said]
