"""CAP 1.2 out and in: rules, reading of foreign XML, chains of references, proposals of bulletins.

Public material restated as data: OASIS CAP 1.2, examples 1 to 4; Pelmorex NAADS, wind warning (tannerryan/cap); the
variations that the schema accepts and canada_errors.cap are those of Google's cap-library (CapValidatorTest,
CapException, testdata), Apache 2.0.
"""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from lxml import etree

from binhyen.bulletins import cap_feeds, cap_queries, cap_services, services
from binhyen.bulletins.cap.message import CapArea, CapInfo, CapMessage, CapResource, format_message
from binhyen.bulletins.cap.reader import MAX_BYTES, CapUnreadable, parse_message
from binhyen.bulletins.cap.signature import sign_document, verify_document
from binhyen.bulletins.cap.validation import CapRule, list_problems
from binhyen.bulletins.models import Bulletin, CapAlert, CapFeed
from binhyen.bulletins.tests.scene import DAY, create_bulletin, create_group, mark_sent, run_jobs
from binhyen.kit import clock
from binhyen.people.services import RuleViolation
from tests import rls

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
STORM_AREA = CapArea(
    "EXTREME NORTH CENTRAL TUOLUMNE COUNTY IN CALIFORNIA",
    ("38.47,-120.14 38.34,-119.95 38.52,-119.74 38.62,-119.89 38.47,-120.14",),
    geocodes=(("SAME", "006109"), ("SAME", "006009"), ("SAME", "006003")),
)
STORM_INFO = CapInfo(
    categories=("Met",),
    event="SEVERE THUNDERSTORM",
    urgency="Immediate",
    severity="Severe",
    certainty="Observed",
    response_types=("Shelter",),
    event_codes=(("SAME", "SVR"),),
    expires="2003-06-17T16:00:00-07:00",
    sender_name="NATIONAL WEATHER SERVICE SACRAMENTO CA",
    headline="SEVERE THUNDERSTORM WARNING",
    instruction="TAKE COVER IN A SUBSTANTIAL SHELTER UNTIL THE STORM PASSES.",
    contact="BARUFFALDI/JUSKIE",
    areas=(STORM_AREA,),
)
STORM = CapMessage(
    "KSTO1055887203",
    "KSTO@NWS.NOAA.GOV",
    "2003-06-17T14:57:00-07:00",
    "Actual",
    "Alert",
    "Public",
    infos=(STORM_INFO,),
)
ABDUCTION_INFO = CapInfo(
    categories=("Rescue",),
    event="Child Abduction",
    urgency="Immediate",
    severity="Severe",
    certainty="Likely",
    event_codes=(("SAME", "CAE"),),
    headline="Amber Alert in Los Angeles County",
    areas=(CapArea("Los Angeles County", geocodes=(("SAME", "006037"),)),),
)
ABDUCTION = CapMessage(
    "KAR0-0306112239-SW",
    "KARO@CLETS.DOJ.CA.GOV",
    "2003-06-11T22:39:00-07:00",
    "Actual",
    "Alert",
    "Public",
    source="SW",
    infos=(ABDUCTION_INFO, replace(ABDUCTION_INFO, language="es-US", event="Abducción de Niño")),
)
EARTHQUAKE = CapMessage(
    "TRI13970876.2",
    "trinet@caltech.edu",
    "2003-06-11T20:56:00-07:00",
    "Actual",
    "Update",
    "Public",
    references="trinet@caltech.edu,TRI13970876.1,2003-06-11T20:30:00-07:00",
    infos=(
        CapInfo(
            categories=("Geo",),
            event="Earthquake",
            urgency="Past",
            severity="Minor",
            certainty="Observed",
            headline="EQ 3.4 Imperial County CA",
            web="http://www.trinet.org/scsn/scsn.html",
            parameters=(("EventID", "13970876"), ("Magnitude", "3.4 Ml")),
            areas=(CapArea("1 mi. WSW of Brawley, CA", circles=("32.9525,-115.5527 0",)),),
        ),
    ),
)
HOMELAND = CapMessage(
    "43b080713727",
    "hsas@dhs.gov",
    "2003-04-02T14:39:01-05:00",
    "Actual",
    "Alert",
    "Public",
    infos=(
        CapInfo(
            categories=("Security",),
            event="Homeland Security Advisory System Update",
            urgency="Immediate",
            severity="Severe",
            certainty="Likely",
            headline="Homeland Security Sets Code ORANGE",
            resources=(CapResource("Image file (GIF)", "image/gif", "http://www.dhs.gov/dhspublic/getAdvisoryImage"),),
            areas=(CapArea("U.S. nationwide and interests worldwide"),),
        ),
    ),
)
WIND_INFO = CapInfo(
    language="fr-CA",
    categories=("Met",),
    event="vent",
    response_types=("Monitor",),
    urgency="Future",
    severity="Moderate",
    certainty="Likely",
    event_codes=(("profile:CAP-CP:Event:0.4", "wind"), ("SAME", "HWW")),
    effective="2019-01-09T02:16:03-00:00",
    expires="2019-01-09T18:16:03-00:00",
    web="http://meteo.gc.ca/warnings/index_f.html?prov=sqc",
    areas=(
        CapArea(
            "Îles-de-la-Madeleine",
            (
                "47.1947,-61.7255 47.1824,-62.1106 47.4783,-62.0336 47.8867,-61.5042 47.8207,-61.344 47.5211,-61.322 "
                "47.1947,-61.7255",
            ),
            geocodes=(("profile:CAP-CP:Location:0.3", "2401"),),
        ),
    ),
)
WIND = CapMessage(
    "urn:oid:2.49.0.1.124.3936999913.2019",
    "cap-pac@canada.ca",
    "2019-01-09T02:17:03-00:00",
    "Actual",
    "Update",
    "Public",
    source="Env. Can. - Can. Met. Ctr. – Montréal",
    codes=("profile:CAP-CP:0.4", "layer:SOREM:1.0"),
    references="cap-pac@canada.ca,urn:oid:2.49.0.1.124.0642871265.2019,2019-01-08T19:55:40-00:00 "
    "cap-pac@canada.ca,urn:oid:2.49.0.1.124.2407362607.2019,2019-01-08T19:56:40-00:00",
    infos=(WIND_INFO, replace(WIND_INFO, language="en-CA", event="wind")),
)
EARLIER = "KSTO@NWS.NOAA.GOV,KSTO1055887200,2003-06-17T14:00:00-07:00"


