"""«Báo tin» from a phone: accepted and refused input without data loss, and idempotent submission."""

import unicodedata

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import multipartparser
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binhyen.cases.models import Case, Report
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import media
from binhyen.intake.forms import TEXT_LIMIT
from binhyen.intake.tests.web import FIGHT, MESSY, NOISE, key_of, link, page_as_picture, picture, tell
from binhyen.intake.views.report import LAST
from binhyen.kit import file_storage
from binhyen.kit.ids import token, token_hash
from binhyen.kit.text import nfc
from binhyen.vault.tests.unsealing import opened, pair_of_lock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


def _stored() -> list[str]:
    """Return every value of the tables that officers and screens read."""
    tables = (Report, Message, Case, Outgoing)
    return [str(value) for table in tables for row in table.objects.values() for value in row.values()]


def test_a_fight_reaches_the_officers_of_its_commune_and_the_sender_reads_the_numbers_first(client, unit):
    answer = tell(client)
    case = Case.objects.get()
    assert (case.urgency, case.unit, case.kind) == (3, unit("18568"), "tip")
    page = client.get(answer.headers["Location"]).content.decode()
    assert page.index("tel:113") < page.index("Đã nhận tin của bạn") < page.index("/theo-doi/")
    assert case.code[:4] in page
    ack = Outgoing.objects.get()
    assert ack.text.startswith("Nếu nguy hiểm đến tính mạng: gọi ngay 113")
    assert ack.state == "SENT"


def test_only_the_hash_of_the_link_is_stored(client):
    secret = link(tell(client))
    report = Report.objects.get()
    assert report.link_hash == token_hash(secret)
    assert not any(secret in value for value in _stored())


def test_words_alone_are_enough_and_so_is_a_photo_alone(client):
    assert tell(client, "cháy nhà").status_code == 303
    assert tell(client, "", photos=[picture()]).status_code == 303
    assert Case.objects.count() == 2


def test_nothing_written_is_said_so(client):
    answer = tell(client, " \u200b \n")
    assert answer.status_code == 422
    assert "Bạn chưa viết gì" in answer.content.decode()


def test_unknown_place_goes_to_the_provinces_desk(client, unit):
    tell(client, "Có kẻ cầm dao doạ chém người ở chợ Xyzzy")
    assert Case.objects.get().unit == unit("42")


def test_the_place_field_and_the_point_decide_where_the_case_goes(client, unit):
    tell(client, NOISE.replace(" ở xã Lộc Hà", ""), place="Phường Thành Sen")
    assert Case.objects.latest("id").unit == unit("18073")
    tell(client, "Ở đây đang ồn quá", latitude="18.3420", longitude="105.9057")
    case = Case.objects.latest("id")
    assert (case.latitude, case.longitude) == (18.342, 105.9057)
    assert case.commune is not None


def test_what_the_words_name_beside_the_field_is_kept(client):
    tell(client, "Đánh nhau ở TDP Phú Mậu, xã Lộc Hà", place="gần chợ, xã Lộc Hà")
    assert Case.objects.latest("id").place == "gần chợ, xã Lộc Hà, TDP Phú Mậu", "and nothing twice"


def test_the_same_form_sent_twice_is_one_report_with_one_link(client):
    key = token()
    first, second = tell(client, key=key), tell(client, key=key)
    assert link(first) == link(second)
    assert Case.objects.count() == Message.objects.count() == 1


def test_the_same_form_with_other_words_is_explained_and_the_words_are_kept(client):
    key = token()
    tell(client, key=key)
    answer = tell(client, NOISE, key=key)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Mẫu này đã gửi rồi" in page
    assert NOISE in page
    assert key_of(page) != key
    assert tell(client, NOISE, key=key_of(page)).status_code == 303
    assert Case.objects.count() == 2


def test_another_form_with_the_same_words_of_somebody_else_is_another_report(client):
    assert link(tell(client)) != link(tell(Client()))
    assert Report.objects.count() == 2


@pytest.mark.parametrize("key", ["", "short", "x" * 500, "ä" * 43, "a" * 43 + "\n"])
def test_a_report_without_a_good_key_is_taken_all_the_same(client, key):
    assert tell(client, key=key).status_code == 303


