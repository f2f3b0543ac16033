"""Actions on cases for other systems: the same services and the same rule violations as the desk."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Header, Router

from binhyen.api import serializers, services
from binhyen.api.auth import Bearer, token_in
from binhyen.api.errors import WRITING, Forbidden
from binhyen.api.request_schemas import Close, Code, Exact, Move, Once, Seen, Write, WriteNote
from binhyen.api.response_schemas import Changed, Problem
from binhyen.api.scopes import Scope
from binhyen.cases.models import Case
from binhyen.cases.services import closing, officer_actions
from binhyen.kit import clock
from binhyen.kit.ids import read_code
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May

router = Router(tags=["cases"], auth=Bearer(Scope.WRITE))
Act = Callable[[str, Officer, dt.datetime], Case]


def _write(request: HttpRequest, verb: str, code: str, once: Once, act: Act, *, may: tuple[May, ...]) -> Any:
    token, now, plain = token_in(request), clock.now(), read_code(code)[:40]
    if not any(access.may(token.officer, ability) for ability in may):
        raise Forbidden
    return services.write(
        token=token, verb=verb, target=f"case:{plain}", key=once.idempotency_key,
        request=b"\x00".join([verb.encode(), plain.encode(), request.body]), now=now,
        act=lambda: serializers.changed(act(plain, token.officer, now)),
    )  # fmt: skip


_ANSWERS = {200: Changed, WRITING: Problem}
_WORK = (May.WORK_CASES,)
_NOTE = (May.WORK_CASES, May.REPORT_BACK)


@router.post("/cases/{code}/acknowledge", response=_ANSWERS, summary="Acknowledge the case; its alarm stops")
def acknowledge(request: HttpRequest, code: Code, once: Header[Once], body: Seen) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.acknowledge(code=code, officer=officer, version=body.version, now=now)

    return _write(request, "acknowledge", code, once, act, may=_WORK)


@router.post("/cases/{code}/take", response=_ANSWERS, summary="The token's officer becomes the owner")
def take(request: HttpRequest, code: Code, once: Header[Once], body: Exact) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.take(code=code, officer=officer, version=body.version, now=now)

    return _write(request, "take", code, once, act, may=_WORK)


@router.post("/cases/{code}/reply", response=_ANSWERS, summary="Send a message to all reporters of the case")
def reply(request: HttpRequest, code: Code, once: Header[Once], body: Write) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.answer(code=code, officer=officer, text=body.text, version=body.version, now=now)

    return _write(request, "reply", code, once, act, may=_WORK)


@router.post("/cases/{code}/ask", response=_ANSWERS, summary="A question; the case waits for the answer")
def ask(request: HttpRequest, code: Code, once: Header[Once], body: Write) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.ask(code=code, officer=officer, question=body.text, version=body.version, now=now)

    return _write(request, "ask", code, once, act, may=_WORK)


@router.post("/cases/{code}/note", response=_ANSWERS, summary="A line for colleagues, never for citizens")
def note(request: HttpRequest, code: Code, once: Header[Once], body: WriteNote) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.note(code=code, officer=officer, text=body.text, version=body.version, now=now)

    return _write(request, "note", code, once, act, may=_NOTE)


@router.post("/cases/{code}/state", response=_ANSWERS, summary="Set a state that the transition table allows")
def state(request: HttpRequest, code: Code, once: Header[Once], body: Move) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return officer_actions.set_state(code=code, officer=officer, to=body.state, version=body.version, now=now)

    return _write(request, "state", code, once, act, may=_WORK)


@router.post("/cases/{code}/close", response=_ANSWERS, summary="Close with an outcome and a sentence for people")
def close(request: HttpRequest, code: Code, once: Header[Once], body: Close) -> Any:
    def act(code: str, officer: Officer, now: dt.datetime) -> Case:
        return closing.close(
            code=code, officer=officer, outcome=body.outcome, result=body.result, evidence=body.evidence,
            version=body.version, now=now,
        )  # fmt: skip

    return _write(request, "close", code, once, act, may=_WORK)
