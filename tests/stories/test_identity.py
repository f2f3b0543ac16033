"""A reporter's identity is disclosed by two people, through the real program: requested by an officer, approved in the
custody process, shown.
"""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from django.db import connection

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.kit import clock
from binhyen.people.models import SignIn
from binhyen.vault.tests.people import PASSPHRASE, custodians, found_again, key_of
from tests.process_harness import running, until
from tests.signing import PASSWORD, code_of, with_password

REASON = "Người báo bị dọa, cần cử người bảo vệ ngay."
NAME, PHONE = "Trần Thị Canarian", "0987001234"


class Browser:
    """A browser without script."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        ).open  # follows redirects
        self.page = ""

    def get(self, path: str) -> str:
        return self._read(urllib.request.Request(self.url + path))

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        data = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token[1] if token else ""}).encode()
        return self._read(urllib.request.Request(self.url + path, data, {"Origin": self.url}))

    def _read(self, request: urllib.request.Request) -> str:
        try:
            with self._open(request, timeout=20) as answer:
                self.page, self.at = answer.read().decode(), answer.url
        except urllib.error.HTTPError as problem:
            self.page, self.at = problem.read().decode(), request.full_url
        return self.page

    def enter(self, officer: Any) -> "Browser":
        self.get("/dang-nhap")
        self.post("/dang-nhap", username=officer.username, password=PASSWORD)
        self.post("/dang-nhap/buoc-hai", code=code_of(officer))
        SignIn.objects.filter(officer=officer).update(confirmed_at=clock.now(), how="webauthn")
        return self


def test_two_people_open_it_and_the_person_hears(real_db: None, tmp_path: Path, officer: Any) -> None:
    now = clock.now()
    people, chief = custodians(officer, now), officer("CHIEF", "18568")
    key_of(chief, now)
    for person in (chief, *(p for p, _, _ in people)):
        with_password(person)
    connection.close()
    try:
        with running(tmp_path) as stack:
            told = _tell(stack)
            case = until(Case.objects.first, 20, "case")
            _ask_and_open(stack, case, chief, [p for p, _, _ in people[:2]], told)
    finally:
        found_again(now)


def _tell(stack: Any) -> Browser:
    who = Browser(stack.url)
    until(lambda: 'name="text"' in who.get("/bao-tin"), 30, "pages")
    key = re.search(r'name="key" value="([^"]+)"', who.page)
    assert key
    sent = {"text": "Có nhóm thanh niên cầm dao ở TDP Phú Mậu, xã Lộc Hà", "name": NAME, "phone": PHONE}
    who.post("/bao-tin", key=key[1], **sent)
    link = re.search(r"/theo-doi/[\w-]{20,}", who.page)
    assert link, who.page[:2000]
    who.receipt = link[0]  # type: ignore[attr-defined]
    return who


def _ask_and_open(stack: Any, case: Case, chief: Any, custodians_: list[Any], told: Any) -> None:
    from binhyen.cases.views.list_rows import case_url
    from binhyen.vault.models import Opening

    asks = Browser(stack.url).enter(chief)
    here = f"{case_url(case.code)}/danh-tinh"
    assert "Gửi yêu cầu" in asks.get(here) and NAME not in asks.page and PHONE not in asks.page
    chosen = re.search(r'<select[^>]+name="who".*?value="([^"]+)"', asks.page, re.DOTALL)
    assert chosen is not None
    who = chosen[1]
    asks.post(here, who=who, why="PROTECT", reason=REASON, hours="4")
    address = f"/giu-kin/xin/{Opening.objects.get().public_id}"
    for number, person in enumerate(custodians_):
        agrees = Browser(stack.url).enter(person)
        assert REASON not in agrees.get(address), "sealed until this custodian opens their own key"
        agrees.post("/giu-kin/mo", passphrase=PASSPHRASE, next=address)
        assert REASON in agrees.get(address), agrees.page[:500]
        agrees.post(f"{address}/dong-y", passphrase=PASSPHRASE)
        assert NAME not in agrees.page and PHONE not in agrees.page
        assert ("đã được mở" in told.get(told.receipt)) is (number == 1)
    assert "bảo vệ người báo tin" in told.page and chief.name not in told.page
    asks.get("/giu-kin")
    asks.post("/giu-kin/mo", passphrase=PASSPHRASE)
    asks.get(address)
    asks.post(f"{address}/xem")
    assert NAME in asks.page and PHONE in asks.page
    verbs = list(AuditEntry.objects.filter(verb__startswith="identity_").order_by("id").values_list("verb", flat=True))
    assert verbs == ["identity_asked", "identity_approved", "identity_opened", "identity_read"]
    assert traces(REASON) == [], "the reason of the request"
    assert traces("Canarian") == traces(PHONE) == [], "nowhere in clear, also after it was read"
    assert "channels_message" in traces("cầm dao"), "the control: the same search finds plaintext values"


def traces(words: str) -> list[str]:
    """Return tables of the whole database that contain this text in clear, also inside bytes."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            like = [f"%{words}%", f"%{words.encode().hex()}%"]
            cursor.execute(f'SELECT 1 FROM "{table}" r WHERE r::text LIKE %s OR r::text LIKE %s LIMIT 1', like)
            if cursor.fetchone():
                found.append(table)
    return found