def test_photos_lose_their_metadata_and_belong_to_the_report(client):
    tell(client, photos=[picture(), picture()])
    shown = Attachment.objects.all()
    assert [a.state for a in shown] == ["READY", "READY"]
    assert all(b"Exif" not in file_storage.read(a.shown) + file_storage.read(a.original) for a in shown)
    assert all(b"Exif" in media.original(a, pair=pair_of_lock(a.lock_id)) for a in shown), "sealed and complete"
    assert {a.name for a in shown} == {""}
    assert {a.message for a in shown} == {Message.objects.get()}


@pytest.mark.parametrize("bad", [page_as_picture().read(), b"\x89PNG\r\n\x1a\n<html>", b"\x00", b"GIF89a"])
def test_a_photo_that_is_a_page_is_refused_with_the_words_kept(client, bad, tmp_path):
    answer = tell(client, photos=[picture(), SimpleUploadedFile("anh.jpg", bad, "image/jpeg")])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Ảnh thứ 2: Tệp này không phải ảnh xem được." in page
    assert FIGHT in page
    assert not Case.objects.exists()
    assert not Attachment.objects.exists()
    assert not [f for f in tmp_path.rglob("*") if f.is_file()], "files of a refused submission must be deleted"


def test_a_good_photo_in_the_same_place_is_taken(client):  # negative control of the test above
    assert tell(client, photos=[picture(), picture()]).status_code == 303


def test_six_photos_are_too_many(client):
    answer = tell(client, photos=[picture() for _ in range(6)])
    assert answer.status_code == 422
    assert "tối đa 5 ảnh" in answer.content.decode()
    assert FIGHT in answer.content.decode()


def test_text_is_measured_in_its_stored_form(client):
    assert tell(client, unicodedata.normalize("NFD", "ệ" * TEXT_LIMIT)).status_code == 303
    assert Message.objects.get().text == "ệ" * TEXT_LIMIT
    answer = tell(client, "ệ" * (TEXT_LIMIT + 1))
    assert answer.status_code == 422
    assert "5001" in answer.content.decode()
    assert "ệ" * (TEXT_LIMIT + 1) in answer.content.decode()


@pytest.mark.parametrize("spare", [1000, pytest.param(10**9, id="control: without the check")])
def test_what_is_too_long_in_any_form_is_not_normalized(client, monkeypatch, spare):
    normalized: list[int] = []
    monkeypatch.setattr("binhyen.intake.forms._RAW_SPARE", spare)
    monkeypatch.setattr("binhyen.intake.forms.nfc", lambda text: normalized.append(len(text)) or nfc(text))
    for field in ("text", "place", "name", "phone"):
        tell(client, **{"text": FIGHT, field: "e" + "\u0301\u0323" * 50_000})
    assert (max(normalized) <= 4 * TEXT_LIMIT + 1000) == (spare == 1000)


