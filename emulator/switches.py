"""Switches for points on which the sources contradict each other, and further settings.

Defaults match our implementation.
"""

from dataclasses import dataclass, field, fields
from typing import Any

from emulator.errors import RequestRejected


@dataclass(slots=True)
class Switches:
    """The switches, changed with POST /_control/switches. README.md explains each."""

    mac_secret: str = "oa_secret_key"  # noqa: S105 or app_secret
    mac_first_term: str = "app_id"  # or oa_id
    mac_prefix: bool = True
    mac_spelling: str = "mac="  # before the digest, where there is a prefix; or "mac = ", "MAC="
    token_refusal: str = ""  # how a refresh is refused although the token is good; "": it is not
    media_url: str = ""  # other address of this process under which files are served; "": its usual one
    media_redirect: str = ""  # where /media/ sends its callers: the same path there
    echo_state: bool = True
    fixed_challenge: str = ""  # console challenge; empty: that of the permission link counts
    require_proof: bool = False
    group_names: str = "default"  # or of, is: other spellings of the lifecycle events
    group_location: bool = False
    retry_on: str = "any"  # or connection: only connection failures are retried
    getoa_id: str = "oaid"  # or oa_id
    quota_numbers: bool = True
    old_sends: bool = False  # transaction and promotion endpoints still open
    old_reads: bool = False  # getprofile and getfollowers still open
    buttons: bool = True  # consultation messages may carry buttons
    click_event: str = "user_send_text"  # how a pressed button comes; or another of CHOICES
    auto_received: bool = True
    auto_seen: bool = False
    rate_limit: int = 4000  # calls a minute for the app; 0: none
    oa_rate_limit: int = 0  # calls a minute for the OA's package (2000 on Comprehensive); 0: none
    hash_only: bool = False  # deliver only texts that start with '#'
    events_off: list[str] = field(default_factory=list)

    CHOICES = {
        "mac_secret": ("oa_secret_key", "app_secret"),
        "mac_first_term": ("app_id", "oa_id"),
        "mac_spelling": ("mac=", "mac = ", "MAC="),
        "token_refusal": ("", "number", "other_number", "name_only", "oauth_words", "http_401", "unknown_words"),
        "group_names": ("default", "of", "is"),
        "retry_on": ("any", "connection"),
        "getoa_id": ("oaid", "oa_id"),
        "click_event": ("user_send_text", "user_click_response_button", "user_click_button"),
    }

    def change(self, values: dict[str, Any]) -> None:
        """Set the named switches; rejects unknown names, wrong types and unknown choices as a whole."""
        names = {switch.name for switch in fields(self)}
        for name, value in values.items():
            if name not in names:
                raise RequestRejected(f"unknown switch {name}")
            if type(value) is not type(getattr(self, name)):
                raise RequestRejected(f"switch {name} must be {type(getattr(self, name)).__name__}")
            if name in self.CHOICES and value not in self.CHOICES[name]:
                raise RequestRejected(f"switch {name} is one of {', '.join(self.CHOICES[name])}")
        for name, value in values.items():
            setattr(self, name, value)
