"""Actions on cases for other systems: the same services and the same rule violations as the desk."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Header, Router

from binhyen.api import serializers, services
from binhyen.api.auth import Bearer, get_request_token
from binhyen.api.errors import WRITE_STATUSES, Forbidden
from binhyen.api.schemas import (
    CaseChange,
    Close,
    Code,
    Exact,
    Once,
    Problem,
    SeenVersion,
    StateChange,
    Write,
    WriteNote,
)
from binhyen.api.scopes import Scope
from binhyen.cases.models import Case
from binhyen.cases.services import closing, officer_actions
from binhyen.kit import clock
from binhyen.kit.ids import normalize_code
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

router = Router(tags=["cases"], auth=Bearer(Scope.WRITE))
Act = Callable[[str, Officer, dt.datetime], Case]


def _run_idempotently(
    request: HttpRequest, verb: str, code: str, idempotency: Once, act: Act, *, permissions: tuple[Permission, ...]
) -> Any:
    token, now, normalized_code = get_request_token(request), clock.now(), normalize_code(code)[:40]
    if not any(access.officer_may(token.officer, ability) for ability in permissions):
        raise Forbidden
    return services.run_idempotent(
        token=token,
        verb=verb,
        target=f"case:{normalized_code}",
        key=idempotency.idempotency_key,
        request=b"\x00".join([verb.encode(), normalized_code.encode(), request.body]),
        now=now,
        act=lambda: serializers.serialize_change(act(normalized_code, token.officer, now)),
    )


_ANSWERS = {200: CaseChange, WRITE_STATUSES: Problem}
_WORK = (Permission.WORK_CASES,)
_NOTE = (Permission.WORK_CASES, Permission.REPORT_BACK)


@router.post("/cases/{code}/acknowledge", response=_ANSWERS, summary="Acknowledge the case; its alarm stops")
def acknowledge_case(request: HttpRequest, code: Code, once: Header[Once], body: SeenVersion) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.acknowledge_alarm(code=code, officer=officer, version=body.version, now=now)

    return _run_idempotently(request, "acknowledge", code, once, act, permissions=_WORK)


@router.post("/cases/{code}/take", response=_ANSWERS, summary="The token's officer becomes the owner")
def take(request: HttpRequest, code: Code, once: Header[Once], body: Exact) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.assign_to_self(code=code, officer=officer, version=body.version, now=now)

    return _run_idempotently(request, "take", code, once, act, permissions=_WORK)


@router.post("/cases/{code}/reply", response=_ANSWERS, summary="Send a message to all reporters of the case")
def reply(request: HttpRequest, code: Code, once: Header[Once], body: Write) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.answer_reporters(
            code=code, officer=officer, text=body.text, version=body.version, now=now
        )

    return _run_idempotently(request, "reply", code, once, act, permissions=_WORK)


@router.post("/cases/{code}/ask", response=_ANSWERS, summary="A question; the case waits for the answer")
def ask(request: HttpRequest, code: Code, once: Header[Once], body: Write) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.ask_reporters(
            code=code, officer=officer, question=body.text, version=body.version, now=now
        )

    return _run_idempotently(request, "ask", code, once, act, permissions=_WORK)


@router.post("/cases/{code}/note", response=_ANSWERS, summary="A line for colleagues, never for citizens")
def note(request: HttpRequest, code: Code, once: Header[Once], body: WriteNote) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.add_note(code=code, officer=officer, text=body.text, version=body.version, now=now)

    return _run_idempotently(request, "note", code, once, act, permissions=_NOTE)


@router.post("/cases/{code}/state", response=_ANSWERS, summary="Set a state that the transition table allows")
def change_case_state(request: HttpRequest, code: Code, once: Header[Once], body: StateChange) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.set_case_state(
            code=code,
            officer=officer,
            to=body.state,
            receiver=body.receiver,
            receipt=body.receipt,
            version=body.version,
            now=now,
        )

    return _run_idempotently(request, "state", code, once, act, permissions=_WORK)


@router.post("/cases/{code}/close", response=_ANSWERS, summary="Close with an outcome and a sentence for people")
def close(request: HttpRequest, code: Code, once: Header[Once], body: Close) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return closing.close_case(
            code=code,
            officer=officer,
            outcome=body.outcome,
            result=body.result,
            evidence=body.evidence,
            version=body.version,
            now=now,
        )

    return _run_idempotently(request, "close", code, once, act, permissions=_WORK)
