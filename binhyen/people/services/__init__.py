"""What can be done with officers, their sign-ins and the roster."""

from binhyen.people.services.officers import change_password, create_officer, deactivate, transfer
from binhyen.people.services.refusal import Refusal
from binhyen.people.services.roster import put_on_duty, take_off_duty
from binhyen.people.services.signing import (
    TooEarly,
    actor_of,
    check_password,
    end_all,
    end_sign_in,
    open_sign_in,
)

__all__ = [
    "Refusal",
    "TooEarly",
    "actor_of",
    "change_password",
    "check_password",
    "create_officer",
    "deactivate",
    "end_all",
    "end_sign_in",
    "open_sign_in",
    "put_on_duty",
    "take_off_duty",
    "transfer",
]
