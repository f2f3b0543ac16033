"""Sealed group tips on the handlers' desk (docs/decisions/0016): read there, answered in their case.

The case is with its unit from the moment of the tip; a handler of the province adds the facts that the unit needs as a
note.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Func, QuerySet, TextField
from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS, PROVINCE_ONLY_CATEGORIES
from binhyen.cases.queries.linked_tips import GROUP_TIP, GROUP_TIPS_SLUG, can_read_group_tips
from binhyen.channels.models import Attachment, Message
from binhyen.channels.services.media import format_preview_context, get_sealed_original
from binhyen.channels.services.messages import TIP_KEY_GROUP, format_sealed_context
from binhyen.kit.i18n_markers import N_
from binhyen.kit.keyset_pagination import Page, paginate_descending
from binhyen.people.errors import RuleViolation
from binhyen.people.models import Officer
from binhyen.ui.label_cache import translated_labels
from binhyen.vault.sealed_desks import PAGE, SealedAttachment, SealedConversation, SealedDesk, SealedMessage

# The custody process reads no case; this says the one word of it that a handler needs (cases/sql).
_CODE_FUNCTION = Func(F("public_id"), function="cases_find_sealed_code", output_field=TextField())
_COLUMNS = ("public_id", "lock_id", "category", "urgency", "sent_at", "group__name")
# The custody process may read only these columns of a file and its message (rls/grants.py).
_FILE_COLUMNS = ("public_id", "preview", "original", "lock", "message__sent_at", "message__reporter")
_COMPLAINTS = (
    *PROVINCE_ONLY_CATEGORIES,
    "",
)  # "": the message of a complaint has none (channels.services.messages.clear_content)
_PRIVATE_LABEL = N_("nhắn riêng sau tin trong nhóm")
_CASE_EXISTS = N_("Tin trong nhóm đã có vụ việc. Hãy ghi phần cần thiết vào ghi chú của vụ việc ấy.")


class GroupTipDesk(SealedDesk):
    """Tips that stood in a group, and private follow-ups of their authors.

    Complaints about police go to the inspectorate.
    """

    name = GROUP_TIPS_SLUG
    group = TIP_KEY_GROUP
    ends = False
    label = N_("Tin kín trong nhóm")

    def talks(
        self, officer: Officer, *, over: bool = False, cursor: str = "", now: dt.datetime
    ) -> Page[SealedConversation]:
        """Return the conversations, newest first: urgent ones ring at the case, and closed cases are not known here."""
        page = paginate_descending("sealed posts", _select_messages(officer), ("id",), cursor=cursor, limit=PAGE)
        return Page([_to_conversation(row) for row in page.rows], page.next)

    def talk(self, officer: Officer, ref: str, *, now: dt.datetime) -> SealedConversation | None:
        try:
            row = _select_messages(officer).filter(public_id=UUID(ref)).first()
        except ValueError:
            return None
        return _to_conversation(row) if row else None

    def words(self, ref: str) -> Sequence[SealedMessage]:
        row = Message.objects.filter(public_id=UUID(ref)).values_list("ciphertext", "sent_at").first()
        if row is None or row[0] is None:
            return []
        return [SealedMessage(bytes(row[0]), format_sealed_context(ref), row[1])]

    def list_files(self, ref: str) -> Sequence[SealedAttachment]:
        """Return copies without metadata; the originals are with the custodians.

        A file that is no image has no copy.
        """
        rows = Attachment.objects.filter(message__public_id=UUID(ref), shown_lock__isnull=False)
        rows = rows.exclude(message__category__in=_COMPLAINTS).exclude(preview="", original="")
        rows = rows.order_by("id").only(*_FILE_COLUMNS).select_related("message")
        return [_to_file(row) for row in rows]

    def reply(self, *, officer: Officer, ref: str, text: str, now: dt.datetime) -> None:
        raise RuleViolation(_(_CASE_EXISTS))

    def hand_on(self, *, officer: Officer, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        raise RuleViolation(_(_CASE_EXISTS))


def _select_messages(officer: Officer) -> QuerySet[Message]:
    if not can_read_group_tips(officer):
        return Message.objects.none()
    rows = Message.objects.filter(lock__isnull=False).exclude(category__in=_COMPLAINTS)
    return rows.annotate(case_code=_CODE_FUNCTION).select_related("group").only(*_COLUMNS)


def _to_file(row: Attachment) -> SealedAttachment:
    if row.message is None:
        raise TypeError("attachment of a group tip has no message")
    sealed = get_sealed_original(row)
    return SealedAttachment(
        str(row.public_id),
        row.preview,
        format_preview_context(row.public_id),
        row.message.sent_at,
        original=row.original,
        original_context=sealed.context if sealed else "",
        original_lock=sealed.lock_id if sealed else None,
        reporter=row.message.reporter_id,
    )


def _to_conversation(row: Message) -> SealedConversation:
    ref = str(row.public_id)
    return SealedConversation(
        ref=ref,
        subject=f"{GROUP_TIP}:{ref}",
        lock_id=row.lock_id or 0,
        title=translated_labels(CATEGORY_LABELS).get(row.category, _("Khác")),
        place=row.group.name if row.group else _(_PRIVATE_LABEL),
        urgency=row.urgency,
        state=_("Đã có vụ việc"),
        at=row.sent_at,
        waiting=False,
        may_reply=False,
        may_hand_on=False,
        case_code=getattr(row, "case_code", None) or "",
    )
