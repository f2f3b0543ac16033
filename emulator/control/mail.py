"""Control of the SMTP server: accepted messages and rules."""

from dataclasses import asdict

from emulator.control.desk import MAX_WAIT_SECONDS
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.http import HttpRequest
from emulator.mail import MailRule, mail_to_json
from emulator.world import Json


async def handle_mail(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET /_control/mail?after=&recipient=&wait=: its port, and accepted messages, oldest first."""
    recipient, after = request.query.get("recipient", ""), request.number("after", 0)

    def list_messages() -> list[Json]:
        rows = (mail for mail in emu.mail.messages if mail.seq > after)
        return [mail_to_json(mail) for mail in rows if not recipient or recipient in mail.recipients]

    wait = min(float(request.number("wait", 0)), MAX_WAIT_SECONDS)
    if wait:
        await emu.mail.changed.until(lambda: bool(list_messages()), wait)
    return {"port": emu.mail.port, "messages": list_messages()}


def handle_mail_rules(emu: Emulator, request: HttpRequest) -> Json:
    """Handle GET, POST of a rule, or DELETE of all rules."""
    if request.method == "DELETE":
        emu.mail.rules.clear()
    elif request.method == "POST":
        try:
            emu.mail.rules.append(MailRule(**request.parse_json()))
        except TypeError as error:
            raise RequestRejected(f"rule: {error}") from error
    return {"rules": [asdict(rule) for rule in emu.mail.rules]}
