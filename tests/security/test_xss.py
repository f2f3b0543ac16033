"""A7: what people write is shown as what they wrote, on every screen, in a real browser under the real policy.

Each payload stands in each field that a screen shows. A page fails where anything ran, opened a dialog, became mark-up,
or was stopped only by the content policy. Pages are made by the program as for anybody, and reach Chromium with their
real headers through Playwright's routing: nothing leaves the machine. Requirement 25.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.template import engines
from django.test import Client

from binhyen.cases.models import Case, CaseMessage, Note, Report
from binhyen.cases.tests.scene import open_case, told
from binhyen.channels.models import Attachment, Channel, Flag, Group, Message, Outgoing
from binhyen.intake.tests.web import FIGHT, key_of, link, tell
from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.ui import rows
from tests.security.browser import CHROMIUM, FLAGS
from tests.security.payloads import PAYLOADS

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
HOST = "http://testserver"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
}
WATCH = """
window.__stopped = [];
addEventListener("securitypolicyviolation", (e) => __stopped.push(e.violatedDirective + " " + e.blockedURI));
"""
FOUND = """() => [
  ...(window.__ran ? ["ran"] : []),
  ...window.__stopped,
  ...[...document.querySelectorAll("[data-xss]")].map((e) => "mark-up: " + e.tagName),
  ...[...document.querySelectorAll("[href],[action],[formaction],[src]")]
    .filter((e) => ["href", "action", "formaction", "src"].some((a) => /^\\s*javascript:/i.test(e.getAttribute(a) || "")))
    .map((e) => "address: " + e.tagName),
]"""
EVENTS = "".join(
    f'id: e.{n}\nevent: {name}\ndata: {{"id": {n}, "case": "<img data-xss src=x onerror=__ran=1>", "version": 99}}\n\n'
    for n, name in enumerate(("case", "alarm", "quiet", "flag", "queue", "reset", "close"), start=1)
)


@pytest.fixture(scope="module")
def browser(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, sync_api.sync_playwright() as play:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in this thread
        running = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()
        connection.close()  # the one that was opened beside Playwright's loop; nobody else can reach it


class Tab:
    """A page of Chromium that is shown answers of the test client, and static files. Whatever else it asks is empty."""

    def __init__(self, browser: Any) -> None:
        self.answers: dict[str, Any] = {}
        self.problems: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.add_init_script(WATCH)
        self.context.route("**/*", self._answer)

    def _dialog(self, dialog: Any) -> None:
        self.problems.append("a dialog")
        dialog.dismiss()

    def _answer(self, route: Any) -> Any:
        parts = urlsplit(route.request.url)
        where = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if parts.netloc != "testserver":
            self.problems.append(f"asks {parts.netloc}")
            route.abort()
        elif parts.path.startswith("/static/"):
            found = finders.find(parts.path.removeprefix("/static/"))
            body = Path(found).read_bytes() if found else b""
            route.fulfill(
                status=200 if found else 404, content_type=TYPES.get(Path(parts.path).suffix, "text/plain"), body=body
            )
        elif parts.path == "/live":
            route.fulfill(status=200, content_type="text/event-stream", body=EVENTS)
        else:
            answer = self.answers.get(
                where
            )  # the test client cannot be asked here: another context, another connection
            if answer is None:
                return route.fulfill(status=204)
            headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-length"}
            return route.fulfill(status=answer.status_code, headers=headers, body=answer.content)
        return None

    def shows(self, answer: Any, where: str) -> None:
        """AssertionError unless the page shows its texts as texts."""
        assert answer.status_code < 500, where
        self.answers[where] = answer
        self.problems.clear()
        page = self.context.new_page()
        page.on("dialog", self._dialog)
        page.goto(HOST + where, wait_until="load")
        page.wait_for_timeout(30)  # the live feed's events, and what htmx loads
        found = [*self.problems, *page.evaluate(FOUND)]
        page.close()
        assert found == [], f"{where}: {found[:5]}"


@pytest.fixture
def scene(unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path) -> dict[str, str]:
    """Every payload in every field of the desk. Names of pages → addresses."""
    settings.FILES_ROOT = tmp_path
    here, now = unit("18568"), clock.now()
    names = [officer("OFFICER", "18568", name=p[:80]) for p in PAYLOADS[:12]]
    channel = Channel.objects.get(kind="web")
    groups = [
        Group.objects.create(
            channel=channel, area_id=here.area_id, unit=here, level=Group.Level.COMMUNE, name=p[:30], link=p[:190],
            state=Group.State.OPEN, outside_id=f"g{n}", opened_at=now, reason=p[:190],
        )
        for n, p in enumerate(p for p in PAYLOADS if len(p) <= 60)
    ]  # fmt: skip
    main = open_case(here, text="Đánh nhau", urgency=3)
    talk = main.reports.get().conversation
    for n, payload in enumerate(PAYLOADS):
        case = open_case(here, text=payload, title=payload[:160], place=payload[:160], urgency=n % 4)
        message = told(here, text=payload)
        CaseMessage.objects.create(
            case=main, message=CaseMessage.objects.get(case=case).message, attached_at=now, attached_by="system"
        )
        Note.objects.create(case=main, officer=names[n % 12], text=payload, at=now)
        Attachment.objects.create(message=message, kind="file", name=payload[:120], reason=payload[:120], state="KEPT")
        Outgoing.objects.create(
            key=f"x{n}", channel=channel, conversation=talk, unit=here, case=main, officer=names[n % 12], text=payload,
            purpose="ANSWER", state=Outgoing.State.DEAD, reason=payload[:190], created_at=now, due_at=now,
        )  # fmt: skip
        Flag.objects.create(message=message, group=groups[0], kind="abuse", why=payload[:290], answer=payload, at=now)
        Case.objects.filter(pk=case.pk).update(assignee=names[n % 12], result=payload)
    Message.objects.filter(in_case=False).update(group=groups[0])
    some = list(Case.objects.order_by("pk").values_list("code", flat=True))[1::9]
    return {"main": main.code, "group": str(groups[0].public_id), "some": " ".join(some)}


def desk(browser: Any, client: Client, scene: dict[str, str]) -> Tab:
    """All officers' pages that show what people wrote."""
    client.force_login(Officer.objects.filter(role="CHIEF").first() or _chief())
    tab = Tab(browser)
    pages = ["/ban-truc?xem=tat-ca", f"/vu-viec/{scene['main']}", "/tin-nhan", "/nhom", f"/nhom/{scene['group']}"]
    pages += ["/hop-thu-di", "/tim?q=__ran", "/tim?q=data", "/lich-truc", "/ket-qua", "/ket-qua/reports"]
    pages += ["/ban-truc?phan=hang&xem=tat-ca"]
    pages += [f"/vu-viec/{code}" for code in scene["some"].split()]
    for where in pages:
        tab.shows(client.get(where), where)
    shown = client.get("/ban-truc?xem=tat-ca").content.decode()
    assert "&lt;img data-xss" in shown, "the payloads are on the page"
    return tab


