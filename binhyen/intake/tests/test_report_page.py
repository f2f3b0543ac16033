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
from binhyen.intake.forms import MAX_REPORT_CHARS
from binhyen.intake.tests.web import (
    FIGHT,
    MESSY,
    NOISE,
    make_fake_picture,
    make_picture,
    parse_form_key,
    parse_status_token,
    submit_report,
)
from binhyen.intake.views.report import LAST_KEY_COOKIE
from binhyen.kit import file_storage
from binhyen.kit.ids import generate_token, hash_token
from binhyen.kit.text import to_nfc
from binhyen.vault.tests.unsealing import get_conversation_key, open_all_facts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


def _dump_values() -> list[str]:
    """Return every value of the tables that officers and screens read."""
    tables = (Report, Message, Case, Outgoing)
    return [str(value) for table in tables for row in table.objects.values() for value in row.values()]


def test_a_fight_reaches_the_officers_of_its_commune_and_the_sender_reads_the_numbers_first(client, unit):
    answer = submit_report(client)
    case = Case.objects.get()
    assert (case.urgency, case.unit, case.kind) == (3, unit("18568"), "tip")
    page = client.get(answer.headers["Location"]).content.decode()
    assert page.index("tel:113") < page.index("Đã nhận tin của bạn") < page.index("/theo-doi/")
    assert case.code[:4] in page
    ack = Outgoing.objects.get()
    assert ack.text.startswith("Nếu nguy hiểm đến tính mạng: gọi ngay 113")
    assert ack.state == "SENT"


def test_only_the_hash_of_the_link_is_stored(client):
    secret = parse_status_token(submit_report(client))
    report = Report.objects.get()
    assert report.link_hash == hash_token(secret)
    assert not any(secret in value for value in _dump_values())


def test_text_alone_suffices_and_so_does_a_photo_alone(client):
    assert submit_report(client, "cháy nhà").status_code == 303
    assert submit_report(client, "", photos=[make_picture()]).status_code == 303
    assert Case.objects.count() == 2


def test_an_empty_form_is_reported(client):
    answer = submit_report(client, " \u200b \n")
    assert answer.status_code == 422
    assert "Bạn chưa viết gì" in answer.content.decode()


def test_unknown_place_goes_to_the_provinces_desk(client, unit):
    submit_report(client, "Có kẻ cầm dao doạ chém người ở chợ Xyzzy")
    assert Case.objects.get().unit == unit("42")


def test_the_place_field_and_the_point_decide_where_the_case_goes(client, unit):
    submit_report(client, NOISE.replace(" ở xã Lộc Hà", ""), place="Phường Thành Sen")
    assert Case.objects.latest("id").unit == unit("18073")
    submit_report(client, "Ở đây đang ồn quá", latitude="18.3420", longitude="105.9057")
    case = Case.objects.latest("id")
    assert (case.latitude, case.longitude) == (18.342, 105.9057)
    assert case.commune is not None


def test_places_in_the_text_are_used_beside_the_field(client):
    submit_report(client, "Đánh nhau ở TDP Phú Mậu, xã Lộc Hà", place="gần chợ, xã Lộc Hà")
    assert Case.objects.latest("id").place == "gần chợ, xã Lộc Hà, TDP Phú Mậu", "and nothing twice"


def test_the_same_form_sent_twice_is_one_report_with_one_link(client):
    key = generate_token()
    first, second = submit_report(client, key=key), submit_report(client, key=key)
    assert parse_status_token(first) == parse_status_token(second)
    assert Case.objects.count() == Message.objects.count() == 1


def test_the_same_form_with_another_text_is_explained_and_preserved(client):
    key = generate_token()
    submit_report(client, key=key)
    answer = submit_report(client, NOISE, key=key)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Mẫu này đã gửi rồi" in page
    assert NOISE in page
    assert parse_form_key(page) != key
    assert submit_report(client, NOISE, key=parse_form_key(page)).status_code == 303
    assert Case.objects.count() == 2


def test_another_form_with_the_same_text_is_another_report(client):
    assert parse_status_token(submit_report(client)) != parse_status_token(submit_report(Client()))
    assert Report.objects.count() == 2


