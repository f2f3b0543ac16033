"""Every address there is, as requests of one person: attack A2 compares them with and without a complaint.

The list is the resolver's, of the pages and of the custody process. The roles of an address come from the written
policies; an address without a policy is requested all the same.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from binhyen.cases.queries.global_search import clear_place_cache
from binhyen.people.models import Officer, SignIn
from binhyen.people.roles import Role
from binhyen.vault.key_session import key_sessions as opened_keys
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from tests.architecture.test_urls import ADMIN, OFFICERS, TOKEN
from tests.security.matrix import policy
from tests.security.matrix.probing import roll_back
from tests.security.response_diff import PAGE_ROLES, Response, get_statement_shapes, remove_noise
from tests.security.routes import get_path, list_routes

# Addresses without a policy by role: public pages, pages of signing in, and new ones.
PUBLIC_ROUTES = Role.OFFICER
# Roles with the same scope: only the first with access requests an address.
SAME_SCOPE = (
    (Role.VILLAGE_TEAM,),
    (Role.OFFICER, Role.CHIEF),
    (Role.PROVINCE_DUTY, Role.PROVINCE_STAFF),
    (Role.OPERATOR, Role.INSPECTOR, Role.CUSTODIAN, Role.DIRECTOR),
)
KEYS = policy.KEYS - {Role.CHIEF, Role.PROVINCE_STAFF}  # each desk of custody, and roles without a key
FIELDS = {
    "text": "Tôi đã xem kỹ việc này",
    "reason": "Việc của đơn vị khác, đã rõ",
    "words": "Người dân nói cán bộ nhận tiền",
    "category": "noise",
    "urgency": "1",
    "state": "WORKING",
    "grade": "VALUABLE",
    "outcome": "HANDLED_ON_SITE",
    "answer": "Đã xử lý xong",
    "evidence": "Biên bản",
    "passphrase": "sai",
    "why": "PROTECT",
    "hours": "24",
}


@dataclass(frozen=True, slots=True)
class AddressRequest:
    route: str
    method: str
    where: str
    process: str = "pages"


def list_requests(officer: Officer, parts: dict[str, str], rows: dict[str, str]) -> Iterator[AddressRequest]:
    """Yield every request that this person may make. `known`: address parts that lead to the complaint; `rows`: for the
    operators' admin the newest row of each model, by its address.
    """
    role = Role(officer.role)
    for route, _ in list_routes():
        here = parts | {"<path:": next((pk for start, pk in rows.items() if route.startswith(start)), "1")}
        where = get_path(route, here)
        for method in list_methods(route, role):
            yield AddressRequest(route, method, where)
    if role in KEYS:
        with SCREENS:
            addresses = [(route, get_path(route, parts)) for route, _ in list_routes()]
        for route, where in addresses:
            served = policy.CUSTODY[route][0] if route in policy.CUSTODY else ""
            yield from (
                AddressRequest(route, method, where, "custody") for method in ([served] if served else ["GET", "POST"])
            )


def list_first_of_each_scope(roles: Collection[Role]) -> set[Role]:
    return {next(role for role in sight if role in roles) for sight in SAME_SCOPE if set(sight) & set(roles)}


def list_compared_methods(route: str) -> set[str]:
    """Return the methods with which test_conflicts.py requests it in many organisations."""
    return {"GET"} if route in PAGE_ROLES else set()


def list_methods(route: str, role: Role) -> tuple[str, ...]:
    if route in OFFICERS:
        served, roles = OFFICERS[route]
        both = {"GET", "POST"} if route in policy.ALSO_POST else {served}
        return tuple(sorted(both - list_compared_methods(route))) if role in list_first_of_each_scope(roles) else ()
    if route in TOKEN:
        return tuple({TOKEN[route]} - list_compared_methods(route))
    if route.startswith(ADMIN):
        return ("GET",) if role is Role.OPERATOR else ()
    return ("GET", "POST") if role is PUBLIC_ROUTES else ()


def get_newest_rows() -> dict[str, str]:
    """Return prefix of an admin address → key of the model's newest row."""
    ContentType.objects.get_for_models(*admin.site._registry)  # a process looks these up once
    newest_keys = {}
    for model in admin.site._registry:
        pk = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
        newest_keys[f"{ADMIN}{model._meta.app_label}/{model._meta.model_name}/"] = str(pk or 1)
    return newest_keys


class Visitor:
    """A client of both processes, signed in once, so that differences are not due to the session."""

    def __init__(self, officer: Officer, *, token: str, pair: Any) -> None:
        self.token, self.pair = token, pair
        keeper = CustodyClient()
        self.clients = {"pages": Client(), "custody": keeper}
        for client in self.clients.values():
            client.force_login(officer)
        SignIn.objects.filter(officer=officer).update(factor="webauthn")
        self.sign_in = keeper.sign_in

    def looks(self, requests: Sequence[AddressRequest], parts: dict[str, str]) -> list[Response]:
        """Send each request from the same starting state."""
        clear_place_cache()  # a cached name costs less for every reader
        responses = [self._send_one(ask, parts) for ask in requests if ask.process == "pages"]
        with SCREENS:
            return responses + [self._send_one(ask, parts) for ask in requests if ask.process == "custody"]

    def _send_one(self, ask: AddressRequest, parts: dict[str, str]) -> Response:
        client = self.clients[ask.process]
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        if ask.process == "custody" and self.pair is not None:
            opened_keys.store_key(self.sign_in, *self.pair)
        with roll_back():
            response = send_request(client, ask, self.token, parts)
        client.cookies.clear()
        for name, value in cookies.items():
            client.cookies[name] = value
        return response


def send_request(client: Client, ask: AddressRequest, token: str, parts: dict[str, str]) -> Response:
    headers = {"Authorization": f"Bearer {token}"} if ask.route in TOKEN else {}
    more = {
        "code": parts["<str:code>"],
        "q": parts["words"],
        "into": parts["<str:code>"],
        "tin": parts["<uuid:message>"],
    }
    with CaptureQueriesContext(connection) as asked:
        if ask.route in TOKEN and ask.method == "POST":
            answer = client.post(ask.where, FIELDS | {"version": 0}, content_type="application/json", headers=headers)
        elif ask.method == "POST":
            answer = client.post(ask.where, FIELDS | more, headers=headers)
        else:  # the admin refuses unknown parameters
            answer = client.get(ask.where, {} if ask.route.startswith(ADMIN) else more, headers=headers)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    there = str(sorted((k, v) for k, v in answer.headers.items() if k not in {"Content-Length", "Expires"})).encode()
    return Response(
        f"{ask.method} {ask.route}", answer.status_code, remove_noise(body + there), get_statement_shapes(asked)
    )
