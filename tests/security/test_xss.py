"""A7: what people write is shown as what they wrote, on every screen, in a real browser under the real policy.

Each payload stands in each field that a screen shows. A page fails where anything ran, opened a dialog, became mark-up,
or was stopped only by the content policy. Pages are made by the program as for anybody, and reach Chromium with their
real headers (tests/security/tab.py). Where people open their keys, and the page of tips: test_xss_apart.py. Requirement 25.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.test import Client

from binhyen.cases.models import Case, CaseMessage, Note, Report
from binhyen.cases.tests.scene import open_case, told
from binhyen.channels.models import Attachment, Channel, Flag, Group, Message, Outgoing
from binhyen.intake.tests.web import FIGHT, key_of, link, tell
from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.ui import rows
from tests.security.payloads import PAYLOADS
from tests.security.tab import MARKS, Tab

pytestmark = MARKS


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