def with_info(**changes: Any) -> CapMessage:
    return replace(STORM, infos=(replace(STORM_INFO, **changes),))


def with_area(**changes: Any) -> CapMessage:
    return with_info(areas=(replace(STORM_AREA, **changes),))


def test_public_examples_are_read_as_written_and_break_no_rule() -> None:
    for message in (STORM, ABDUCTION, WIND, replace(STORM, message_type="Update", references=EARLIER)):
        assert list_problems(message) == []
        assert parse_message(format_message(message).encode()) == message
    for language in ("en", "EN", "fr-CA", "i-klingon", "x-pig-latin", "sgn-CH-de", "zh-cmn-Hans", "vi-VN"):
        assert list_problems(with_info(language=language)) == [], language


BROKEN_RULES = [
    (EARTHQUAKE, CapRule.CIRCLE),  # the point of the event: an area to alert has a radius
    (HOMELAND, CapRule.NO_SHAPE),
    (replace(WIND, references=""), CapRule.REFERENCES),  # canada_errors.cap
    (replace(STORM, identifier="KSTO 105"), CapRule.IDENTIFIER),
    (replace(STORM, sender="KSTO,NWS"), CapRule.IDENTIFIER),
    (replace(STORM, sent="2003-06-17T14:57:00Z"), CapRule.TIME),
    (replace(STORM, sent="2003-06-17T14:57:00.5-07:00"), CapRule.TIME),
    (replace(STORM, status="actual"), CapRule.VALUE),
    (replace(STORM, message_type="Update"), CapRule.REFERENCES),
    (replace(STORM, message_type="Cancel"), CapRule.REFERENCES),
    (replace(STORM, message_type="Update", references="garbage"), CapRule.REFERENCES),
    (replace(STORM, message_type="Update", references=STORM.key), CapRule.OWN_REFERENCE),
    (replace(STORM, references="a,b,2003-06-18T14:57:00-07:00"), CapRule.LATER_REFERENCE),
    (replace(STORM, restriction="police only"), CapRule.SCOPE),
    (replace(STORM, scope="Restricted"), CapRule.SCOPE),
    (replace(STORM, scope="Private"), CapRule.SCOPE),
    (replace(STORM, status="Exercise"), CapRule.NOTE),
    (replace(STORM, infos=()), CapRule.NO_INFO),
    (replace(STORM, infos=(STORM_INFO, ABDUCTION_INFO)), CapRule.CATEGORIES_DIFFER),
    (with_info(language="en_US"), CapRule.LANGUAGE),
    (with_info(language="toolonglang"), CapRule.LANGUAGE),
    (with_info(certainty="Very Likely"), CapRule.VALUE),
    (with_info(expires="2003-06-17T14:00:00-07:00"), CapRule.TIME_ORDER),
    (with_info(web="/storm.html"), CapRule.WEB),
    (with_info(resources=(CapResource("map", "jpeg", "https://a.example/x"),)), CapRule.RESOURCE),
    (with_info(resources=(CapResource("map", "image/jpeg", "x.jpg"),)), CapRule.RESOURCE),
    (with_area(polygons=(), geocodes=()), CapRule.NO_SHAPE),
    (with_area(polygons=("1,2 3,4 5,6 7,8",)), CapRule.POLYGON),  # open
    (with_area(polygons=("1,2 3,4 1,2",)), CapRule.POLYGON),
    (with_area(polygons=("0,0 2,2 0,2 2,0 0,0",)), CapRule.POLYGON),  # crosses itself
    (with_area(polygons=("abc",)), CapRule.POLYGON),
    (with_area(circles=("18.3,105.9",)), CapRule.CIRCLE),
    (with_area(circles=("18.3,105.9 -4",)), CapRule.CIRCLE),
    (with_area(ceiling="200"), CapRule.ALTITUDE),
    (with_area(altitude="300", ceiling="200"), CapRule.ALTITUDE),
]


