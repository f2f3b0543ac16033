"""Letters, pictures, the drawn audience and a withdrawal from one commune, through the pages."""

import datetime as dt
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from PIL import Image

from binhyen.areas.models import Area
from binhyen.areas.queries import list_villages_of_commune
from binhyen.bulletins import attachment_services, queries, services
from binhyen.bulletins.audience_map import find_center, get_projection, parse_corners
from binhyen.bulletins.cap.reader import parse_message
from binhyen.bulletins.models import Bulletin, BulletinDocument, BulletinPicture
from binhyen.bulletins.rules import estimate_minutes
from binhyen.bulletins.tests.scene import (
    create_bulletin,
    create_group,
    list_posts,
    mark_sent,
    release_bulletin,
    run_jobs,
)
from binhyen.bulletins.tests.test_views import sign_in
from binhyen.channels.models import Channel, Membership, Outgoing, PushDelivery, PushNotice, PushSubscription
from binhyen.channels.services import outbox, push
from binhyen.kit import clock, file_storage
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.people.services import RuleViolation
from binhyen.vault.models import Reporter
from tests import rls

pytestmark = pytest.mark.django_db
ALL_TOPICS = [topic.value for topic in services.TOPIC_LABELS]


def connect_mail(monkeypatch: pytest.MonkeyPatch) -> str:
    """Create the channel; return the token of every later subscription."""
    Channel.objects.create(kind="email", name="Thư", settings={"from": "a@b.vn"})
    monkeypatch.setattr(push, "generate_token", lambda: "t" * 43)
    return "t" * 43


def claim_letters(now: dt.datetime) -> list[str]:
    """Claim due letters as the sender does and count them as sent; return their subjects."""
    channel, subjects = push.find_mail_channel(), []
    assert channel is not None
    while batch := push._claim_batch(channel.pk, now=now):
        subjects += [attempt.notice.title for attempt in batch]
        PushDelivery.objects.filter(pk__in=[attempt.delivery_id for attempt in batch]).update(state="SENT", sent_at=now)
    return subjects


