"""Notice to a reporter that their identity was disclosed, in the conversation that they use.

On the web the status page itself shows it (intake/views/status.py), so nothing is queued. A channel that accepts no
message now (Zalo after seven days of silence) is retried when the reporter writes: `OWED`.
"""

import datetime as dt

from binhyen.cases import message_texts
from binhyen.cases.group_tip_desk import GROUP_TIP
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.channels.models import Conversation
from binhyen.channels.services import OWED, Draft, queue
from binhyen.people.access import APART

_OWN_PAGE = "web"


def tell_opened(
    *, key: str, reporter_id: int, subject: str, why: str, file: bool = False, carried: bool = False, now: dt.datetime
) -> None:
    """Queue the notice. `key`: idempotency key of one disclosure; `subject`: audit subject.

    `why`: the kind of reason as text; `file`: an original file, not the identity; `carried`: transferred offline, where
    this system cannot see whether it was opened.
    """
    kind, _colon, name = subject.partition(":")
    of_group = kind == GROUP_TIP
    told = CaseMessage.objects.filter(message__public_id=name, detached_at=None) if of_group else None
    found = Case.objects.filter(code=name) if told is None else Case.objects.filter(pk__in=told.values("case_id"))
    case = found.order_by("-id").first()
    if case is None:
        return
    talks = {talk.pk: talk for talk in (_private(reporter_id) if of_group else _reported(reporter_id))}
    queue(
        [
            Draft(
                key=f"{OWED}{key}:{talk.pk}", channel_id=talk.channel_id, conversation_id=talk.pk, case_id=case.pk,
                unit_id=None if case.apart else case.unit_id, purpose=APART if case.apart else "ANSWER",
                text=message_texts.opened(case.code, why, file=file, carried=carried),
            )
            for talk in talks.values()
        ],
        now=now,
    )  # fmt: skip


def _reported(reporter_id: int) -> list[Conversation]:
    """Return the conversations of the person's reports."""
    reports = Report.objects.filter(reporter_id=reporter_id).exclude(conversation__channel__kind=_OWN_PAGE)
    return [r.conversation for r in reports.select_related("conversation").order_by("id") if r.conversation]


def _private(reporter_id: int) -> list[Conversation]:
    """Return conversations in which a group author wrote to us; a chat without their messages accepts none."""
    talks = Conversation.objects.filter(reporter_id=reporter_id, last_interaction_at__isnull=False)
    return list(talks.exclude(channel__kind=_OWN_PAGE).order_by("id"))