@pytest.mark.parametrize("key", ["", "short", "x" * 500, "ä" * 43, "a" * 43 + "\n"])
def test_a_report_without_a_valid_key_is_accepted_too(client, key):
    assert submit_report(client, key=key).status_code == 303


def test_photos_lose_their_metadata_and_belong_to_the_report(client):
    submit_report(client, photos=[make_picture(), make_picture()])
    shown = Attachment.objects.all()
    assert [a.state for a in shown] == ["READY", "READY"]
    assert all(b"Exif" not in file_storage.read_file(a.preview) + file_storage.read_file(a.original) for a in shown)
    assert all(b"Exif" in media.decrypt_original(a, key_pair=get_conversation_key(a.lock_id)) for a in shown), (
        "sealed and complete"
    )
    assert {a.name for a in shown} == {""}
    assert {a.message for a in shown} == {Message.objects.get()}


@pytest.mark.parametrize("bad", [make_fake_picture().read(), b"\x89PNG\r\n\x1a\n<html>", b"\x00", b"GIF89a"])
def test_an_html_file_as_photo_is_refused_and_the_text_preserved(client, bad, tmp_path):
    answer = submit_report(client, photos=[make_picture(), SimpleUploadedFile("anh.jpg", bad, "image/jpeg")])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Ảnh thứ 2: Tệp này không phải ảnh xem được." in page
    assert FIGHT in page
    assert not Case.objects.exists()
    assert not Attachment.objects.exists()
    assert not [f for f in tmp_path.rglob("*") if f.is_file()], "files of a refused submission must be deleted"


def test_a_good_photo_in_the_same_place_is_accepted(client):  # negative control of the test above
    assert submit_report(client, photos=[make_picture(), make_picture()]).status_code == 303


def test_six_photos_are_too_many(client):
    answer = submit_report(client, photos=[make_picture() for _ in range(6)])
    assert answer.status_code == 422
    assert "tối đa 5 ảnh" in answer.content.decode()
    assert FIGHT in answer.content.decode()


def test_text_is_measured_in_its_stored_form(client):
    assert submit_report(client, unicodedata.normalize("NFD", "ệ" * MAX_REPORT_CHARS)).status_code == 303
    assert Message.objects.get().text == "ệ" * MAX_REPORT_CHARS
    answer = submit_report(client, "ệ" * (MAX_REPORT_CHARS + 1))
    assert answer.status_code == 422
    assert "5001" in answer.content.decode()
    assert "ệ" * (MAX_REPORT_CHARS + 1) in answer.content.decode()


@pytest.mark.parametrize("spare", [1000, pytest.param(10**9, id="control: without the check")])
def test_overlong_texts_are_not_normalized(client, monkeypatch, spare):
    normalized: list[int] = []
    monkeypatch.setattr("binhyen.intake.forms._RAW_SPARE", spare)
    monkeypatch.setattr("binhyen.intake.forms.to_nfc", lambda text: normalized.append(len(text)) or to_nfc(text))
    for field in ("text", "place", "name", "phone"):
        submit_report(client, **{"text": FIGHT, field: "e" + "\u0301\u0323" * 50_000})
    assert (max(normalized) <= 4 * MAX_REPORT_CHARS + 1000) == (spare == 1000)