def test_letters_are_asked_for_confirmed_and_ended_on_the_page(
    officer: Any, unit: Any, by_day: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Client(enforce_csrf_checks=True)
    assert "Địa chỉ thư của bạn" not in page.get("/nhan-tin").content.decode(), "control: no channel yet"
    token = connect_mail(monkeypatch)
    assert "Địa chỉ thư của bạn" in page.get("/nhan-tin").content.decode()
    form = {"email": "hoa@example.vn", "xa": "18568", "topic": ["ONLINE_FRAUD"]}
    citizen = Client()
    for broken in ({"email": "hoa@"}, {"topic": []}, {"xa": "99999"}):
        answer = citizen.post("/nhan-tin/thu", form | broken)
        assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert not PushSubscription.objects.exists()
    with rls.acting_as("pages"):
        assert citizen.post("/nhan-tin/thu", form).headers["Location"] == "/nhan-tin?thu=da-gui"
        assert citizen.post("/nhan-tin/thu", form).status_code == 303, "the same answer for a known address"
        url = f"/nhan-tin/thu/{token}"
        assert "Xác nhận" in citizen.get(url).content.decode()
    assert claim_letters(by_day) == ["Xác nhận nhận thông báo của công an"]
    create_group(unit("18568"))
    assert PushSubscription.objects.get().is_pending, "opening the link confirms nothing"
    with rls.acting_as("pages"):
        assert "đang nhận" in citizen.post(url).content.decode()
        assert page.post(url).status_code == 403, "control: confirming needs our own form"

    row = release_bulletin(officer("OFFICER"), officer("CHIEF"), now=by_day)
    assert claim_letters(by_day) == [f"Lừa đảo qua mạng: {row.title}"]
    services.withdraw_bulletin(code=row.code, reason="Số liệu chưa đúng.", officer=officer("CHIEF"), now=by_day)
    assert claim_letters(by_day) == ["Công an rút một thông báo"]
    texts = list(PushNotice.objects.filter(key__contains=str(row.public_id)).order_by("pk").values_list("mail_text"))
    assert texts[0] == ("",) and "Số liệu chưa đúng." in texts[-1][0], "withdrawn words are deleted"

    monkeypatch.setattr(clock, "now", lambda: by_day + dt.timedelta(minutes=5))
    with rls.acting_as("pages"):
        one_click = page.post(f"{url}/thoi", {"List-Unsubscribe": "One-Click"})
        assert one_click.status_code == 200 and "xóa địa chỉ" in one_click.content.decode()
        assert page.get(url).status_code == page.get("/nhan-tin/thu/x").status_code == 404
        measured = sign_in(officer("CHIEF")).get(f"/ban-tin/{row.code}/do-luong").content.decode()
    assert "1 người thôi đăng ký" in measured
    crowd = {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    codes = {citizen.post("/nhan-tin/thu", form | {"email": "x"}, **crowd).status_code for _ in range(22)}
    assert codes == {422, 429}


def build_photo() -> bytes:
    """Build a picture with a place in its metadata."""
    picture, exif, stream = Image.new("RGB", (640, 400), "green"), Image.Exif(), BytesIO()
    exif[0x010E] = "secret place"
    picture.save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def test_pictures_are_stripped_shown_and_gone_after_the_withdrawal(
    officer: Any, unit: Any, by_day: dt.datetime
) -> None:
    create_group(unit("18568"))
    author, chief = officer("OFFICER"), officer("CHIEF")
    row = create_bulletin(author, now=by_day)
    page, citizen, url = sign_in(author), Client(), f"/ban-tin/{row.code}"

    def add_picture(data: bytes, alt: str = "Áo khoác màu xanh") -> None:
        page.post(f"{url}/anh", {"photo": SimpleUploadedFile("a.jpg", data), "alt": alt})

    add_picture(b"<svg onload=alert(1)>")
    add_picture(build_photo(), alt="")
    assert not BulletinPicture.objects.exists(), "no picture, or none described"
    for _ in range(5):
        add_picture(build_photo())
    assert BulletinPicture.objects.count() == 4
    picture = BulletinPicture.objects.order_by("pk")[0]
    page.post(f"{url}/bo-tep", {"file": str(picture.public_id)})
    picture = BulletinPicture.objects.order_by("pk")[0]
    with rls.acting_as("pages"):
        assert citizen.get(f"/thong-bao/{row.code}/anh/{picture.public_id}").status_code == 404
        assert sign_in(officer("CHIEF", "18073")).get(f"{url}/anh/{picture.public_id}").status_code == 404
        assert page.get(f"{url}/anh/{picture.public_id}").status_code == 200
    with rls.acting_as("pages"):
        assert not BulletinPicture.objects.exists(), "a draft's picture belongs to its unit"

    services.submit_bulletin(code=row.code, officer=author, now=by_day)
    add_picture(build_photo())
    assert BulletinPicture.objects.count() == 3, "not after the draft"
    services.approve_bulletin(code=row.code, officer=chief, now=by_day)
    run_jobs(by_day)
    public_url = f"/thong-bao/{format_code(row.code)}/anh/{picture.public_id}"
    with rls.acting_as("pages"):
        assert public_url in citizen.get(f"/thong-bao/{row.code}").content.decode()
        answer = citizen.get(public_url)
    assert b"secret" not in answer.content and answer.headers["Cache-Control"] == "no-store"
    assert len(page.get(f"{url}/to-roi.pdf").content) > 5000
    draft = services.start_correction(code=row.code, officer=author, now=by_day)
    assert draft.pictures.count() == 3
    services.withdraw_bulletin(code=row.code, reason="Số liệu chưa đúng.", officer=author, now=by_day)
    assert citizen.get(public_url).status_code == 404 and not row.pictures.exists()


def build_word_file(*names: str) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", *names):
            archive.writestr(name, "<x/>")
    return stream.getvalue()


def test_pictures_and_documents_go_with_the_post(
    officer: Any, unit: Any, by_day: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = [create_group(unit("18568")) for _ in range(2)]
    token = connect_mail(monkeypatch)
    push.request_mail_subscription(address="a@b.vn", area_id=None, topics=["WEATHER"], now=by_day)
    push.confirm_mail_subscription(token, now=by_day)
    author, chief = officer("OFFICER"), officer("CHIEF")
    row = create_bulletin(author, now=by_day, topic="WEATHER")
    page, citizen, url = sign_in(author), Client(), f"/ban-tin/{row.code}"
    for name, data, refusal in (
        ("a.pdf", b"", "chọn một tệp"),
        ("a.pdf", b"MZ not a pdf", "Chỉ nhận tệp PDF"),
        ("a.docx", build_word_file("word/vbaProject.bin"), "có macro"),
        ("a.xlsx", build_word_file().replace(b"word/document", b"xl/a/document"), "Chỉ nhận tệp PDF"),
        ("a.pdf", b"%PDF-1.7" + b"x" * attachment_services.MAX_DOCUMENT_BYTES, "5 MB"),
    ):
        page.post(f"{url}/tep", {"document": SimpleUploadedFile(name, data)})
        assert refusal in page.get(url).content.decode() and not BulletinDocument.objects.exists(), name
    with rls.acting_as("pages"):
        page.post(f"{url}/anh", {"photo": SimpleUploadedFile("a.jpg", build_photo()), "alt": "Áo khoác màu xanh"})
        for name, data in (("../Mẫu <đơn>.exe", b"%PDF-1.7 x"), ("b.pdf", build_word_file()), ("c.pdf", b"%PDF-")):
            page.post(f"{url}/tep", {"document": SimpleUploadedFile(name, data)})
        assert "nhiều nhất 2 tệp" in page.get(url).content.decode()
    form, word = BulletinDocument.objects.order_by("pk")
    assert (form.name, word.name) == ("Mẫu đơn.pdf", "b.docx"), "named by content"
    services.submit_bulletin(code=row.code, officer=author, now=by_day)
    services.approve_bulletin(code=row.code, officer=chief, now=by_day)
    run_jobs(by_day)
    messages = list(Outgoing.objects.filter(group__in=groups).order_by("pk"))
    assert len(messages) == 2 and messages[0].media == messages[1].media
    assert [(item["kind"], item["name"]) for item in messages[0].media] == [
        ("image", "anh-1.jpg"),
        ("file", "Mẫu đơn.pdf"),
        ("file", "b.docx"),
    ]
    sent = outbox.to_outgoing_message(messages[0], {}, {}).media
    assert [file.data[:4] for file in sent] == [b"\xff\xd8\xff\xe0", b"%PDF", b"PK\x03\x04"]

    public_url = f"/thong-bao/{format_code(row.code)}"
    with rls.acting_as("pages"):
        assert "Mẫu đơn.pdf" in citizen.get(public_url).content.decode()
        answer = citizen.get(f"{public_url}/tep/{form.public_id}")
        assert answer.content == b"%PDF-1.7 x" and answer.headers["Content-Disposition"].startswith("attachment;")
        feed = citizen.get("/thong-bao.atom").content.decode()
        alert = parse_message(citizen.get(f"{public_url}/cap").content)
    assert feed.count('rel="enclosure"') == 3 and 'length="10"' in feed
    assert [item.mime_type for item in alert.infos[0].resources][:2] == ["image/jpeg", "application/pdf"]
    letter = PushNotice.objects.get(key__endswith=f"release{push.MAIL_SUFFIX}").mail_text
    assert f"- Mẫu đơn.pdf: {settings.PUBLIC_URL}{public_url}/tep/{form.public_id}" in letter

    copies = [str(item["file"]) for item in messages[0].media]
    mark_sent(row, groups[0], now=by_day)
    draft = services.start_correction(code=row.code, officer=author, now=by_day)
    assert (draft.pictures.count(), draft.documents.count()) == (1, 2)
    assert set(attachment_services.list_used_files([*copies, "bulletins/lost"])) == set(copies)
    with TestCase.captureOnCommitCallbacks(execute=True):
        services.withdraw_bulletin(code=row.code, reason="Số liệu chưa đúng.", officer=author, now=by_day)
    run_jobs(by_day)
    assert not any(map(file_storage.file_exists, copies)), "withdrawn files leave the disk"
    assert not outbox.to_outgoing_message(messages[1], {}, {}).media, "control: a late sender finds none"
    assert Outgoing.objects.get(key__contains="WITHDRAW").media == []
    assert citizen.get(f"{public_url}/tep/{form.public_id}").status_code == 404


def test_a_drawn_shape_and_subscribers_as_audience(
    officer: Any, unit: Any, by_day: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    row = create_bulletin(staff, now=by_day)
    url, page = f"/ban-tin/{row.code}", sign_in(staff)
    page.post(f"{url}/noi-nhan", {"do": "remove", "area": str(unit("42").area.public_id)})
    center = find_center("18568")
    assert center is not None
    x, y = (round(value) for value in get_projection().to_pixel(center[1], center[0]))
    page.post(f"{url}/noi-nhan", {"do": "circle", "shape": f"{x},{y} {x + 2},{y}"})
    assert "ít nhất ba góc" in page.get(url).content.decode()
    page.post(f"{url}/noi-nhan", {"do": "circle", "shape": f"{x},{y} {x + 2},{y} {x},{y + 2}"})
    row.refresh_from_db()
    assert unit("18568").area_id in row.areas and len(row.areas) < 4
    assert parse_corners("1,2 x,3 4 5,6,7 99999,1 8,9") == [(1, 2), (8, 9)]

    commune = unit("18568").area_id
    inside, *others = [
        Area.objects.get(pk=village.area_id) for village in list_villages_of_commune(commune, to_vietnam_day(by_day))
    ]
    Area.objects.filter(pk=inside.pk).update(latitude=center[0], longitude=center[1])
    Area.objects.filter(pk__in=[area.pk for area in others]).update(latitude=center[0] + 0.3, longitude=center[1])
    for form in (
        {"shape": f"{x - 1},{y - 1} {x + 2},{y} {x},{y + 2}"},
        {"km": "3", "point.x": str(x), "point.y": str(y)},
    ):
        for is_known in (False, True):
            Area.objects.filter(pk=others[0].pk).update(latitude=center[0] + 0.3 if is_known else None)
            Bulletin.objects.filter(pk=row.pk).update(areas=[])
            page.post(f"{url}/noi-nhan", {"do": "circle", "villages": "yes", **form})
            row.refresh_from_db()
            assert {inside.pk, commune} & {*row.areas} == ({inside.pk} if is_known else {commune}), form
            assert not {area.pk for area in others} & {*row.areas}

    page.post(f"{url}/noi-nhan", {"do": "level", "level": queries.SUBSCRIBERS_ONLY})
    with pytest.raises(RuleViolation):
        services.submit_bulletin(code=row.code, officer=staff, now=by_day)
    token = connect_mail(monkeypatch)
    push.request_mail_subscription(address="a@b.vn", area_id=None, topics=["ONLINE_FRAUD"], now=by_day)
    with pytest.raises(RuleViolation):  # control: not confirmed
        services.submit_bulletin(code=row.code, officer=staff, now=by_day)
    push.confirm_mail_subscription(token, now=by_day)
    assert "Thêm 1 người đăng ký" in page.get(url).content.decode()
    services.submit_bulletin(code=row.code, officer=staff, now=by_day)
    services.approve_bulletin(code=row.code, officer=officer("PROVINCE_DUTY", "42"), now=by_day)
    run_jobs(by_day)
    assert "every 5s" in page.get(url).content.decode(), "letters on their way are waited for"
    assert len(claim_letters(by_day)) == 1
    shown = page.get(url).content.decode()
    assert "1 / 1 thư đã gửi" in shown and "every 5s" not in shown
    PushDelivery.objects.update(state="DEAD", code="552 5.2.2")
    assert "/gui-lai" in page.get(url).content.decode()
    assert services.retry_failed(code=row.code, officer=staff, now=by_day) == 1
    push.retry_given_up_pushes(keys=[notice.key for notice in PushNotice.objects.all()], now=by_day)
    assert set(PushDelivery.objects.values_list("state", flat=True)) == {"QUEUED"}

    minute = dt.timedelta(minutes=1)
    assert [estimate_minutes(*case) for case in ((0, 9, minute), (9, 0, minute), (100, 40, 2 * minute))] == [
        None,
        None,
        5,
    ]


def test_a_withdrawal_from_one_commune_leaves_the_others(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    staff, other = officer("PROVINCE_STAFF", "42"), officer("PROVINCE_DUTY", "42")
    here, there, late = create_group(unit("18568")), create_group(unit("18073")), create_group(unit("18568"))
    row = release_bulletin(staff, other, now=by_day)
    mark_sent(row, here, there, now=by_day)
    page, citizen, url = sign_in(staff), Client(), f"/ban-tin/{row.code}/rut-noi"
    for form in ({"commune": ""}, {"commune": "99999"}, {"commune": "18568", "reason": "x"}):
        page.post(url, {"reason": "Ở đây không có."} | form)
    assert not list_posts("WITHDRAW"), "control: nothing of a refused form happens"
    page.post(url, {"commune": "18568", "reason": "Ở đây không có vụ này."})
    run_jobs(by_day)
    assert [name for name, _, _ in list_posts("WITHDRAW")] == [here.name], "only where it was read"
    assert row.deliveries.get(group=late).outgoing.state == "CANCELLED"
    assert row.title in citizen.get("/thong-bao?xa=18073").content.decode()
    assert row.title not in citizen.get("/thong-bao?xa=18568").content.decode()

    draft = services.start_correction(code=row.code, officer=staff, now=by_day)
    services.submit_bulletin(code=draft.code, officer=staff, now=by_day)
    services.approve_bulletin(code=draft.code, officer=other, now=by_day)
    run_jobs(by_day)
    assert [name for name, _, _ in list_posts("CORRECT")] == [there.name]
    member = Membership.objects.create(
        group=there,
        reporter=Reporter.objects.create(pseudonym="A-1", created_at=by_day),
        joined_at=by_day,
        left_at=by_day + dt.timedelta(hours=1),
    )
    from binhyen.bulletins.measure_queries import count_leavers

    assert count_leavers(row) == 1
    Membership.objects.filter(pk=member.pk).update(left_at=by_day + dt.timedelta(days=2))
    assert count_leavers(row) == 0
