"""Call back reporters with their consent: show the number once per press, recorded and visible to the person."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import CallbackView, Case, Report
from binhyen.cases.queries import case_page
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.unit_of_work import require_permission
from binhyen.kit.i18n_markers import N_
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor
from binhyen.vault import callback_numbers

NO_NUMBER = N_("Người báo không để lại số để gọi lại, hoặc đã rút đồng ý.")


@dataclass(frozen=True, slots=True)
class CallbackEntry:
    """A reporter of the case with a number to call back. `seen`: (moment, officer's name), newest first."""

    reporter_id: int
    seen: tuple[tuple[dt.datetime, str], ...]


def list_callbacks(officer: Officer, case: Case, reports: Sequence[Report]) -> list[CallbackEntry]:
    """List the reporters of an open case with a number to call back; none of a case that officers cannot read.

    `reports`: all of the case.
    """
    if not case.is_open or case.is_restricted or not officer.may(Permission.WORK_CASES):
        return []
    reporters = {report.reporter_id for report in reports}
    allowed = sorted(callback_numbers.find_reporters_with_number(reporters))  # a withdrawn consent deletes the number
    if not allowed:
        return []
    views = CallbackView.objects.filter(case=case, reporter__in=allowed).select_related("officer").order_by("-id")
    return [
        CallbackEntry(pk, tuple((view.at, view.officer.name) for view in views if view.reporter_id == pk))
        for pk in allowed
    ]


def list_callback_times(reporter_id: int) -> list[dt.datetime]:
    """List when the person's number was shown to be called, for their own page: no officer is named."""
    return list(CallbackView.objects.filter(reporter=reporter_id).order_by("id").values_list("at", flat=True))


@transaction.atomic
def record_reveal(*, code: str, reporter_id: int, officer: Officer, now: dt.datetime) -> None:
    """Record that the number is about to be shown for one call. Raises NotFound, NotAllowed."""
    read_revealed_number(code=code, reporter_id=reporter_id, officer=officer)
    case = get_visible_case(officer, code)
    CallbackView.objects.create(case=case, reporter_id=reporter_id, officer=officer, at=now)
    action = AuditAction(get_audit_actor(officer), "case.callback_shown", f"case:{case.code}", case.unit_id)
    record_actions([action], now=now)


def read_revealed_number(*, code: str, reporter_id: int, officer: Officer) -> str:
    """Return the number; only after `record_reveal`. Raises NotFound, NotAllowed."""
    require_permission(officer, Permission.WORK_CASES)
    case = get_visible_case(officer, code)
    entries = list_callbacks(officer, case, case_page.list_reports(case))
    if reporter_id not in {entry.reporter_id for entry in entries}:
        raise NotAllowed(NO_NUMBER)
    try:
        return callback_numbers.read_number(reporter_id) or ""
    except callback_numbers.CallbackUnreadable:
        raise NotAllowed(_("Không đọc được số này. Cần gọi thì xin hai người giữ danh tính cùng mở.")) from None
