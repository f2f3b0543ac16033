"""The person is told that their identity was opened, in the conversation in which they talk to us.

On our own page it stands on the status page itself (intake/views/status.py), so nothing is queued for it.
"""

import datetime as dt

from binhyen.cases import letters
from binhyen.cases.models import Case, Report
from binhyen.channels.services import Draft, queue

_OWN_PAGE = "web"


def tell_opened(
    *, key: str, reporter_id: int, subject: str, why: str, file: bool = False, now: dt.datetime
) -> None:  # fmt: skip
    """`key`: one opening, one word; `subject`: the matter as the audit names it; `why`: the kind of reason in words;
    `file`: a picture as it came, not the identity.
    """
    case = Case.objects.filter(code=subject.removeprefix("case:")).first()
    if case is None:
        return
    reports = Report.objects.filter(reporter_id=reporter_id, conversation__isnull=False)
    talks = {
        r.conversation_id: r.conversation
        for r in reports.exclude(conversation__channel__kind=_OWN_PAGE).select_related("conversation").order_by("id")
    }
    queue(
        [
            Draft(
                key=f"{key}:{talk.pk}", channel_id=talk.channel_id, conversation_id=talk.pk, case_id=case.pk,
                unit_id=case.unit_id, purpose="ANSWER",
                text=(letters.opened_file if file else letters.opened)(case.code, why),
            )
            for talk in talks.values()
            if talk is not None
        ],
        now=now,
    )  # fmt: skip
