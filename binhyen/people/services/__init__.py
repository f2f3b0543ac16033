"""Services on officers, sign-ins, second factors and the roster."""

from binhyen.people.errors import Refusal
from binhyen.people.services.login_throttle import TooEarly
from binhyen.people.services.officers import change_password, create_officer, deactivate, transfer
from binhyen.people.services.roster import put_on_duty, take_off_duty
from binhyen.people.services.sessions import (
    actor_of,
    check_password,
    confirm,
    end_all,
    end_one,
    end_sign_in,
    open_sign_in,
    spend_confirmation,
    stay_awake,
)

__all__ = [
    "Refusal",
    "TooEarly",
    "actor_of",
    "change_password",
    "check_password",
    "confirm",
    "create_officer",
    "deactivate",
    "end_all",
    "end_one",
    "end_sign_in",
    "open_sign_in",
    "put_on_duty",
    "spend_confirmation",
    "stay_awake",
    "take_off_duty",
    "transfer",
]
