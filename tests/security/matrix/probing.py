"""One request and its result; its senders; the marks in an answer."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.test import Client

from binhyen.people.models import Officer
from binhyen.people.roles import Role
from tests.security.matrix.policy import SCOPE_BY_ROLE, Outcome
from tests.security.matrix.scene import OWN, PARENT, Scene, make_mark

UNKNOWN_ROLE = cast("Role", "KING")  # a role without an entry: signed in, with access to nothing
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
NO_RIGHT = "Bạn không có quyền làm việc này."
_MARKS = re.compile(rb"zq(?:case|message|group|flag|held|dead|bulletin|officer|indicator|procedure|care)[a-z]+")
# Names of officers are no secret among case officers: on duty, assigned, in a thread.
KINDS = ("case", "message", "group", "flag", "held", "dead", "bulletin", "indicator", "procedure", "care")


@dataclass
class Asker:
    """A person with a browser. `role`: None if the program must treat them as anonymous."""

    name: str
    role: Role | None
    officer: Officer | None
    client: Client


def build_askers(scene: Scene, officer: Callable[..., Any], name: str) -> Asker:
    """Return clients by name: «nobody», «locked», «unknown» (an invalid role), or a role. All others belong to Lộc Hà
    or the province.
    """
    client = Client(raise_request_exception=True)
    if name == "nobody":
        return Asker(name, None, None, client)
    role = Role.CHIEF if name in {"locked", "unknown"} else Role(name)
    person = (
        scene.team
        if role is Role.VILLAGE_TEAM
        else officer(role, "18568" if role in {"OFFICER", "CHIEF"} else "42", name="zqofficerself")
    )
    client.force_login(person)
    if name == "locked":
        Officer.objects.filter(pk=person.pk).update(is_active=False)
    if name == "unknown":
        Officer.objects.filter(pk=person.pk).update(role=UNKNOWN_ROLE)
    return Asker(name, {"locked": None, "unknown": UNKNOWN_ROLE}.get(name, role), person, client)


NAMES = ("nobody", "locked", "unknown", *(role.value for role in Role))


@contextmanager
def roll_back() -> Iterator[None]:
    """Roll back the changes of the probe."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def send_request(client: Client, method: str, where: str, fields: dict[str, str] | None = None) -> Any:
    with roll_back():
        if method == "POST":
            return client.post(where, fields or {})
        return client.generic(method, where)


def classify_answer(answer: Any) -> Outcome | str:
    """Return the meaning of an answer; its status if it has none of these."""
    status = answer.status_code
    where = answer.headers.get("Location", "")
    if status in {302, 303} and where.startswith(settings.LOGIN_URL):
        return Outcome.SIGN_IN
    plain = {401: Outcome.TOKEN, 403: Outcome.FORBIDDEN, 404: Outcome.MISSING, 405: Outcome.METHOD}.get(status)
    if plain:
        return plain
    if status == 422 and NO_RIGHT in answer.content.decode():
        return Outcome.REFUSED
    if status >= 500:
        return f"{status}"
    if "/bao-mat/xac-nhan" in where:
        return "asks for the second step"
    return Outcome.IN


def find_marks(answer: Any) -> set[str]:
    """Return the marks in an answer."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return {matched.decode() for matched in _MARKS.findall(body)}


def list_allowed_marks(role: Role | None) -> set[str]:
    """Return all marks that a person of the role may ever be shown."""
    return {make_mark(k, r) for k in KINDS for r in (SCOPE_BY_ROLE[k].get(role, ()) if role else ())}


def list_leaked_marks(role: Role | None, answer: Any) -> set[str]:
    """Return marks of foreign objects."""
    return {m for m in find_marks(answer) if not m.startswith("zqofficer")} - list_allowed_marks(role)


def get_other_unit(scene: Scene, relation: str) -> str:
    """Return the code of a unit to which a case may be handed on from its unit."""
    unit_id = scene.cases[relation].unit_id
    return next(scene.units[r].code for r in (OWN, PARENT) if scene.units[r].pk != unit_id)