def test_what_the_schema_lets_through_is_found() -> None:
    for message, rule in BROKEN_RULES:
        assert rule in {problem.rule for problem in list_problems(message)}, (rule, message)


def test_an_own_alert_needs_more_than_the_standard() -> None:
    swapped = with_area(polygons=("105.9,18.3 105.9,18.4 106.0,18.4 105.9,18.3",))
    assert list_problems(swapped)[0].rule is CapRule.POLYGON  # latitude above 90
    far = with_info(expires="", severity="Unknown", description="Xem <b>ở đây</b>")
    assert {problem.rule for problem in list_problems(far, is_own=True)} == {
        CapRule.NO_EXPIRY,
        CapRule.UNKNOWN,
        CapRule.MARKUP,
        CapRule.FAR_AWAY,
    }


BILLION_LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>'
FOREIGN_FILE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


UNREADABLE = [
    (BILLION_LAUGHS, "DOCTYPE"),
    (FOREIGN_FILE, "DOCTYPE"),
    (FOREIGN_FILE.decode().encode("utf-16"), "DOCTYPE"),
    (b"", "XML"),
    (b"<alert", "XML"),
    (b"<alert/>", "NAMESPACE"),
    (format_message(STORM).replace("cap:1.2", "cap:9.9").encode(), "NAMESPACE"),
    (format_message(STORM).replace("<scope>Public</scope>", "").encode(), "STRUCTURE"),
    (format_message(STORM).replace("<scope>", "<msgType>Alert</msgType><scope>").encode(), "STRUCTURE"),
    (b"x" * (MAX_BYTES + 1), "SIZE"),
    (b"<a>" * 100, "SIZE"),
    (b"<a>" + b"<b/>" * 20_001 + b"</a>", "SIZE"),
]


def test_foreign_xml_is_refused() -> None:
    for data, reason in UNREADABLE:
        with pytest.raises(CapUnreadable) as refusal:
            parse_message(data)
        assert refusal.value.reason == reason, data[:80]


def test_control_a_parser_that_expands_entities_would_give_files_away(tmp_path: Path) -> None:
    """The refused documents are attacks: another parser reads a file of the machine, or grows the text."""
    secret = tmp_path / "secret"
    secret.write_text("canary")
    attack = FOREIGN_FILE.replace(b"/etc/passwd", str(secret).encode())
    assert etree.fromstring(attack, etree.XMLParser(resolve_entities=True)).text == "canary"
    assert etree.fromstring(BILLION_LAUGHS, etree.XMLParser(resolve_entities=True)).text == "haha"
    with pytest.raises(CapUnreadable, match="DOCTYPE"):
        parse_message(attack)


