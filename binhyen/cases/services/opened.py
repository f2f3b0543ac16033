"""The person is told that their identity was opened, in the conversation in which they talk to us.

On our own page it stands on the status page itself (intake/views/status.py), so nothing is queued for it. A channel
that takes no word of ours now (Zalo, for who was silent for seven days) is asked again when the person writes: `OWED`.
"""

import datetime as dt

from binhyen.cases import letters
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.tipdesk import GROUP_TIP
from binhyen.channels.models import Conversation
from binhyen.channels.services import OWED, Draft, queue
from binhyen.people.access import APART

_OWN_PAGE = "web"


def tell_opened(
    *, key: str, reporter_id: int, subject: str, why: str, file: bool = False, carried: bool = False, now: dt.datetime
) -> None:
    """`key`: one opening, one word; `subject`: the matter as the audit names it; `why`: the kind of reason in words;
    `file`: a picture as it came, not the identity; `carried`: to where it may have been opened, nobody here knows.
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
                text=letters.opened(case.code, why, file=file, carried=carried),
            )
            for talk in talks.values()
        ],
        now=now,
    )  # fmt: skip


def _reported(reporter_id: int) -> list[Conversation]:
    """Where the person told of a case."""
    reports = Report.objects.filter(reporter_id=reporter_id).exclude(conversation__channel__kind=_OWN_PAGE)
    return [r.conversation for r in reports.select_related("conversation").order_by("id") if r.conversation]


def _private(reporter_id: int) -> list[Conversation]:
    """Where who posted in a group ever wrote to us alone; a chat in which nobody did takes no word of ours."""
    talks = Conversation.objects.filter(reporter_id=reporter_id, last_interaction_at__isnull=False)
    return list(talks.exclude(channel__kind=_OWN_PAGE).order_by("id"))
