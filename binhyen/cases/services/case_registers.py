"""Steps shared by the registers that keep a record on a case: found things, people, weapons, needs."""

import datetime as dt

from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import Case
from binhyen.cases.services.unit_of_work import audit_subject, lock_case, require_permission
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor


def lock_open_case(code: str, *, officer: Officer) -> Case:
    """Lock the case of a record before the record: the case decides about access.

    Raises NotFound, NotAllowed, and RuleViolation if it is closed.
    """
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=None)
    if not case.is_open:
        raise RuleViolation(_("Vụ này đã xong. Mở lại vụ việc trước."))
    return case


def record_case_action(case: Case, verb: str, officer: Officer, *, now: dt.datetime) -> None:
    """Record an officer's action on the record of a case in the audit log, under the case."""
    record_actions([AuditAction(get_audit_actor(officer), verb, audit_subject(case), case.unit_id)], now=now)
