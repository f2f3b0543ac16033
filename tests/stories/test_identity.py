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
from binhyen.vault.tests.people import PASSPHRASE, create_custodians, create_key, restore_first_keys
from tests.process_harness import run_processes, wait_until
from tests.signing import PASSWORD, get_unused_code, set_password

REASON = "Người báo bị dọa, cần cử người bảo vệ ngay."
NAME, PHONE = "Trần Thị Canarian", "0987001234"


class PlainBrowser:
    """A browser without script."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        ).open  # follows redirects
        self.page = ""

    def get_page(self, path: str) -> str:
        return self._read_response(urllib.request.Request(self.url + path))

    def post_form(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        data = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token[1] if token else ""}).encode()
        return self._read_response(urllib.request.Request(self.url + path, data, {"Origin": self.url}))

    def _read_response(self, request: urllib.request.Request) -> str:
        try:
            with self._open(request, timeout=20) as answer:
                self.page, self.at = answer.read().decode(), answer.url
        except urllib.error.HTTPError as problem:
            self.page, self.at = problem.read().decode(), request.full_url
        return self.page

    def sign_in(self, officer: Any) -> "PlainBrowser":
        self.get_page("/dang-nhap")
        self.post_form("/dang-nhap", username=officer.username, password=PASSWORD)
        self.post_form("/dang-nhap/buoc-hai", code=get_unused_code(officer))
        SignIn.objects.filter(officer=officer).update(confirmed_at=clock.now(), factor="webauthn")
        return self


def test_two_people_open_it_and_the_person_hears(real_db: None, tmp_path: Path, officer: Any) -> None:
    now = clock.now()
    people, chief = create_custodians(officer, now), officer("CHIEF", "18568")
    create_key(chief, now)
    for person in (chief, *(p for p, _, _ in people)):
        set_password(person)
    connection.close()
    try:
        with run_processes(tmp_path) as stack:
            report_link = send_report(stack)
            case = wait_until(Case.objects.first, why="case")
            request_and_open(stack, case, chief, [p for p, _, _ in people[:2]], report_link)
    finally:
        restore_first_keys(now)


def send_report(stack: Any) -> PlainBrowser:
    reporter = PlainBrowser(stack.url)
    wait_until(lambda: 'name="text"' in reporter.get_page("/bao-tin"), why="pages")
    key = re.search(r'name="key" value="([^"]+)"', reporter.page)
    assert key
    sent = {"text": "Có nhóm thanh niên cầm dao ở TDP Phú Mậu, xã Lộc Hà", "name": NAME, "phone": PHONE}
    reporter.post_form("/bao-tin", key=key[1], **sent)
    link = re.search(r"/theo-doi/[\w-]{20,}", reporter.page)
    assert link, reporter.page[:2000]
    reporter.receipt = link[0]  # type: ignore[attr-defined]
    return reporter


def request_and_open(stack: Any, case: Case, chief: Any, custodians_: list[Any], report_link: Any) -> None:
    from binhyen.cases.views.list_rows import build_case_url
    from binhyen.vault.models import DisclosureRequest

    asks = PlainBrowser(stack.url).sign_in(chief)
    here = f"{build_case_url(case.code)}/danh-tinh"
    assert "Gửi yêu cầu" in asks.get_page(here) and NAME not in asks.page and PHONE not in asks.page
    chosen = re.search(r'<select[^>]+name="who".*?value="([^"]+)"', asks.page, re.DOTALL)
    assert chosen is not None
    custodian = chosen[1]
    asks.post_form(here, who=custodian, why="PROTECT", reason=REASON, hours="4")
    address = f"/giu-kin/xin/{DisclosureRequest.objects.get().public_id}"
    for number, person in enumerate(custodians_):
        agrees = PlainBrowser(stack.url).sign_in(person)
        assert REASON not in agrees.get_page(address), "sealed until this custodian opens their own key"
        agrees.post_form("/giu-kin/mo", passphrase=PASSPHRASE, next=address)
        assert REASON in agrees.get_page(address), agrees.page[:500]
        agrees.post_form(f"{address}/dong-y", passphrase=PASSPHRASE)
        assert NAME not in agrees.page and PHONE not in agrees.page
        assert ("đã được mở" in report_link.get_page(report_link.receipt)) is (number == 1)
    assert "bảo vệ người báo tin" in report_link.page and chief.name not in report_link.page
    asks.get_page("/giu-kin")
    asks.post_form("/giu-kin/mo", passphrase=PASSPHRASE)
    asks.get_page(address)
    asks.post_form(f"{address}/xem")
    assert NAME in asks.page and PHONE in asks.page
    verbs = list(AuditEntry.objects.filter(verb__startswith="identity_").order_by("id").values_list("verb", flat=True))
    assert verbs == ["identity_asked", "identity_approved", "identity_opened", "identity_read"]
    assert list_tables_with_text(REASON) == [], "the reason of the request"
    assert list_tables_with_text("Canarian") == list_tables_with_text(PHONE) == [], (
        "nowhere in clear, also after it was read"
    )
    assert "channels_message" in list_tables_with_text("cầm dao"), "the control: the same search finds plaintext values"


def list_tables_with_text(words: str) -> list[str]:
    """Return tables of the whole database that contain this text in clear, also inside bytes."""
    tables = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            like = [f"%{words}%", f"%{words.encode().hex()}%"]
            cursor.execute(f'SELECT 1 FROM "{table}" r WHERE r::text LIKE %s OR r::text LIKE %s LIMIT 1', like)
            if cursor.fetchone():
                tables.append(table)
    return tables