def test_line_ends_count_once(client):
    assert submit_report(client, "a\r\n" * (MAX_REPORT_CHARS // 2)).status_code == 303


def test_invisible_reversed_and_decomposed_text_is_stored_plainly(client):
    assert submit_report(client, MESSY).status_code == 303
    stored = Message.objects.get().text
    assert stored == unicodedata.normalize("NFC", stored)
    assert not set(stored) & set("\u202e\u200b\x00")


def test_two_megabytes_get_a_helpful_error(client):
    near = submit_report(client, "a" * 1_900_000)
    assert near.status_code == 422
    client.raise_request_exception = False
    over = client.post("/bao-tin", {"text": "a" * 2_200_000, "key": generate_token()})
    assert over.status_code == 413 and "Nội dung gửi lên dài quá" in over.content.decode()
    assert not Case.objects.exists()


@pytest.mark.parametrize("point", [("91", "105"), ("18", "181"), ("nan", "105"), ("18", ""), ("", "inf"), ("x", "y")])
def test_an_impossible_point_is_dropped_and_reported(client, point):
    answer = submit_report(client, latitude=point[0], longitude=point[1])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Vị trí gửi kèm không đọc được" in page
    assert FIGHT in page
    assert 'name="latitude" value=""' in page
    assert submit_report(client, latitude="", longitude="").status_code == 303


def test_name_and_phone_lie_in_the_vault_only(client):
    submit_report(client, phone="+84 912.345 678", name="Nguyễn Văn Kín")
    assert open_all_facts() == {"PHONE": "0912345678", "NAME": "Nguyễn Văn Kín"}
    assert not any("0912345678" in v or "Văn Kín" in v or "345 678" in v for v in _dump_values())


def test_a_wrong_phone_is_reported_and_the_form_preserved(client):
    answer = submit_report(client, phone="09", name="Bà Lành")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Số điện thoại chưa đúng" in page
    assert FIGHT in page
    assert "Bà Lành" in page


def test_a_complaint_about_an_officer_is_routed_above_the_commune(client, unit):
    submit_report(client, "Cán bộ công an xã Lộc Hà quát nạt dân, thái độ hách dịch khi làm căn cước")
    case = Case.objects.get()
    assert case.category == "officer_complaint"
    assert case.unit == unit("42")


def test_no_page_is_cached_or_shared(client):
    secret = parse_status_token(submit_report(client))
    for path in ("/", "/bao-tin", "/tra-cuu", f"/da-gui/{secret}", f"/theo-doi/{secret}"):
        headers = client.get(path).headers
        assert headers["X-Robots-Tag"].startswith("noindex"), path
        assert headers["Cache-Control"] == "no-store", path
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), path
        assert "sessionid" not in client.cookies
    assert set(client.cookies) <= {"csrftoken", LAST_KEY_COOKIE}  # the second for minutes: test_idempotency.py


def list_persistent_cookies(client):
    """Return the cookies that outlive the browser session."""
    return {name for name, cookie in client.cookies.items() if cookie["max-age"] or cookie["expires"]}


def test_a_family_phone_keeps_nothing_when_its_browser_is_closed(client):
    secret = parse_status_token(submit_report(client))
    for path in ("/", "/bao-tin", "/tra-cuu", f"/da-gui/{secret}", f"/theo-doi/{secret}"):
        client.get(path)
    assert "csrftoken" in client.cookies and list_persistent_cookies(client) <= {LAST_KEY_COOKIE}, (
        "which goes in ten minutes"
    )


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
    submit_report(client)  # from here on the process has loaded areas and classifier
    key = parse_form_key(client.get("/bao-tin").content.decode())
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
def test_any_input_is_accepted_or_explained(client, text, place, phone, name, point):
    fields = {"place": place, "phone": phone, "name": name, "latitude": point[0], "longitude": point[1]}
    sent = {n: v.encode("utf-8", "ignore").decode() for n, v in {"text": text, **fields}.items()}
    answer = client.post("/bao-tin", {"key": generate_token(), **sent})
    assert answer.status_code in (303, 422)
    if answer.status_code == 303:
        assert client.get(answer.headers["Location"].replace("da-gui", "theo-doi")).status_code == 200


@pytest.mark.parametrize("name", ["ả" * 400 + ".jpg", "x" * 5000 + ".jpg", "Ảnh chụp màn hình " * 120])
def test_a_photo_with_a_very_long_name_is_accepted(client, monkeypatch, name):
    """Messengers and scanners produce such names: the whole form was refused, text included."""
    photo = make_picture()
    photo._name = name  # as a browser sends it: Django's own file class would truncate the name here
    assert submit_report(client, FIGHT, photos=[photo]).status_code == 303
    assert Case.objects.count() == 1 and Attachment.objects.count() == 1
    monkeypatch.setattr(multipartparser, "MAX_TOTAL_HEADER_SIZE", 1024)
    photo = make_picture()
    photo._name = name
    assert submit_report(client, FIGHT, photos=[photo]).status_code == 400, "the control: Django's default"