def test_line_ends_count_once(client):
    assert tell(client, "a\r\n" * (TEXT_LIMIT // 2)).status_code == 303


def test_invisible_reversed_and_decomposed_text_is_stored_plainly(client):
    assert tell(client, MESSY).status_code == 303
    stored = Message.objects.get().text
    assert stored == unicodedata.normalize("NFC", stored)
    assert not set(stored) & set("\u202e\u200b\x00")


def test_two_megabytes_are_answered_with_words(client):
    near = tell(client, "a" * 1_900_000)
    assert near.status_code == 422
    client.raise_request_exception = False
    over = client.post("/bao-tin", {"text": "a" * 2_200_000, "key": token()})
    assert over.status_code == 400
    assert not Case.objects.exists()


@pytest.mark.parametrize("point", [("91", "105"), ("18", "181"), ("nan", "105"), ("18", ""), ("", "inf"), ("x", "y")])
def test_a_point_that_cannot_be_is_taken_out_and_said(client, point):
    answer = tell(client, latitude=point[0], longitude=point[1])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Vị trí gửi kèm không đọc được" in page
    assert FIGHT in page
    assert 'name="latitude" value=""' in page
    assert tell(client, latitude="", longitude="").status_code == 303


def test_name_and_phone_lie_in_the_vault_only(client):
    tell(client, phone="+84 912.345 678", name="Nguyễn Văn Kín")
    assert opened() == {"PHONE": "0912345678", "NAME": "Nguyễn Văn Kín"}
    assert not any("0912345678" in v or "Văn Kín" in v or "345 678" in v for v in _stored())


def test_a_wrong_phone_is_said_and_everything_is_kept(client):
    answer = tell(client, phone="09", name="Bà Lành")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Số điện thoại chưa đúng" in page
    assert FIGHT in page
    assert "Bà Lành" in page


def test_a_complaint_about_an_officer_goes_above_the_commune(client, unit):
    tell(client, "Cán bộ công an xã Lộc Hà quát nạt dân, thái độ hách dịch khi làm căn cước")
    case = Case.objects.get()
    assert case.category == "officer_complaint"
    assert case.unit == unit("42")


def test_no_page_travels_or_is_kept(client):
    secret = link(tell(client))
    for path in ("/", "/bao-tin", "/tra-cuu", f"/da-gui/{secret}", f"/theo-doi/{secret}"):
        headers = client.get(path).headers
        assert headers["X-Robots-Tag"].startswith("noindex"), path
        assert headers["Cache-Control"] == "no-store", path
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), path
        assert "sessionid" not in client.cookies
    assert set(client.cookies) <= {"csrftoken", LAST}  # the second for minutes: test_sent_again.py


def kept_after(client):
    """Return the cookies that outlive the browser session."""
    return {name for name, cookie in client.cookies.items() if cookie["max-age"] or cookie["expires"]}


def test_a_family_phone_keeps_nothing_when_its_browser_is_closed(client):
    secret = link(tell(client))
    for path in ("/", "/bao-tin", "/tra-cuu", f"/da-gui/{secret}", f"/theo-doi/{secret}"):
        client.get(path)
    assert "csrftoken" in client.cookies and kept_after(client) <= {LAST}, "which goes in ten minutes"


def test_control_the_frameworks_year_is_found(client, settings):
    settings.CSRF_COOKIE_AGE = 60 * 60 * 24 * 7 * 52
    with pytest.raises(AssertionError, match="ten minutes"):
        test_a_family_phone_keeps_nothing_when_its_browser_is_closed(client)


def test_the_form_needs_its_token_when_checked(db):
    strict = Client(enforce_csrf_checks=True)
    page = strict.get("/bao-tin").content.decode()
    assert strict.post("/bao-tin", {"text": FIGHT}).status_code == 403
    csrf = page.split('csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert strict.post("/bao-tin", {"text": FIGHT, "csrfmiddlewaretoken": csrf}).status_code == 303


def test_a_report_takes_few_statements(client, django_assert_max_num_queries):
    tell(client)  # from here on the process has loaded areas and classifier
    key = key_of(client.get("/bao-tin").content.decode())
    with django_assert_max_num_queries(15):  # one passes the text on to outbound DLP
        assert client.post("/bao-tin", {"text": FIGHT, "key": key}).status_code == 303


def test_other_methods_are_refused(client):
    assert client.put("/bao-tin").status_code == 405
    assert client.post("/").status_code == 405


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(max_size=300),
    place=st.text(max_size=80),
    phone=st.text(max_size=25),
    name=st.text(max_size=40),
    point=st.tuples(st.one_of(st.floats().map(str), st.text(max_size=5)), st.text(max_size=5)),
)
def test_whatever_is_typed_is_taken_or_explained(client, text, place, phone, name, point):
    fields = {"place": place, "phone": phone, "name": name, "latitude": point[0], "longitude": point[1]}
    sent = {n: v.encode("utf-8", "ignore").decode() for n, v in {"text": text, **fields}.items()}
    answer = client.post("/bao-tin", {"key": token(), **sent})
    assert answer.status_code in (303, 422)
    if answer.status_code == 303:
        assert client.get(answer.headers["Location"].replace("da-gui", "theo-doi")).status_code == 200


@pytest.mark.parametrize("name", ["ả" * 400 + ".jpg", "x" * 5000 + ".jpg", "Ảnh chụp màn hình " * 120])
def test_a_photo_with_a_very_long_name_is_taken(client, monkeypatch, name):
    """Messengers and scanners produce such names: the whole form was refused, text included."""
    photo = picture()
    photo._name = name  # as a browser sends it: Django's own file class would truncate the name here
    assert tell(client, FIGHT, photos=[photo]).status_code == 303
    assert Case.objects.count() == 1 and Attachment.objects.count() == 1
    monkeypatch.setattr(multipartparser, "MAX_TOTAL_HEADER_SIZE", 1024)
    photo = picture()
    photo._name = name
    assert tell(client, FIGHT, photos=[photo]).status_code == 400, "the control: Django's default"
