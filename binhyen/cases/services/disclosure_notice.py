"""Notice to a reporter that their identity was disclosed, in the conversation that they use.

On the web the status page itself shows it (intake/views/status.py), so nothing is queued. A channel that accepts no
message now (Zalo after seven days of silence) is retried when the reporter writes: `OWED`.
"""

import datetime as dt

from binhyen.cases import message_texts
from binhyen.cases.group_tip_desk import GROUP_TIP
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.channels.models import Conversation
from binhyen.channels.services import DEFERRED_PREFIX, OutgoingDraft, queue_messages
from binhyen.people.access import COMPLAINT_PURPOSE

_WEB_CHANNEL = "web"


def notify_disclosure(
    *, key: str, reporter_id: int, subject: str, why: str, file: bool = False, carried: bool = False, now: dt.datetime
) -> None:
    """Queue the notice. `key`: idempotency key of one disclosure; `subject`: audit subject.

    `why`: the kind of reason as text; `file`: an original file, not the identity; `carried`: transferred offline, where
    this system cannot see whether it was opened.
    """
    kind, _colon, name = subject.partition(":")
    of_group = kind == GROUP_TIP
    links = CaseMessage.objects.filter(message__public_id=name, detached_at=None) if of_group else None
    matching_cases = (
        Case.objects.filter(code=name) if links is None else Case.objects.filter(pk__in=links.values("case_id"))
    )
    case = matching_cases.order_by("-id").first()
    if case is None:
        return
    conversations = {
        conversation.pk: conversation
        for conversation in (
            _list_private_conversations(reporter_id) if of_group else _list_report_conversations(reporter_id)
        )
    }
    queue_messages(
        [
            OutgoingDraft(
                key=f"{DEFERRED_PREFIX}{key}:{conversation.pk}",
                channel_id=conversation.channel_id,
                conversation_id=conversation.pk,
                case_id=case.pk,
                unit_id=None if case.apart else case.unit_id,
                purpose=COMPLAINT_PURPOSE if case.apart else "ANSWER",
                text=message_texts.format_disclosure_notice(case.code, why, file=file, carried=carried),
            )
            for conversation in conversations.values()
        ],
        now=now,
    )


def _list_report_conversations(reporter_id: int) -> list[Conversation]:
    """Return the conversations of the person's reports."""
    reports = Report.objects.filter(reporter_id=reporter_id).exclude(conversation__channel__kind=_WEB_CHANNEL)
    return [
        report.conversation for report in reports.select_related("conversation").order_by("id") if report.conversation
    ]


def _list_private_conversations(reporter_id: int) -> list[Conversation]:
    """Return conversations in which a group author wrote to us; a chat without their messages accepts none."""
    conversations = Conversation.objects.filter(reporter_id=reporter_id, last_interaction_at__isnull=False)
    return list(conversations.exclude(channel__kind=_WEB_CHANNEL).order_by("id"))
