"""A7: input of people is shown as text on every screen, in a real browser under the real policy.

Each payload is in each field that a screen shows. A page fails if anything ran, opened a dialog, became mark-up, or was
stopped only by the content policy. Pages are rendered by the program as in production, and reach Chromium with their
real headers (tests/security/tab.py). The custody process and the page of tips: test_xss_custody.py. Requirement 25.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.test import Client

from binhyen.aid.models import AidDelivery, Need, Pledge
from binhyen.audit import services
from binhyen.audit.services import checkpoints
from binhyen.bulletins.models import Bulletin, ManualGroup, Station
from binhyen.cases.models import Case, CaseMessage, Note, Report
from binhyen.cases.templatetags import case_rows
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.channels.models import Attachment, Channel, Flag, Group, Message, Outgoing
from binhyen.consents.models import Consent
from binhyen.deeds.models import Deed
from binhyen.found.models import Claim, CustodyEntry, FoundItem, HiddenDetail, Receipt
from binhyen.intake.tests.web import FIGHT, parse_form_key, parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.missing.models import CareRegistration, PersonRecord, SearchedArea, Sighting
from binhyen.people.models import Officer, Relationship
from binhyen.people.roles import Role
from binhyen.privacy.models import Breach, Request
from binhyen.procedures.models import Procedure, UnansweredQuestion
from binhyen.procedures.tests.scene import create_draft
from binhyen.scams.models import Dispute, Indicator, IndicatorReport, PictureText
from binhyen.weapons.models import Weapon, WeaponCampaign, WeaponCustody, WeaponReceipt, WeaponRecord
from tests.architecture.test_urls import OFFICERS
from tests.security.payloads import PAYLOADS
from tests.security.routes import get_path
from tests.security.tab import MARKS, BrowserTab

pytestmark = MARKS
SHOWS_ALL = {"ban-truc": "?xem=tat-ca", "tim": "?q=__ran"}


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def scene(unit: Callable[[str], Any], officer: Callable[..., Any]) -> dict[str, str]:
    """Create every payload in every field of the desk; return names of pages → addresses."""
    return build_scene(unit, officer, PAYLOADS)


@pytest.fixture
def small_scene(unit: Callable[[str], Any], officer: Callable[..., Any]) -> dict[str, str]:
    """Create the same with the first payloads, for the controls: one of them is enough to be found."""
    return build_scene(unit, officer, PAYLOADS[:20])


def build_scene(unit: Callable[[str], Any], officer: Callable[..., Any], payloads: Sequence[str]) -> dict[str, str]:
    here, now = unit("18568"), clock.now()
    names = [officer("OFFICER", "18568", name=p[:80]) for p in PAYLOADS[:12]]
    channel = Channel.objects.get(kind="web")
    groups = [
        Group.objects.create(
            channel=channel,
            area_id=here.area_id,
            unit=here,
            level=Group.Level.COMMUNE,
            name=p[:30],
            link=p[:190],
            state=Group.State.OPEN,
            external_id=f"g{n}",
            opened_at=now,
            reason=p[:190],
        )
        for n, p in enumerate(p for p in payloads if len(p) <= 60)
    ]
    main = open_case(here, text="Đánh nhau", urgency=3)
    talk = main.reports.get().conversation
    for n, payload in enumerate(payloads):
        case = open_case(here, text=payload, title=payload[:160], place=payload[:160], urgency=n % 4)
        message = create_message(here, text=payload)
        CaseMessage.objects.create(
            case=main, message=CaseMessage.objects.get(case=case).message, attached_at=now, attached_by="system"
        )
        Note.objects.create(case=main, officer=names[n % 12], text=payload, at=now)
        Attachment.objects.create(message=message, kind="file", name=payload[:120], reason=payload[:120], state="KEPT")
        Outgoing.objects.create(
            key=f"x{n}",
            channel=channel,
            conversation=talk,
            unit=here,
            case=main,
            officer=names[n % 12],
            text=payload,
            purpose="ANSWER",
            state=Outgoing.State.DEAD,
            reason=payload[:190],
            created_at=now,
            due_at=now,
        )
        Flag.objects.create(message=message, group=groups[0], kind="abuse", why=payload[:290], answer=payload, at=now)
        Case.objects.filter(pk=case.pk).update(assignee=names[n % 12], result=payload)
    Message.objects.filter(in_case=False).update(group=groups[0])
    some = list(Case.objects.order_by("pk").values_list("code", flat=True))[1::9]
    return {"main": main.code, "group": str(groups[0].public_id), "some": " ".join(some)}


# These answer with files, or redirect to another page.
NO_PAGES = {
    "bao-cao/tai/<slug:format>",
    "bao-cao/<uuid:report>/<slug:format>",
    "bao-cao/mau/tep",
    "hoi-so-lieu/bang.csv",
    "hoi-so-lieu/vu-viec.csv",
    "hoi-so-lieu/vu-viec.parquet",
    "dia-ban/nen.svg",
    "nguoi-lac/<uuid:record>/anh",
    "nguoi-lac/<uuid:record>/anh/<uuid:sighting>",
    "nguoi-lac/dang-ky-truoc/<uuid:registration>/anh",
    "ban-truc.csv",
    "vu-viec/<str:code>/phieu-chuyen",
    "nhat-ky.csv",
    "tep/<uuid:file>",
    "ban-tin/<str:code>/to-roi.pdf",
    "ban-tin/<str:code>/ban-do.svg",
    "ban-tin/<str:code>/anh/<uuid:picture>",
    "ban-tin/<str:code>/tep/<uuid:document>",
    "do-phu/ban-do.svg",
    "do-phu/nhom/<uuid:group>/to-roi.pdf",
    "dang-tay/chia-se",
    "dang-tay/lien-ket",  # a GET leads to the page that it is on
    "dia-ban/nhap-thon/mau",
    "bao-mat/dang-lam",
}
# These show no text that a person typed.
OUR_OWN_WORDS = {
    "danh-gia-phuc-vu",
    "moi-quan-tam",
    "ca-nuoc",
    "so-viec",
    "ban-tin/nhan-cap",
    "ban-tin/diem-tin",
    "ban-tin/mau",
    "dang-tay/doan-chat",
    "do-phu",
    "do-phu/noi-quy",
    "hoc-may",
    "nhat-ky",
    "nhat-ky/diem-kiem-tra",
    "nhat-ky/diem-kiem-tra/<int:size>",
    "luu-giu",
    "vet-cua-toi",
    "bao-mat",
    "huong-dan/bat-dau",
    "bao-mat/them",
    "bao-mat/ma-du-phong",
    "bao-mat/xac-nhan",
    "dia-ban/nhap-thon",
    "dia-ban/ten-da-hoc",
}


def create_found_item(case: Case, officer: Officer) -> FoundItem:
    """Create a found thing with payloads in every field that a person fills in."""
    now = clock.now()
    item = FoundItem.objects.create(
        case=case,
        kind="OTHER",
        description=PAYLOADS[0][:120],
        brand=PAYLOADS[1][:40],
        colour=PAYLOADS[2][:40],
        place=PAYLOADS[3][:120],
        found_on=now.date(),
        holder="POLICE",
        search_text="x",
        officer=officer,
        at=now,
    )
    HiddenDetail.objects.create(item=item, field="MARK", text=PAYLOADS[4][:200])
    claim = Claim.objects.create(
        item=item,
        link_hash="a" * 64,
        state="ACCEPTED",
        tries=1,
        answers={"MARK": PAYLOADS[5]},
        reason=PAYLOADS[6],
        at=now,
    )
    CustodyEntry.objects.create(
        item=item,
        number=1,
        step="RECEIVED",
        giver=PAYLOADS[7][:120],
        receiver=PAYLOADS[8][:120],
        note=PAYLOADS[9][:300],
        officer=officer,
        at=now,
        digest="b" * 64,
    )
    Receipt.objects.create(
        item=item,
        claim=claim,
        receiver_name=PAYLOADS[10][:100],
        condition=PAYLOADS[11][:200],
        officer=officer,
        at=now,
        signed_at=now,
    )
    return item


def create_deed(case: Case, officer: Officer) -> Deed:
    """Create an approved good deed with payloads in every field that a person fills in."""
    now = clock.now()
    agreed = Consent.objects.create(case=case, unit=case.unit, purpose="PRAISE", version=1, by="SELF", given_at=now)
    return Deed.objects.create(
        case=case,
        consent=agreed,
        kind="HELPED",
        person_name=PAYLOADS[0][:100],
        text=PAYLOADS[1][:300],
        school=PAYLOADS[2][:120],
        school_class=PAYLOADS[3][:20],
        school_note=PAYLOADS[4][:300],
        reason=PAYLOADS[5][:300],
        state="APPROVED",
        author=officer,
        decided_by=Officer.objects.exclude(pk=officer.pk).earliest("pk"),
        decided_at=now,
        at=now,
        approved_on=now.date(),
        praised_on=now.date(),
    )


def create_weapon_record(case: Case, officer: Officer) -> WeaponRecord:
    """Create a record of weapons with payloads in every field that a person fills in, and a campaign."""
    now = clock.now()
    record = WeaponRecord.objects.create(case=case, origin="HANDED_IN", officer=officer, at=now)
    weapon = Weapon.objects.create(
        record=record,
        kind="HUNTING_GUN",
        description=PAYLOADS[0][:120],
        serial=PAYLOADS[1][:40],
        quantity=1,
        measure="PIECE",
        condition=PAYLOADS[2][:200],
        last_step="RECEIVED",
    )
    WeaponCustody.objects.create(
        weapon=weapon,
        number=1,
        step="RECEIVED",
        giver=PAYLOADS[3][:120],
        receiver=PAYLOADS[4][:120],
        place=PAYLOADS[5][:120],
        seal=PAYLOADS[6][:40],
        paper=PAYLOADS[7][:60],
        note=PAYLOADS[8][:300],
        officer=officer,
        at=now,
        digest="b" * 64,
    )
    WeaponReceipt.objects.create(
        record=record,
        giver_name=PAYLOADS[0][:100],
        witness=PAYLOADS[9][:100],
        place=PAYLOADS[10][:120],
        officer=officer,
        at=now,
    )
    WeaponCampaign.objects.create(
        unit=officer.unit, name=PAYLOADS[0][:120], starts_on=now.date(), ends_on=now.date(), officer=officer, at=now
    )
    return record


def create_need(case: Case, officer: Officer) -> Need:
    """Create a need with payloads in every field that a person fills in."""
    now = clock.now()
    need = Need.objects.create(
        case=case,
        kind="OTHER",
        summary=PAYLOADS[0][:120],
        unit_name=PAYLOADS[1][:30],
        needed=3,
        delivered=1,
        household=PAYLOADS[2][:100],
        household_place=PAYLOADS[3][:120],
        household_key="x",
        reason=PAYLOADS[4][:600],
        officer=officer,
        at=now,
        verified_by=officer,
        verified_at=now,
        check_note=PAYLOADS[5][:300],
    )
    agreed = Consent.objects.create(case=case, unit=case.unit, purpose="PRAISE", version=1, by="SELF", given_at=now)
    pledge = Pledge.objects.create(
        need=need,
        link_hash="c" * 64,
        donor_kind="PERSON",
        donor_name=PAYLOADS[6][:80],
        consent=agreed,
        is_named=True,
        units=2,
        delivered=1,
        expires_at=now + dt.timedelta(days=1),
        note=PAYLOADS[7][:300],
        answer=PAYLOADS[8][:300],
        at=now,
    )
    AidDelivery.objects.create(
        need=need,
        number=1,
        pledge=pledge,
        units=1,
        receiver=PAYLOADS[9][:100],
        minutes=PAYLOADS[10][:60],
        note=PAYLOADS[11][:300],
        day=clock.to_vietnam_day(now),
        officer=officer,
        at=now,
    )
    return need


def create_procedure(officer: Officer) -> Procedure:
    """Create a draft with payloads in every field, and a question without an answer."""
    today = clock.to_vietnam_day(clock.now())
    UnansweredQuestion.objects.create(digest="d", text=PAYLOADS[0][:300], first_on=today, last_on=today)
    row = create_draft(officer, title=PAYLOADS[0][:120])
    lines = dict.fromkeys(("fee", "duration", "place", "hours", "ask", "source", "source_url"), PAYLOADS[1][:300])
    texts = dict.fromkeys(("questions", "steps", "papers"), "\n".join(PAYLOADS))
    variants = [{"label": PAYLOADS[2], "words": [PAYLOADS[3]], "text": PAYLOADS[4]}]
    Procedure.objects.filter(pk=row.pk).update(**lines, **texts, variants=variants, returned_note=PAYLOADS[5][:300])
    return row


def get_object_parts(scene: dict[str, str], officer: Callable[..., Any]) -> dict[str, str]:
    """Return address parts of objects that contain payloads: a case, a group, an account, data requests."""
    now, stated = clock.now(), officer("OPERATOR", "42", name=PAYLOADS[3][:80])
    asked = Request.objects.create(
        reporter=Report.objects.latest("pk").reporter,
        kind="CORRECT",
        via="LINK",
        words=" ".join(PAYLOADS),
        asked_at=now,
        due_at=now,
    )
    breach = Breach.objects.create(
        found_at=now, due_at=now, what=" ".join(PAYLOADS), who=PAYLOADS[2], measures=PAYLOADS[5], officer=stated, at=now
    )
    breach.steps.create(kind="MEASURE", text=" ".join(PAYLOADS), officer=stated, at=now)
    indicator = Indicator.objects.create(kind="ACCOUNT", value=PAYLOADS[0][:300], first_at=now, last_at=now)
    IndicatorReport.objects.create(indicator=indicator, case=Case.objects.get(code=scene["main"]), at=now)
    Dispute.objects.create(indicator=indicator, statement=" ".join(PAYLOADS), at=now)
    record = create_person_record(Case.objects.get(code=scene["main"]), stated, now)
    chief = Officer.objects.filter(name=PAYLOADS[0][:80]).get()
    registration = create_registration(chief, now)
    need = create_need(Case.objects.get(code=scene["some"].split()[1]), chief)
    item = create_found_item(Case.objects.get(code=scene["some"].split()[0]), chief)
    deed = create_deed(Case.objects.get(code=scene["some"].split()[2]), chief)
    fraud = Case.objects.get(code=scene["some"].split()[2])
    Case.objects.filter(pk=fraud.pk).update(category="scam")
    PictureText.objects.create(case=fraud, text=" ".join(PAYLOADS), officer=chief, at=now)
    weapon_record = create_weapon_record(Case.objects.get(code=scene["some"].split()[1]), chief)
    procedure = create_procedure(chief)
    bulletin = Bulletin.objects.create(
        unit=chief.unit,
        author=chief,
        topic="SECURITY",
        title=PAYLOADS[1][:120],
        text=" ".join(PAYLOADS),
        areas=[chief.unit.area_id],
        returned_note=PAYLOADS[4],
        created_at=now,
        changed_at=now,
    )
    ManualGroup.objects.create(
        unit=chief.unit,
        area_id=chief.unit.area_id,
        level="COMMUNE",
        name=PAYLOADS[0][:60],
        keeper=chief,
        created_at=now,
    )
    Station.objects.create(unit=chief.unit, phone="0", address=PAYLOADS[1][:160], officer=chief, changed_at=now)
    first_officer, second_officer = sorted(
        Officer.objects.filter(name__in=[p[:80] for p in PAYLOADS[:12]])[:2], key=lambda o: o.pk
    )
    Relationship.objects.create(
        officer_a=first_officer, officer_b=second_officer, kind="RELATIVE", declared_at=now, declared_by=first_officer
    )
    services.chain_waiting()
    checkpoint = checkpoints.sign_if_due(now=now, at_once=True)
    return {
        "<str:code>": scene["main"],
        "<uuid:group>": scene["group"],
        "<uuid:officer>": str(first_officer.public_id),
        "<uuid:asked>": str(asked.public_id),
        "<uuid:breach>": str(breach.public_id),
        "<uuid:indicator>": str(indicator.public_id),
        "<uuid:record>": str(record.public_id),
        "<uuid:registration>": str(registration.public_id),
        "weapon record": str(weapon_record.public_id),
        "<uuid:item>": str(item.public_id),
        "<uuid:deed>": str(deed.public_id),
        "<uuid:need>": str(need.public_id),
        "<uuid:delivery>": str(need.deliveries.get().public_id),
        "<uuid:procedure>": str(procedure.public_id),
        "bulletin": bulletin.code,
        "<int:size>": str(checkpoint.size if checkpoint else 1),
    }


def create_person_record(case: Case, officer: Officer, now: Any) -> PersonRecord:
    """Create a public record of a missing person with payloads in every field, and sightings."""
    record = PersonRecord.objects.create(
        case=case,
        side="MISSING",
        kind="OTHER",
        sex="UNKNOWN",
        movement="WALK",
        name=PAYLOADS[0][:80],
        other_names=PAYLOADS[1][:120],
        clothes=PAYLOADS[2][:160],
        marks=PAYLOADS[3][:160],
        health=PAYLOADS[4][:200],
        place=PAYLOADS[5][:120],
        seen_at=now,
        officer=officer,
        at=now,
        released_at=now,
        released_by=officer,
        ground="EMERGENCY",
        ground_reason=PAYLOADS[6][:200],
        public_until=clock.to_vietnam_day(now + dt.timedelta(days=1)),
    )
    for number, payload in enumerate(PAYLOADS):
        Sighting.objects.create(
            record=record, key_hash=str(number), seen_at=now, place=payload[:120], text=payload[:500], at=now
        )
    SearchedArea.objects.create(
        record=record,
        place=PAYLOADS[0][:120],
        party=PAYLOADS[2][:120],
        note=PAYLOADS[3],
        searched_at=now,
        officer=officer,
    )
    return record


def create_registration(officer: Officer, now: Any) -> CareRegistration:
    """Create an advance registration with payloads in every field."""
    return CareRegistration.objects.create(
        unit=officer.unit,
        kind="DEMENTIA",
        sex="UNKNOWN",
        name=PAYLOADS[0][:80],
        other_names=PAYLOADS[1][:120],
        marks=PAYLOADS[2][:160],
        habits=PAYLOADS[3][:200],
        health=PAYLOADS[4][:200],
        guardian_paper=PAYLOADS[5][:80],
        officer=officer,
        at=now,
        valid_until=clock.to_vietnam_day(now + dt.timedelta(days=1)),
    )


def get_asker(roles: set[Role]) -> Role:
    """Return the client for an address: if permitted the chief of the unit, whose pages show the most."""
    return next(role for role in (Role.CHIEF, *Role) if role in roles)


def draw_desk(browser: Any, officer: Callable[..., Any], scene: dict[str, str]) -> None:
    """Draw every page of officers, by the written list that test_urls.py compares with the resolver."""
    tab, clients, drawn, showing = BrowserTab(browser), {}, set(), set()
    address_parts = get_object_parts(scene, officer)
    for route, (method, roles) in OFFICERS.items():
        if method != "GET" or route in NO_PAGES:
            continue
        role = get_asker(roles)
        if role not in clients:
            clients[role] = Client()
            clients[role].force_login(officer(role, "18568" if role is Role.CHIEF else "42", name=PAYLOADS[2][:80]))
        parts = address_parts
        if route.startswith("ban-tin/"):
            parts = address_parts | {"<str:code>": address_parts["bulletin"]}
        if route.startswith("dang-tay/<uuid"):
            parts = address_parts | {"<uuid:group>": str(ManualGroup.objects.latest("pk").public_id)}
        if route.startswith("vu-khi/"):
            parts = address_parts | {"<uuid:record>": address_parts["weapon record"]}
        where = get_path(route, parts) + SHOWS_ALL.get(route, "")
        if route == "lua-dao/ghi-them":
            where += f"?vu-viec={scene['some'].split()[2]}"
        answer = clients[role].get(where)
        assert answer.status_code == 200, f"{where}: nothing with payloads is behind it, for {role}"
        tab.assert_shown_as_text(answer, where)
        drawn.add(route)
        if any(mark in answer.content.decode() for mark in ("&lt;img data-xss", "&lt;script data-xss")):
            showing.add(route)
    for where in [f"/vu-viec/{code}" for code in scene["some"].split()] + [
        "/tim?q=data",
        "/ban-truc?phan=hang&xem=tat-ca",
    ]:
        tab.assert_shown_as_text(clients[Role.CHIEF].get(where), where)
    tab.context.close()
    assert drawn - showing <= OUR_OWN_WORDS, "no payload was on it: add an object with user input behind it"


def get_chief() -> Officer:
    from binhyen.areas.models import Unit

    here = Unit.objects.get(level="COMMUNE", valid_to=None, area__versions__code="18568", area__versions__valid_to=None)
    return Officer.objects.create(username="chi-huy", name=PAYLOADS[2], unit=here, role="CHIEF")


def test_officers_pages_show_what_people_wrote_as_text(
    browser: Any, officer: Callable[..., Any], scene: dict[str, str]
) -> None:
    assert len(PAYLOADS) >= 60
    draw_desk(browser, officer, scene)


def test_control_a_page_behind_which_nobody_wrote_is_noticed(
    browser: Any, officer: Callable[..., Any], small_scene: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.security.test_xss.OFFICERS", {"trang-moi": ("GET", {Role.CHIEF})})
    with pytest.raises(AssertionError, match="trang-moi"):
        draw_desk(browser, officer, small_scene)


def test_control_a_template_that_does_not_escape_is_found(
    browser: Any, client: Client, small_scene: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)  # type: ignore[attr-defined]
    client.force_login(get_chief())
    tab = BrowserTab(browser)
    with pytest.raises(AssertionError, match=r"mark-up|script-src|ran"):
        tab.assert_shown_as_text(client.get(f"/vu-viec/{small_scene['main']}"), f"/vu-viec/{small_scene['main']}")
    tab.context.close()


def test_control_a_row_that_does_not_escape_is_found(
    browser: Any, client: Client, small_scene: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_rows, "escape", lambda text: text)
    client.force_login(get_chief())
    tab = BrowserTab(browser)
    with pytest.raises(AssertionError, match=r"mark-up|script-src|ran"):
        tab.assert_shown_as_text(client.get("/ban-truc?xem=tat-ca"), "/ban-truc?xem=tat-ca")
    tab.context.close()


def test_citizens_pages_give_back_what_was_typed_as_text(browser: Any) -> None:
    """Errors that repeat a field, the thread of one's own page, the answers, the result."""
    client = Client()
    tab = BrowserTab(browser)
    secret = parse_status_token(submit_report(client, FIGHT))
    report = Report.objects.latest("pk")
    web, now = Channel.objects.get(kind="web"), clock.now()
    for n, payload in enumerate(PAYLOADS):
        Message.objects.create(
            channel=web,
            conversation=report.conversation,
            reporter_id=report.reporter_id,
            external_id=f"m{n}",
            text=payload,
            sent_at=now,
            received_at=now,
        )
        Outgoing.objects.create(
            key=f"y{n}",
            channel=web,
            conversation=report.conversation,
            case=report.case,
            text=payload,
            purpose="ANSWER",
            state="SENT",
            created_at=now,
            due_at=now,
            sent_at=now,
        )
    Case.objects.filter(pk=report.case_id).update(
        state="CLOSED", outcome="DONE", result=" ".join(PAYLOADS), closed_at=now
    )
    Outgoing.objects.create(
        key="result",
        channel=web,
        conversation=report.conversation,
        case=report.case,
        text=PAYLOADS[0],
        purpose="RESULT",
        state="SENT",
        created_at=now,
        due_at=now,
        sent_at=now,
    )
    for where in (f"/theo-doi/{secret}", f"/da-gui/{secret}"):
        tab.assert_shown_as_text(client.get(where), where)
    everything = " ".join(PAYLOADS)[:4990]
    form = {
        "text": everything,
        "place": PAYLOADS[40],
        "phone": PAYLOADS[2][:19],
        "name": PAYLOADS[41],
        "latitude": PAYLOADS[0],
    }
    tab.assert_shown_as_text(
        client.post("/bao-tin", {**form, "key": parse_form_key(client.get("/bao-tin").content.decode())}), "/bao-tin"
    )
    for n, payload in enumerate(PAYLOADS[::8]):
        tab.assert_shown_as_text(client.post("/tra-cuu", {"code": payload}), f"/tra-cuu?n={n}")
    tab.assert_shown_as_text(
        client.post(f"/theo-doi/{secret}", {"text": everything + "x" * 5000, "key": PAYLOADS[40]}),
        f"/theo-doi/{secret}",
    )
    tab.context.close()


