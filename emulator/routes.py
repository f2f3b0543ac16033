"""Every address of the stand-in and who answers it."""

from collections.abc import Callable
from typing import Any

from emulator.control import desk, people
from emulator.core import Emulator
from emulator.http import Request
from emulator.openapi import messages

Handler = Callable[[Emulator, Request], Any]

OPENAPI: dict[tuple[str, str], Handler] = {
    ("POST", "/v3.0/oa/message/cs"): messages.send_cs,
    ("POST", "/v3.0/oa/message/template"): messages.send_template,
    ("POST", "/v3.0/oa/message/transaction"): messages.send_old,
    ("POST", "/v3.0/oa/message/promotion"): messages.send_old,
    ("POST", "/v3.0/oa/quota/message"): messages.quota_message,
    ("POST", "/v2.0/oa/message"): messages.send_v2,
}

CONTROL: dict[tuple[str, str], Handler] = {
    ("GET", "/setup"): desk.setup,
    ("POST", "/setup"): desk.setup,
    ("POST", "/tokens"): desk.tokens,
    ("GET", "/sent"): desk.sent,
    ("GET", "/webhooks"): desk.webhooks,
    ("POST", "/webhooks"): desk.subscribe,
    ("POST", "/event"): desk.send_event,
    ("GET", "/clock"): desk.clock,
    ("POST", "/clock"): desk.clock,
    ("GET", "/faults"): desk.faults,
    ("POST", "/faults"): desk.faults,
    ("DELETE", "/faults"): desk.faults,
    ("GET", "/switches"): desk.switches,
    ("POST", "/switches"): desk.switches,
    ("POST", "/reset"): desk.reset,
    ("POST", "/say"): people.say,
    ("GET", "/citizens"): people.listing,
    ("POST", "/citizens"): people.create,
    ("POST", "/citizen"): people.change,
    ("POST", "/follow"): people.follow,
    ("POST", "/seen"): people.seen,
    ("POST", "/react"): people.react,
    ("POST", "/submit_info"): people.submit_info,
    ("POST", "/click"): people.click_chat,
    ("POST", "/withdraw"): people.withdraw,
}
