"""Sealed group tips on the handlers' desk (docs/decisions/0016): read there, answered in their case.

The case is with its unit from the moment of the tip; a handler of the province adds the facts that the unit needs as a
note.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Func, QuerySet, TextField
from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS, NEVER_DOWN
from binhyen.cases.queries.linked_tips import TIPS_OF_GROUPS, reads_tips
from binhyen.channels.models import Attachment, Message
from binhyen.channels.services.media import sealed_original, shown_context
from binhyen.channels.services.messages import TIPS, sealed_context
from binhyen.kit.i18n_markers import N_
from binhyen.kit.keyset_pagination import Page, falling
from binhyen.people.errors import Refusal
from binhyen.people.models import Officer
from binhyen.ui.label_cache import spoken
from binhyen.vault.sealed_desks import PAGE, File, Sealed, SealedDesk, Talk

# The custody process reads no case; this says the one word of it that a handler needs (cases/sql).
_CODE = Func(F("public_id"), function="cases_code_of_sealed", output_field=TextField())
GROUP_TIP = "group-tip"  # prefix of the audit subject
_COLUMNS = ("public_id", "lock_id", "category", "urgency", "sent_at", "group__name")
# The custody process may read only these columns of a file and its message (rls/grants.py).
_FILE_COLUMNS = ("public_id", "shown", "original", "lock", "message__sent_at", "message__reporter")
_COMPLAINTS = (*NEVER_DOWN, "")  # "": the message of a complaint has none (channels.services.messages.clear_content)
_ALONE = N_("nhắn riêng sau tin trong nhóm")
_ON_THE_CASE = N_("Tin trong nhóm đã có vụ việc. Hãy ghi phần cần thiết vào ghi chú của vụ việc ấy.")


class GroupTips(SealedDesk):
    """Tips that stood in a group, and private follow-ups of their authors.

    Complaints about police go to the inspectorate.
    """

    name = TIPS_OF_GROUPS
    group = TIPS
    ends = False
    label = N_("Tin kín trong nhóm")

    def talks(self, officer: Officer, *, over: bool = False, cursor: str = "", now: dt.datetime) -> Page[Talk]:
        """Return the conversations, newest first: urgent ones ring at the case, and closed cases are not known here."""
        page = falling("sealed posts", _posts(officer), ("id",), cursor=cursor, most=PAGE)
        return Page([_talk(row) for row in page.rows], page.next)

    def talk(self, officer: Officer, ref: str, *, now: dt.datetime) -> Talk | None:
        try:
            row = _posts(officer).filter(public_id=UUID(ref)).first()
        except ValueError:
            return None
        return _talk(row) if row else None

    def words(self, ref: str) -> Sequence[Sealed]:
        found = Message.objects.filter(public_id=UUID(ref)).values_list("sealed", "sent_at").first()
        if found is None or found[0] is None:
            return []
        return [Sealed(bytes(found[0]), sealed_context(ref), found[1])]

    def files(self, ref: str) -> Sequence[File]:
        """Return copies without metadata; the originals are with the custodians.

        A file that is no image has no copy.
        """
        rows = Attachment.objects.filter(message__public_id=UUID(ref), shown_lock__isnull=False)
        rows = rows.exclude(message__category__in=_COMPLAINTS).exclude(shown="", original="")
        rows = rows.order_by("id").only(*_FILE_COLUMNS).select_related("message")
        return [_file(row) for row in rows]

    def reply(self, *, officer: Officer, ref: str, text: str, now: dt.datetime) -> None:
        raise Refusal(_(_ON_THE_CASE))

    def hand_on(self, *, officer: Officer, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        raise Refusal(_(_ON_THE_CASE))


def _posts(officer: Officer) -> QuerySet[Message]:
    if not reads_tips(officer):
        return Message.objects.none()
    rows = Message.objects.filter(lock__isnull=False).exclude(category__in=_COMPLAINTS)
    return rows.annotate(case_code=_CODE).select_related("group").only(*_COLUMNS)


def _file(row: Attachment) -> File:
    if row.message is None:
        raise TypeError("attachment of a group tip has no message")
    sealed = sealed_original(row)
    return File(
        str(row.public_id), row.shown, shown_context(row.public_id), row.message.sent_at, original=row.original,
        original_context=sealed.context if sealed else "", original_lock=sealed.lock_id if sealed else None,
        reporter=row.message.reporter_id,
    )  # fmt: skip


def _talk(row: Message) -> Talk:
    ref = str(row.public_id)
    return Talk(
        ref=ref, subject=f"{GROUP_TIP}:{ref}", lock_id=row.lock_id or 0,
        title=spoken(CATEGORY_LABELS).get(row.category, _("Khác")), place=row.group.name if row.group else _(_ALONE),
        urgency=row.urgency, state=_("Đã có vụ việc"), at=row.sent_at, waiting=False, may_reply=False,
        may_hand_on=False, case_code=getattr(row, "case_code", None) or "",
    )  # fmt: skip
