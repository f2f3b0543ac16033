"""Notice to a reporter that their identity was disclosed, in the conversation that they use.

On the web the status page itself shows it (intake/views/status.py), so nothing is queued. A channel that accepts no
message now (Zalo after seven days of silence) is retried when the reporter writes: `OWED`.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef

from binhyen.cases import message_texts
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.queries.linked_tips import GROUP_TIP
from binhyen.cases.services.search_index import rebuild_cases_of_messages
from binhyen.channels.models import Conversation, Message
from binhyen.channels.retry_policy import READABLE_TIME
from binhyen.channels.services import DEFERRED_PREFIX, OutgoingDraft, queue_messages
from binhyen.channels.services.messages import seal_messages
from binhyen.language.reading import DANGER
from binhyen.people.access import COMPLAINT_PURPOSE

# Delayed sealing of private messages about a danger that was reported in a group.
#
# Duty officers read them in plaintext; some hours later they are sealed like the group message, whose author the group
# knows.

_LOOK_BACK = dt.timedelta(days=3)  # the nightly job looks back this far


@transaction.atomic
def seal_private_messages(post_ids: Collection[int], *, now: dt.datetime) -> list[int]:
    """Seal private messages that authors of these sealed group messages wrote on the same cases; return ids.

    Only messages that are old enough.
    """
    posts = CaseMessage.objects.filter(message__in=post_ids, message__urgency__gte=DANGER, detached_at=None)
    same = posts.filter(case=OuterRef("case"), message__reporter=OuterRef("message__reporter"))
    private_links = CaseMessage.objects.filter(
        Exists(same),
        case__in=posts.values("case"),
        case__is_restricted=False,
        detached_at=None,
        message__group=None,
        message__ciphertext=None,
        message__conversation__isnull=False,
        message__received_at__lte=now - READABLE_TIME,
    )
    message_ids = sorted(set(private_links.values_list("message_id", flat=True)))
    if message_ids:
        seal_messages(message_ids, immediately=True, now=now)
        rebuild_cases_of_messages(message_ids, exclude_case_ids=())
    return message_ids


def seal_recent_private_messages(*, now: dt.datetime) -> list[int]:
    """Seal the private messages that were too recent when their group message was sealed."""
    sealed_tips = Message.objects.filter(sensitive=True, group__isnull=False, lock__isnull=False, urgency__gte=DANGER)
    posts = sealed_tips.filter(received_at__gt=now - _LOOK_BACK).values_list("pk", flat=True)
    return seal_private_messages(list(posts), now=now)


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
                unit_id=None if case.is_restricted else case.unit_id,
                purpose=COMPLAINT_PURPOSE if case.is_restricted else "ANSWER",
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