def release_alert(author: Any, unit: Any, **fields: Any) -> Bulletin:
    row = create_bulletin(
        author,
        now=DAY,
        topic="WEATHER",
        title="Bão số 9 vào bờ",
        text="Gió giật cấp 12. Vào nhà, tránh xa cửa kính.",
        ground="THREAT_TO_LIFE",
        expires_at=DAY + 12 * HOUR,
        **fields,
    )
    create_group(unit("18568"))
    row = services.release_urgently(code=row.code, officer=author, now=DAY)
    run_jobs(DAY)
    return row


def read_message(row: Bulletin) -> CapMessage:
    answer = Client().get(f"/thong-bao/{row.code}/cap")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("application/cap+xml")
    message = parse_message(answer.content)
    assert list_problems(message, is_own=True) == []
    return message


def build_key(name: str) -> tuple[bytes, str]:
    """Build a key and its certificate."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    draft = x509.CertificateBuilder(subject, subject, key.public_key(), 1, DAY - 24 * HOUR, DAY + 24 * HOUR)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret, draft.sign(key, hashes.SHA256()).public_bytes(pem).decode()


def test_a_signed_alert_is_taken_in_and_a_forged_one_refused(
    officer: Any, unit: Any, settings: Any, tmp_path: Path
) -> None:
    key, certificate = build_key("weather")
    foreign_key, foreign_certificate = build_key("somebody")
    text = format_message(STORM)
    signed = sign_document(text, key=key, certificate=certificate)
    assert parse_message(signed) == parse_message(text.encode()), "the signature changes nothing of the message"
    assert parse_message(verify_document(signed, certificates=[foreign_certificate, certificate], now=DAY)) == STORM
    forged = sign_document(text, key=foreign_key, certificate=foreign_certificate)
    wrapped = signed.replace(b"<identifier>", b"<identifier>x", 1)
    for data, moment in ((text.encode(), DAY), (forged, DAY), (wrapped, DAY), (signed, DAY + 48 * HOUR)):
        with pytest.raises(CapUnreadable, match="SIGNATURE"):
            verify_document(data, certificates=[certificate], now=moment)

    trusted, key_file, certificate_file = (tmp_path / name for name in ("trusted.pem", "cap.key", "cap.pem"))
    trusted.write_text(f"{foreign_certificate}{certificate}")
    key_file.write_bytes(key)
    certificate_file.write_text(certificate)
    staff = officer("PROVINCE_STAFF", "42")
    settings.CAP_TRUSTED = str(trusted)
    with pytest.raises(cap_services.CapRefused) as refused:
        cap_services.propose_bulletin(data=text.encode(), officer=staff, now=DAY)
    assert refused.value.unreadable == "SIGNATURE"
    assert len(cap_queries.list_trusted_certificates()) == 2
    settings.CAP_KEY, settings.CAP_CERTIFICATE = str(key_file), str(certificate_file)
    feed = Client().get("/thong-bao.cap.atom").content
    assert b"<ds:SignatureValue>" in feed and verify_document(feed, certificates=[certificate], now=DAY)
    settings.CAP_KEY = ""
    assert b"SignatureValue" not in Client().get("/thong-bao.cap.atom").content, "control"


def test_alert_update_and_cancellation_refer_to_each_other(
    officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DAY + HOUR)
    author, chief = officer("OFFICER"), officer("CHIEF")
    row = release_alert(author, unit)
    alert = read_message(row)
    assert (alert.message_type, alert.infos[0].language) == ("Alert", "vi-VN")
    assert alert.infos[0].areas[0].geocodes == (("VN-GSO", "18568"),) and alert.infos[0].areas[0].polygons
    assert read_message(row) == alert  # the same message whenever it is asked for
    mark_sent(row, *[delivery.group for delivery in row.deliveries.all()], now=DAY)
    draft = services.start_correction(code=row.code, officer=author, now=DAY)
    services.submit_bulletin(code=draft.code, officer=author, now=DAY)
    draft = services.approve_bulletin(code=draft.code, officer=chief, now=DAY + HOUR)
    update = read_message(draft)
    assert (update.message_type, update.references, update.incidents) == ("Update", alert.key, alert.incidents)
    assert Client().get(f"/thong-bao/{row.code}/cap").status_code == 301
    services.withdraw_bulletin(code=draft.code, reason="Bão đã tan.", officer=author, now=DAY + 2 * HOUR)
    cancel = read_message(draft)
    assert (cancel.message_type, cancel.references) == ("Cancel", f"{alert.key} {update.key}")
    assert "Gió giật" not in format_message(cancel)
    feed = Client().get("/thong-bao.cap.atom").content.decode()
    assert feed.count("<entry>") == 1 and 'type="application/cap+xml"' in feed and "Rút tin" in feed


def test_an_ordinary_bulletin_is_no_alert_and_a_draft_has_none(officer: Any, unit: Any) -> None:
    row = create_bulletin(officer("OFFICER"), now=DAY)
    assert Client().get(f"/thong-bao/{row.code}/cap").status_code == 404
    assert "<entry>" not in Client().get("/thong-bao.cap.atom").content.decode()


def test_areas_are_never_larger_than_the_audience(officer: Any, unit: Any) -> None:
    row = create_bulletin(officer("PROVINCE_STAFF", "42"), now=DAY)
    [whole] = cap_queries.list_cap_areas(row)
    assert whole.geocodes == (("VN-GSO", "42"),) and len(whole.polygons) >= 60
    row.excluded_areas = [unit("18568").area_id]
    codes = {code for area in cap_queries.list_cap_areas(row) for _, code in area.geocodes}
    assert len(codes) == 68 and "18568" not in codes


FOREIGN = replace(
    STORM,
    identifier="NCHMF-1",
    sender="smartalert@nchmf.gov.vn",
    sent="2026-12-01T09:00:00+07:00",
    infos=(
        replace(
            STORM_INFO,
            language="vi-VN",
            event="Bão",
            headline="Bão khẩn cấp",
            description="Bão cấp 12 vào Hà Tĩnh.",
            expires="2026-12-02T09:00:00+07:00",
            areas=(CapArea("Ven biển", geocodes=(("VN-GSO", "18568"),)),),
        ),
    ),
)


def propose(message: CapMessage, officer: Any) -> Bulletin:
    return cap_services.propose_bulletin(data=format_message(message).encode(), officer=officer, now=DAY)


def test_a_foreign_alert_becomes_a_draft_and_its_update_a_correction(officer: Any, unit: Any) -> None:
    author, group = officer("OFFICER"), create_group(unit("18568"))
    row = propose(FOREIGN, author)
    assert (row.state, row.topic, row.title, row.ground) == ("DRAFT", "WEATHER", "Bão khẩn cấp", "THREAT_TO_LIFE")
    assert row.areas == [unit("18568").area_id] and "TAKE COVER" in row.text
    with pytest.raises(cap_services.CapAlreadyKnown):
        propose(FOREIGN, author)
    update = replace(FOREIGN, identifier="NCHMF-2", message_type="Update", references=FOREIGN.key)
    assert propose(update, author).corrects_id is None  # nothing was released yet
    services.release_urgently(code=row.code, officer=author, now=DAY)
    run_jobs(DAY)
    mark_sent(row, group, now=DAY)
    later = replace(update, identifier="NCHMF-3", references=FOREIGN.key)
    assert propose(later, author).corrects_id == row.pk
    with pytest.raises(cap_services.CapAlreadyKnown) as known:
        propose(replace(later, identifier="NCHMF-4", message_type="Cancel"), author)
    assert known.value.is_cancelled


def test_what_a_foreign_alert_must_not_do(officer: Any, unit: Any) -> None:
    author, staff = officer("OFFICER"), officer("PROVINCE_STAFF", "42")
    with pytest.raises(RuleViolation):  # another commune
        propose(FOREIGN, officer("OFFICER", "18073"))
    with pytest.raises(RuleViolation):
        propose(replace(FOREIGN, status="Test"), author)
    with pytest.raises(RuleViolation):  # expired
        propose(replace(FOREIGN, infos=(replace(FOREIGN.infos[0], expires="2026-12-01T09:30:00+07:00"),)), author)
    with pytest.raises(RuleViolation):
        propose(replace(FOREIGN, message_type="Cancel", references="a,b,2026-12-01T08:00:00+07:00"), author)
    with pytest.raises(cap_services.CapRefused):
        propose(replace(FOREIGN, message_type="Update"), author)
    assert not Bulletin.objects.exists()
    unknown_place = replace(FOREIGN.infos[0], areas=(replace(STORM_AREA, geocodes=()),))
    assert propose(replace(FOREIGN, infos=(unknown_place,)), staff).areas == []  # never the whole province instead
    circle = replace(FOREIGN.infos[0], areas=(CapArea("tâm bão", circles=("18.45,105.9 300",)),))
    everywhere = propose(replace(FOREIGN, identifier="NCHMF-5", infos=(circle,)), staff)
    assert everywhere.areas == [unit("42").area_id]


def test_the_form_takes_a_file_and_says_what_is_wrong(officer: Any, unit: Any) -> None:
    client = Client()
    client.force_login(officer("OFFICER"))
    broken = format_message(replace(FOREIGN, message_type="Update"))
    answer = client.post("/ban-tin/nhan-cap", {"text": broken})
    assert answer.status_code == 422 and "/alert/references" in answer.content.decode()
    assert client.post("/ban-tin/nhan-cap", {"text": BILLION_LAUGHS.decode()}).status_code == 422


class FeedServer(ThreadingHTTPServer):
    """A server of feeds and messages by path; a feed has an ETag and is then sent once for each content."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FeedHandler)
        self.pages: dict[str, bytes | int] = {}
        self.requests: list[tuple[str, int]] = []
        self.sent_bytes = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def count_new_requests(self) -> int:
        count = len(self.requests)
        self.requests.clear()
        return count