def test_what_stands_in_an_address_is_text(browser: Any, client: Client) -> None:
    """Search words, filters, `next`, missing addresses; the village list; names at sign-in."""
    client.force_login(get_chief())
    tab = BrowserTab(browser)
    for payload in PAYLOADS[::8]:
        query = {"q": payload, "xem": payload, "xa": payload, "cursor": payload, "ky": payload}
        for where in ("/tim", "/ban-truc", "/ket-qua"):
            tab.assert_shown_as_text(client.get(where, query), where)
    stranger = Client()
    for payload in PAYLOADS[1::12]:
        tab.assert_shown_as_text(stranger.get("/dang-nhap", {"next": payload}), "/dang-nhap")
        tab.assert_shown_as_text(
            stranger.post("/dang-nhap", {"username": payload, "password": "x", "next": payload}), "/dang-nhap"
        )
        tab.assert_shown_as_text(stranger.get(f"/{payload.replace('/', '').replace('#', '')}"), "/khong-co")
    tab.context.close()


def test_a_village_list_is_shown_as_text(browser: Any, client: Client, officer: Callable[..., Any]) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(officer("OPERATOR", "42"))
    lines = [
        "ma_xa,ten",
        *(f'{n},"{p.replace(chr(34), chr(34) * 2)}"' for n, p in enumerate(PAYLOADS)),
        *(f'"{p.replace(chr(34), chr(34) * 2)}",Thôn' for p in PAYLOADS),
    ]
    sheet = SimpleUploadedFile("<img data-xss src=x onerror=__ran=1>.csv", "\n".join(lines).encode(), "text/csv")
    tab = BrowserTab(browser)
    tab.assert_shown_as_text(
        client.post("/dia-ban/nhap-thon", {"file": sheet, "check_only": "1"}), "/dia-ban/nhap-thon"
    )
    tab.context.close()


def test_no_json_answer_is_taken_for_a_page(browser: Any, client: Client) -> None:
    for payload in PAYLOADS:
        answer = client.get("/api/v1/cases", {"q": payload}, headers={"Authorization": f"Bearer {payload!a}"})
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