def _chief() -> Officer:
    from binhyen.areas.models import Unit

    here = Unit.objects.get(level="COMMUNE", valid_to=None, area__versions__code="18568", area__versions__valid_to=None)
    return Officer.objects.create(username="chi-huy", name=PAYLOADS[2], unit=here, role="CHIEF")


def test_officers_pages_show_what_people_wrote_as_text(browser: Any, client: Client, scene: dict[str, str]) -> None:
    assert len(PAYLOADS) >= 60
    desk(browser, client, scene).context.close()


def test_control_a_template_that_does_not_escape_is_found(
    browser: Any, client: Client, scene: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)  # type: ignore[attr-defined]
    client.force_login(_chief())
    tab = Tab(browser)
    with pytest.raises(AssertionError, match=r"mark-up|script-src|ran"):
        tab.shows(client.get(f"/vu-viec/{scene['main']}"), f"/vu-viec/{scene['main']}")
    tab.context.close()


def test_control_a_row_that_does_not_escape_is_found(
    browser: Any, client: Client, scene: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "escape", lambda text: text)
    client.force_login(_chief())
    tab = Tab(browser)
    with pytest.raises(AssertionError, match=r"mark-up|script-src|ran"):
        tab.shows(client.get("/ban-truc?xem=tat-ca"), "/ban-truc?xem=tat-ca")
    tab.context.close()