class FeedHandler(BaseHTTPRequestHandler):
    server: FeedServer

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path, 404)
        etag = f'"{hash(page)}"'
        status = page if isinstance(page, int) else 304 if self.headers.get("If-None-Match") == etag else 200
        body = page if isinstance(page, bytes) and status == 200 else b""
        self.server.requests.append((self.path, status))
        self.send_response(status)
        for name, value in (("ETag", etag), ("Location", "/elsewhere"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):
            for start in range(0, len(body), 1_000_000):
                self.connection.sendall(body[start : start + 1_000_000])
                self.server.sent_bytes += len(body[start : start + 1_000_000])

    def log_message(self, *_arguments: Any) -> None:
        """Log nothing."""


@pytest.fixture
def feed_server(settings: Any) -> Iterator[FeedServer]:
    server = FeedServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CAP_FEEDS = [f"{server.base_url}/feed"]
    yield server
    server.shutdown()
    server.server_close()


def format_atom(*links: str) -> bytes:
    entries = "".join(
        f'<entry><id>urn:{link}</id><updated>2026-12-01T00:00:00Z</updated><link href="{link}"/></entry>'
        for link in links
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{entries}</feed>'.encode()


def poll_as_sender(feed_server: FeedServer, now: dt.datetime = DAY) -> tuple[int, int]:
    """Poll as the sender does; return the numbers of new messages and of requests."""
    feed_server.count_new_requests()
    with rls.acting_as("sender"):
        new = cap_feeds.poll_feeds(now=now)
    return new, feed_server.count_new_requests()


def test_feeds_of_others_are_polled_and_offered(
    officer: Any, unit: Any, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DAY)
    update = replace(FOREIGN, identifier="NCHMF-2", message_type="Update", references=FOREIGN.key)
    far = replace(FOREIGN, identifier="NCHMF-3", infos=(replace(FOREIGN.infos[0], areas=(STORM_AREA,)),))
    feed_server.pages = {
        "/feed": format_atom("/1", "/far", "/xxe", "/big", "/rules", "/moved", "http://127.0.0.1:1/x", "/later"),
        "/1": format_message(FOREIGN).encode(),
        "/far": format_message(far).encode(),
        "/xxe": BILLION_LAUGHS,
        "/big": b"x" * (MAX_BYTES + 1),
        "/rules": format_message(replace(FOREIGN, sent="2026-12-01T09:00:00Z")).encode(),
        "/moved": 302,
        "/later": 500,
    }
    assert poll_as_sender(feed_server) == (1, 8), "the feed and seven messages; the other host is not asked"
    problems = CapAlert.objects.order_by("problem").values_list("problem", flat=True)
    assert list(problems) == ["", "DOCTYPE", "ELSEWHERE", "HOST", "RULES", "SIZE"]
    assert bytes(CapAlert.objects.get(problem="DOCTYPE").data) == b""
    assert poll_as_sender(feed_server) == (0, 3), "what failed for now is asked again, nothing else"
    feed_server.pages |= {"/moved": b"", "/later": format_message(replace(FOREIGN, identifier="NCHMF-9")).encode()}
    assert poll_as_sender(feed_server) == (1, 3) and poll_as_sender(feed_server) == (0, 1), (
        "then only the feed, which is unchanged"
    )
    assert CapFeed.objects.get().failure == ""

    chief, stranger, staff = officer("CHIEF"), officer("CHIEF", "18073"), officer("PROVINCE_STAFF", "42")
    clients = []
    for person in (chief, stranger, staff):
        client = Client()
        client.force_login(person)
        clients.append(client)
    with rls.acting_as("pages"):
        pages = [client.get("/ban-tin/nhan-cap").content.decode() for client in clients]
    assert [page.count("Bão khẩn cấp") for page in pages] == [2, 0, 2], "to the commune that it touches, the province"
    first, second = (str(row.public_id) for row in CapAlert.objects.filter(problem="").order_by("pk"))
    with rls.acting_as("pages"):
        assert clients[1].post("/ban-tin/nhan-cap", {"alert": first}).status_code == 404
        assert clients[0].post("/ban-tin/nhan-cap", {"alert": second, "do": "dismiss"}).status_code == 303
        assert clients[0].get("/ban-tin/nhan-cap").content.decode().count("<h3>") == 2, "not by a commune"
        clients[2].post("/ban-tin/nhan-cap", {"alert": second, "do": "dismiss"})
        answer = clients[0].post("/ban-tin/nhan-cap", {"alert": first})
        assert "Bão khẩn cấp" in clients[0].get(answer.headers["Location"]).content.decode()
        assert "<h3>" not in clients[0].get("/ban-tin/nhan-cap").content.decode(), "proposed, or set aside"

    feed_server.pages["/feed"] = format_atom("/cancel", "/2", "/expired")
    cancel = replace(update, identifier="NCHMF-5", message_type="Cancel", references=update.key)
    expired = replace(FOREIGN.infos[0], expires="2026-12-01T09:30:00+07:00")
    feed_server.pages["/cancel"] = format_message(cancel).encode()
    feed_server.pages["/2"] = format_message(update).encode()
    feed_server.pages["/expired"] = format_message(replace(FOREIGN, identifier="NCHMF-6", infos=(expired,))).encode()
    assert poll_as_sender(feed_server) == (1, 4)
    assert CapAlert.objects.filter(problem="SUPERSEDED").count() == 1, "cancelled before it arrived"
    assert CapAlert.objects.filter(problem="EXPIRED").count() == 1


def test_a_broken_feed_is_shown_and_recovers(
    officer: Any, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rss = f"<rss><channel><item><guid>1</guid><link>{feed_server.base_url}/1</link></item></channel></rss>".encode()
    for page, reason in (
        (503, "HTTP 503"),
        (b"<html/>", "NAMESPACE"),
        (FOREIGN_FILE, "DOCTYPE"),
        (b"x" * 2_000_000, "SIZE"),
    ):
        feed_server.pages["/feed"] = page
        assert poll_as_sender(feed_server) == (0, 1) and CapFeed.objects.get().failure == reason
    client = Client()
    client.force_login(officer("PROVINCE_STAFF", "42"))
    assert "Chưa đọc được nguồn 127.0.0.1 (SIZE)" in client.get("/ban-tin/nhan-cap").content.decode()
    big = 50_000_000
    feed_server.pages["/feed"] = b" " * big
    for limit, reads_all in ((MAX_BYTES, False), (big, True)):  # the second: control
        feed_server.sent_bytes = 0
        with monkeypatch.context() as patch:
            patch.setattr(cap_feeds, "MAX_BYTES", limit)
            assert poll_as_sender(feed_server) == (0, 1) and CapFeed.objects.get().failure == "SIZE"
        assert (feed_server.sent_bytes == big) is reads_all, "the connection is closed at the limit"
    feed_server.pages |= {"/feed": rss, "/1": format_message(FOREIGN).encode()}
    assert poll_as_sender(feed_server, DAY) == (1, 2) and CapFeed.objects.get().failing_since is None
    services.sweep_ended(DAY + dt.timedelta(days=59), 100)
    assert CapAlert.objects.count() == 1, "control"
    services.sweep_ended(DAY + dt.timedelta(days=61), 100)
    assert not CapAlert.objects.exists()
