"""Tips on the sealed desk of the custody process (vault/sealed_desks.py): read by key holders of the province."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.cases.choices import OPEN_STATES, STATE_LABELS, State
from binhyen.kit.file_storage import LABELS
from binhyen.kit.i18n_markers import N_
from binhyen.kit.keyset_pagination import Page, paginate_descending
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation
from binhyen.tips import queries, services
from binhyen.tips.models import Tip, TipFile
from binhyen.vault.queries import list_sealed_texts
from binhyen.vault.sealed_desks import BY_RECEIPT, PAGE, SealedAttachment, SealedConversation, SealedDesk, SealedMessage

# The custody process has column access to these fields of the case only (rls/grants.py).
_COLUMNS = (
    "public_id",
    "lock",
    "last_message_at",
    "answered_at",
    "passed_on_at",
    "case__title",
    "case__place",
    "case__urgency",
    "case__state",
)


class TipDesk(SealedDesk):
    """Sealed desk of tips: access to the tip's place in the register shows that the tip exists."""

    name, group, label = "tip", "TIPS", N_("Tin kín")
    hands_over = True

    def talks(
        self, officer: Officer, *, over: bool = False, cursor: str = "", now: dt.datetime
    ) -> Page[SealedConversation]:
        open_ = Q(case__state__in=OPEN_STATES)
        rows = self._list_visible(officer).filter(~open_ if over else open_)
        sort_keys = ("last_message_at", "id") if over else ("case__urgency", "last_message_at", "id")
        page = paginate_descending("tips over" if over else "tips", rows, sort_keys, cursor=cursor, limit=PAGE)
        return Page([_to_conversation(tip) for tip in page.rows], page.next)

    def talk(self, officer: Officer, ref: str, *, now: dt.datetime) -> SealedConversation | None:
        tip = self._find_tip(officer, ref)
        return _to_conversation(tip) if tip else None

    def words(self, ref: str) -> Sequence[SealedMessage]:
        return list_sealed_texts(f"tip:{UUID(ref)}")

    def list_files(self, ref: str) -> Sequence[SealedAttachment]:
        return [_to_attachment(row) for row in TipFile.objects.filter(tip__public_id=UUID(ref)).order_by("id")]

    def transfer_to_custodians(self, *, ref: str, file: str, data: bytes, now: dt.datetime) -> SealedAttachment:
        """Move an original to the custodians' key; pictures before 26 November 2026 had none."""
        row = TipFile.objects.select_related("tip").filter(tip__public_id=UUID(ref), public_id=UUID(file)).first()
        if row is None:
            raise RuleViolation(_("Tin này đã được rút hoặc đã hết hạn."))
        return _to_attachment(services.transfer_to_custodians(file=row, data=data, now=now))

    def reply(self, *, officer: Officer, ref: str, text: str, now: dt.datetime) -> None:
        services.answer_tip(tip=self._get_tip(officer, ref), text=text, officer=officer, now=now)

    def hand_on(self, *, officer: Officer, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        return services.queue_extract(
            tip=self._get_tip(officer, ref), extract=extract, officer=officer, again=again, now=now
        )

    def _list_visible(self, officer: Officer) -> QuerySet[Tip]:
        visible = access.filter_cases(officer, "case__")
        return Tip.objects.filter(visible, gone_at=None).select_related("case").only(*_COLUMNS)

    def _find_tip(self, officer: Officer, ref: str) -> Tip | None:
        try:
            return self._list_visible(officer).filter(public_id=UUID(ref)).first()
        except ValueError:
            return None

    def _get_tip(self, officer: Officer, ref: str) -> Tip:
        tip = self._find_tip(officer, ref)
        if tip is None:
            raise RuleViolation(_("Không có tin này."))
        return tip


def _to_attachment(row: TipFile) -> SealedAttachment:
    return SealedAttachment(
        str(row.public_id),
        row.preview,
        queries.format_file_context(row, "shown"),
        row.at,
        original=row.original,
        original_context=queries.format_file_context(row, "original"),
        original_lock=row.original_lock_id,
        label=LABELS.get(row.kind, ""),
    )


def _to_conversation(tip: Tip) -> SealedConversation:
    open_ = tip.case.state in OPEN_STATES
    return SealedConversation(
        ref=str(tip.public_id),
        subject=f"tip:{tip.public_id}",
        lock_id=tip.lock_id or 0,
        title=tip.case.title,
        place=tip.case.place,
        urgency=tip.case.urgency,
        state=_(STATE_LABELS[State(tip.case.state)]),
        at=tip.last_message_at,
        waiting=tip.answered_at is None or tip.answered_at < tip.last_message_at,
        may_reply=True,
        may_hand_on=open_,
        reads=_(BY_RECEIPT),
        handed_on_at=tip.passed_on_at,
    )
