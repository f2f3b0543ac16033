"""Notices of alarms on officers' phones: that there is an urgent case, and that it was taken. No personal data."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from binhyen.cases.models import Case
from binhyen.cases.rules import AlarmLevel, choose_notified_officers, should_alarm
from binhyen.channels.services.push import NoticeDraft, cancel_notices, list_subscribed_officers, queue_notice
from binhyen.people.queries import list_ids_on_duty

DESK_URL = "/ban-truc"
_RINGING_TIME = dt.timedelta(hours=1)
_QUIET_TIME = dt.timedelta(minutes=30)


def queue_alarm_notices(
    alarms: Iterable[tuple[Case, int]], recipients: Sequence[tuple[int, ...]], *, now: dt.datetime
) -> None:
    """Queue a notice for each ringing case at its stage. One statement where there is no subscription."""
    for (case, stage), called in zip(alarms, recipients, strict=True):
        subscribed = list_subscribed_officers(called) if called else set()
        if not subscribed:
            continue
        on_duty = list_ids_on_duty(case.unit_id, now) if stage == AlarmLevel.OFFICERS else frozenset()
        with override("vi"):
            title = _("Có vụ khẩn cấp ở đơn vị")
            body = _("Mở bàn trực để nhận.") if stage == AlarmLevel.OFFICERS else _("Chưa ai nhận. Mở bàn trực.")
        draft = NoticeDraft(
            key=f"alarm:{case.code}:{case.version}",
            title=title,
            body=body,
            url=DESK_URL,
            lifetime=_RINGING_TIME,
            officers=choose_notified_officers(subscribed, on_duty=on_duty),
            case_id=case.pk,
            replaces=_name_notices(case),
            is_urgent=True,
        )
        queue_notice(draft, now=now)


def replace_alarm_notices(case: Case, *, now: dt.datetime) -> None:
    """Tell the phones that rang for this case that it was taken; unsent notices are cancelled."""
    if not should_alarm(case.urgency):
        return
    officers = cancel_notices(replaces=_name_notices(case), now=now)
    if not officers:
        return
    with override("vi"):
        title = _("Vụ khẩn cấp đã có người nhận")
    draft = NoticeDraft(
        key=f"quiet:{case.code}:{case.version}",
        title=title,
        url=DESK_URL,
        lifetime=_QUIET_TIME,
        officers=officers,
        replaces=_name_notices(case),
    )
    queue_notice(draft, now=now)


def _name_notices(case: Case) -> str:
    return f"alarm-{case.code}"
