"""Tips on the sealed desk of the custody process (vault/sealed_desks.py): read by key holders of the province."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.cases.choices import OPEN_STATES, STATE_LABELS, State
from binhyen.kit.file_types import LABELS
from binhyen.kit.i18n_markers import N_
from binhyen.kit.keyset_pagination import Page, falling
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.services import Refusal
from binhyen.tips import queries, services
from binhyen.tips.models import Tip, TipFile
from binhyen.vault.queries import sealed_texts
from binhyen.vault.sealed_desks import BY_RECEIPT, PAGE, File, Sealed, SealedDesk, Talk

# The custody process has column access to these fields of the case only (rls/grants.py).
_COLUMNS = (
    "public_id", "lock", "told_at", "answered_at", "passed_on_at", "case__title", "case__place", "case__urgency",
    "case__state",
)  # fmt: skip


class TipDesk(SealedDesk):
    """Sealed desk of tips: access to the tip's place in the register shows that the tip exists."""

    name, group, label = "tip", "TIPS", N_("Tin kín")
    hands_over = True

    def talks(self, officer: Officer, *, over: bool = False, cursor: str = "", now: dt.datetime) -> Page[Talk]:
        open_ = Q(case__state__in=OPEN_STATES)
        rows = self._mine(officer).filter(~open_ if over else open_)
        by = ("told_at", "id") if over else ("case__urgency", "told_at", "id")
        page = falling("tips over" if over else "tips", rows, by, cursor=cursor, most=PAGE)
        return Page([_talk(tip) for tip in page.rows], page.next)

    def talk(self, officer: Officer, ref: str, *, now: dt.datetime) -> Talk | None:
        tip = self._one(officer, ref)
        return _talk(tip) if tip else None

    def words(self, ref: str) -> Sequence[Sealed]:
        return sealed_texts(f"tip:{UUID(ref)}")

    def files(self, ref: str) -> Sequence[File]:
        return [_file(row) for row in TipFile.objects.filter(tip__public_id=UUID(ref)).order_by("id")]

    def hand_over(self, *, ref: str, file: str, data: bytes, now: dt.datetime) -> File:
        """Move an original to the custodians' key; pictures before 26 November 2026 had none."""
        row = TipFile.objects.select_related("tip").filter(tip__public_id=UUID(ref), public_id=UUID(file)).first()
        if row is None:
            raise Refusal(_("Tin này đã được rút hoặc đã hết hạn."))
        return _file(services.hand_over(file=row, data=data, now=now))

    def reply(self, *, officer: Officer, ref: str, text: str, now: dt.datetime) -> None:
        services.answer(tip=self._need(officer, ref), text=text, officer=officer, now=now)

    def hand_on(self, *, officer: Officer, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        return services.hand_on(tip=self._need(officer, ref), extract=extract, officer=officer, again=again, now=now)

    def _mine(self, officer: Officer) -> QuerySet[Tip]:
        visible = access.cases(officer, "case__")
        return Tip.objects.filter(visible, gone_at=None).select_related("case").only(*_COLUMNS)

    def _one(self, officer: Officer, ref: str) -> Tip | None:
        try:
            return self._mine(officer).filter(public_id=UUID(ref)).first()
        except ValueError:
            return None

    def _need(self, officer: Officer, ref: str) -> Tip:
        tip = self._one(officer, ref)
        if tip is None:
            raise Refusal(_("Không có tin này."))
        return tip


def _file(row: TipFile) -> File:
    return File(
        str(row.public_id), row.shown, queries.file_context(row, "shown"), row.at, original=row.original,
        original_context=queries.file_context(row, "original"), original_lock=row.original_lock_id,
        label=LABELS.get(row.kind, ""),
    )  # fmt: skip


def _talk(tip: Tip) -> Talk:
    open_ = tip.case.state in OPEN_STATES
    return Talk(
        ref=str(tip.public_id), subject=f"tip:{tip.public_id}", lock_id=tip.lock_id or 0,
        title=tip.case.title, place=tip.case.place, urgency=tip.case.urgency,
        state=_(STATE_LABELS[State(tip.case.state)]), at=tip.told_at,
        waiting=tip.answered_at is None or tip.answered_at < tip.told_at, may_reply=True, may_hand_on=open_,
        reads=_(BY_RECEIPT), handed_on_at=tip.passed_on_at,
    )  # fmt: skip
