"""Services on officers, sign-ins, second factors and the roster."""

from binhyen.people.errors import RuleViolation
from binhyen.people.services.login_throttle import RetryLater
from binhyen.people.services.officers import change_password, create_officer, deactivate_officer, transfer_officer
from binhyen.people.services.roster import (
    add_duty_shift,
    remove_duty_shift,
    repeat_duty_shift,
    swap_duty_shift,
)
from binhyen.people.services.sessions import (
    check_password,
    end_all_sessions,
    end_own_session,
    end_sign_in,
    extend_idle_time,
    get_audit_actor,
    open_sign_in,
    spend_confirmation,
    store_confirmation,
)

__all__ = [
    "RetryLater",
    "RuleViolation",
    "add_duty_shift",
    "change_password",
    "check_password",
    "create_officer",
    "deactivate_officer",
    "end_all_sessions",
    "end_own_session",
    "end_sign_in",
    "extend_idle_time",
    "get_audit_actor",
    "open_sign_in",
    "remove_duty_shift",
    "repeat_duty_shift",
    "spend_confirmation",
    "store_confirmation",
    "swap_duty_shift",
    "transfer_officer",
]