def test_citizens_pages_give_back_what_was_typed_as_text(browser: Any, scene: dict[str, str]) -> None:
    """Errors that repeat a field, the thread of one's own page, the answers, the result."""
    client = Client()
    tab = Tab(browser)
    secret = link(tell(client, FIGHT))
    report = Report.objects.latest("pk")
    web, now = Channel.objects.get(kind="web"), clock.now()
    for n, payload in enumerate(PAYLOADS):
        Message.objects.create(
            channel=web, conversation=report.conversation, reporter_id=report.reporter_id, outside_id=f"m{n}",
            text=payload, sent_at=now, received_at=now,
        )  # fmt: skip
        Outgoing.objects.create(
            key=f"y{n}", channel=web, conversation=report.conversation, case=report.case, text=payload,
            purpose="ANSWER", state="SENT", created_at=now, due_at=now, sent_at=now,
        )  # fmt: skip
    Case.objects.filter(pk=report.case_id).update(
        state="CLOSED", outcome="DONE", result=" ".join(PAYLOADS), closed_at=now
    )
    for where in (f"/theo-doi/{secret}", f"/da-gui/{secret}"):
        tab.shows(client.get(where), where)
    everything = " ".join(PAYLOADS)[:4990]
    form = {
        "text": everything,
        "place": PAYLOADS[40],
        "phone": PAYLOADS[2][:19],
        "name": PAYLOADS[41],
        "latitude": PAYLOADS[0],
    }
    tab.shows(client.post("/bao-tin", {**form, "key": key_of(client.get("/bao-tin").content.decode())}), "/bao-tin")
    for n, payload in enumerate(PAYLOADS[::8]):
        tab.shows(client.post("/tra-cuu", {"code": payload}), f"/tra-cuu?n={n}")
    tab.shows(
        client.post(f"/theo-doi/{secret}", {"text": everything + "x" * 5000, "key": PAYLOADS[40]}),
        f"/theo-doi/{secret}",
    )
    tab.context.close()


def test_what_stands_in_an_address_is_text(browser: Any, client: Client, scene: dict[str, str]) -> None:
    """Search words, filters, `next`, addresses that do not exist; the village list; names of who signs in."""
    client.force_login(_chief())
    tab = Tab(browser)
    for payload in PAYLOADS[::8]:
        said = {"q": payload, "xem": payload, "xa": payload, "cursor": payload, "ky": payload}
        for where in ("/tim", "/ban-truc", "/ket-qua"):
            tab.shows(client.get(where, said), where)
    stranger = Client()
    for payload in PAYLOADS[1::12]:
        tab.shows(stranger.get("/dang-nhap", {"next": payload}), "/dang-nhap")
        tab.shows(stranger.post("/dang-nhap", {"username": payload, "password": "x", "next": payload}), "/dang-nhap")
        tab.shows(stranger.get(f"/{payload.replace('/', '').replace('#', '')}"), "/khong-co")
    tab.context.close()


def test_a_village_list_is_shown_as_text(browser: Any, client: Client, officer: Callable[..., Any], scene: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(officer("OPERATOR", "42"))
    lines = ["ma_xa,ten", *(f'{n},"{p.replace(chr(34), chr(34) * 2)}"' for n, p in enumerate(PAYLOADS)),
             *(f'"{p.replace(chr(34), chr(34) * 2)}",Thôn' for p in PAYLOADS)]  # fmt: skip
    sheet = SimpleUploadedFile("<img data-xss src=x onerror=__ran=1>.csv", "\n".join(lines).encode(), "text/csv")
    tab = Tab(browser)
    tab.shows(client.post("/dia-ban/nhap-thon", {"file": sheet, "check_only": "1"}), "/dia-ban/nhap-thon")
    tab.context.close()


def test_no_json_answer_is_taken_for_a_page(browser: Any, client: Client) -> None:
    for payload in PAYLOADS:
        answer = client.get("/api/v1/cases", {"q": payload}, headers={"Authorization": f"Bearer {payload!a}"})
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
