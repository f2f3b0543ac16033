"""Coverage, the list of groups, moving a group, messages passed on from groups run by hand, the weekly digest."""

import datetime as dt
import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from binhyen.bulletins import digest_services, group_rules_services, queries, services
from binhyen.bulletins.chat_lines import find_doubles, split_chat
from binhyen.bulletins.digest_rules import DigestFacts, format_digest_text
from binhyen.bulletins.models import Bulletin, ManualGroup, Population, SharedMessage
from binhyen.bulletins.rules import GroupActivity, is_silent, parse_population_lines
from binhyen.bulletins.tests.scene import DAY, create_group, find_village, release_bulletin
from binhyen.bulletins.tests.test_views import sign_in
from binhyen.cases.models import Case, Note
from binhyen.channels.models import Attachment, Channel, GroupRules, Membership, Outgoing
from binhyen.channels.plan_rules import estimate_monthly_cost
from binhyen.channels.queries import get_fees
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.kit.clock import VIETNAM
from binhyen.kit.ids import format_code
from binhyen.people.models import DutyShift
from binhyen.vault.models import Reporter
from tests import rls

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DIGEST_TEXT = "Từ 21/11 công an giải quyết xong 12 việc. Nguy hiểm gọi 113.\n- Hỏi thêm ở UBND xã."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[10:32, 01/12/2026] Nguyễn Văn A: Có đánh nhau\nmau đến", [("Nguyễn Văn A", "Có đánh nhau\nmau đến")]),
        ("01/12/2026, 10:32 - Anh Tư: xe quá tải", [("Anh Tư", "xe quá tải")]),
        (
            "Nguyễn Văn A\n10:32\nCó trộm\nTrần Thị B\n10:33\nCảm ơn",
            [("Nguyễn Văn A", "Có trộm"), ("Trần Thị B", "Cảm ơn")],
        ),
        ("Trần B 10:33\nMất ví ở chợ\n[Hình ảnh]", [("Trần B", "Mất ví ở chợ\n[Hình ảnh]")]),
        ("Có đánh nhau\n\nMất ví", [("", "Có đánh nhau"), ("", "Mất ví")]),
        ("[10:32] Lê C: [Hình ảnh]\n[10:33] Lê C đã rời nhóm", []),
        ("Gấp: có người ngã xe ở cầu", [("", "Gấp: có người ngã xe ở cầu")]),
        ("", []),
    ],
)
def test_reading_a_pasted_chat(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(message.author, message.text) for message in split_chat(text)] == expected


def test_doubles_in_a_chat() -> None:
    texts = ["Có đánh nhau ở chợ Lộc Hà!", "co danh nhau o cho loc ha", "Có đánh nhau ở chợ Lộc Hà, mau đến", "Ví"]
    assert find_doubles(texts, {"vi"}) == [None, 0, 0, -1]


def test_silence_and_inhabitants() -> None:
    assert is_silent(GroupActivity(False, DAY, None, DAY), DAY + 15 * 24 * HOUR)
    assert not is_silent(GroupActivity(True, DAY, None, DAY + 24 * HOUR), DAY + 30 * 24 * HOUR)
    people, bad = parse_population_lines("Thôn Nam Sơn\t1.250\nTổ dân phố 3: 812\nkhông có số\nThôn X 0")
    assert people == {"Thôn Nam Sơn": 1250, "Tổ dân phố 3": 812} and bad == ["không có số", "Thôn X 0"]


def test_a_digest_tells_no_small_number_and_no_complaint() -> None:
    closed = {"traffic": 5, "theft": 2, "officer_complaint": 4, "welfare": 2}
    text = format_digest_text(DigestFacts(DAY.date(), "xã Lộc Hà", closed, {"RETURNED": 2}, ["Giả danh điện lực"] * 60))
    assert "9 việc bà con báo" in text and "5 việc giao thông" in text and "4 việc khác" in text
    assert "trộm" not in text and "2 đồ vật đã về với chủ" in text and len(text) <= 1500
    assert "yên ổn" in format_digest_text(DigestFacts(DAY.date(), "xã Lộc Hà", {}, {}, []))


def create_manual_group(commune: Any, keeper: Any, **more: Any) -> ManualGroup:
    fields = {"level": "COMMUNE", "name": "Bình yên Lộc Hà (Hằng)", "members": 300, "created_at": DAY} | more
    return ManualGroup.objects.create(unit=commune, area=commune.area, keeper=keeper, **fields)


def test_coverage_group_list_and_move(
    officer: Any, unit: Any, by_day: dt.datetime, django_assert_max_num_queries: Any
) -> None:
    chief, staff, commune = officer("CHIEF"), officer("PROVINCE_STAFF", "42"), unit("18568")
    village = find_village(commune, by_day)
    group = create_group(commune, area=village.pk, level="VILLAGE", members=400)
    type(group).objects.filter(pk=group.pk).update(link="https://zalo.me/g/abcxyz", opened_at=DAY - 400 * 24 * HOUR)
    manual = create_manual_group(commune, chief)
    create_group(unit("18073"))
    page = sign_in(chief)
    name = village.versions.get(current=True).full_name
    page.post("/do-phu", {"xa": "18568", "lines": f"{name} 1.000"})
    assert Population.objects.get().people == 1000
    wrong = page.post("/do-phu", {"xa": "18568", "lines": f"{name} 900\nThôn Không Có 10"})
    assert wrong.status_code == 422 and "Thôn Không Có" in wrong.content.decode()  # typed lines stay in the field
    with django_assert_max_num_queries(24):
        shown = page.get("/do-phu").content.decode()
    assert "2 nhóm, 700 thành viên" in shown and ">44<" in shown
    listed = page.get("/do-phu/nhom").content.decode()
    assert group.name in listed and manual.name in listed and "Nhóm 2" not in listed
    assert group.name in page.get("/do-phu/nhom?loc=im").content.decode()
    assert page.get(f"/do-phu/nhom/{group.public_id}/to-roi.pdf").content.startswith(b"%PDF")
    assert "Đang trực" not in page.get(f"/nhom/{group.public_id}").content.decode()
    DutyShift.objects.create(unit=commune, officer=chief, starts_at=by_day - HOUR, ends_at=by_day + HOUR)
    facts = page.get(f"/nhom/{group.public_id}").content.decode().partition("Đang trực")[2]
    assert chief.name in facts[:200]
    whole = sign_in(staff)
    assert "Nhóm 2" in whole.get("/do-phu/nhom").content.decode()
    coverage = whole.get("/do-phu")
    assert 'data-label="Nhóm">0</td>' in coverage.content.decode(), "a zero is a number, also where a phone hides it"
    costs = coverage.context
    estimate = estimate_monthly_cost(costs["full_groups"], 1, get_fees())
    assert costs["price"] == 75_000 and abs(costs["full_cost"] - estimate) <= 50_000, "the package too, as on /nhom"
    type(village).objects.filter(pk=village.pk).update(latitude=18.45, longitude=105.9)
    drawn = whole.get("/do-phu/ban-do.svg").content
    assert drawn.count(b"<path") >= 69 and drawn.count(b'r="1.8" fill="#8fc7ac"') == 1, "400 of 1,000"

    page.post(f"/dang-tay/{manual.public_id}/chuyen", {"group": str(group.public_id)})
    moved = page.get(f"/dang-tay/{manual.public_id}/chuyen").content.decode()
    assert "zalo.me/g/abcxyz" in moved and "còn khoảng 0 người" in moved
    stranger = sign_in(officer("CHIEF", "18073"))
    assert stranger.get(f"/dang-tay/{manual.public_id}/chuyen").status_code == 404
    assert stranger.get(f"/do-phu/nhom/{group.public_id}/to-roi.pdf").status_code == 404


def test_new_rules_are_posted_in_groups_with_older_ones(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    staff, chief, group = officer("PROVINCE_STAFF", "42"), officer("CHIEF"), create_group(unit("18568"))
    type(group).objects.filter(pk=group.pk).update(rules_version=1)
    text = "Nội quy nhóm\n1. Không đăng số tài khoản.\n2. Tố giác thì nhắn riêng cho công an."
    sign_in(chief).post("/do-phu/noi-quy", {"text": text})
    assert GroupRules.objects.count() == 1  # of the installation: the rules are the province's
    page = sign_in(staff)
    assert page.post("/do-phu/noi-quy", {"text": "ngắn"}).status_code == 422
    page.post("/do-phu/noi-quy", {"text": text})
    assert group_rules_services.post_new_rules(now=by_day) == 1
    assert group_rules_services.post_new_rules(now=by_day) == 0
    assert [row.text for row in Outgoing.objects.filter(purpose="RULES", group=group)] == [text]
    shown = page.get("/do-phu/noi-quy").content.decode()
    assert "Bản 2" in shown and "1 nhóm" in shown


def test_new_members_are_welcomed_once_a_day(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    text = "Nội quy nhóm\n1. Không đăng số tài khoản.\n2. Tố giác thì nhắn riêng cho công an."
    welcome = "Chào bà con mới vào nhóm. Cần gấp thì gọi 113."
    group, quiet = create_group(unit("18568")), create_group(unit("18406"))
    opened = by_day - dt.timedelta(days=9)
    type(group).objects.update(rules_version=1, opened_at=opened)
    page, noon = sign_in(officer("PROVINCE_STAFF", "42")), by_day.astimezone(VIETNAM).replace(hour=12)
    assert page.post("/do-phu/noi-quy", {"text": text, "welcome": "a" * 501}).status_code == 422
    page.post("/do-phu/noi-quy", {"text": text})
    people = Reporter.objects.bulk_create(Reporter(created_at=opened) for n in range(4))
    early, late = noon - dt.timedelta(days=8), noon - HOUR
    for person, place, joined in ((people[0], group, early), (people[1], group, late), (people[2], quiet, early)):
        Membership.objects.create(group=place, reporter=person, joined_at=joined)
    assert group_rules_services.post_welcomes(now=noon) == 0, "no welcome is written"
    group_rules_services.post_new_rules(now=noon)
    page.post("/do-phu/noi-quy", {"text": text, "welcome": welcome})
    group_rules_services.post_new_rules(now=noon)
    assert Outgoing.objects.filter(purpose="RULES", group=group).count() == 1, "the same rules are not posted again"
    assert welcome in page.get("/do-phu/noi-quy").content.decode()
    assert group_rules_services.post_welcomes(now=noon.replace(hour=22)) == 0, "not at night"
    assert group_rules_services.post_welcomes(now=noon) == 1
    Membership.objects.create(group=group, reporter=people[3], joined_at=noon + HOUR / 2)
    assert group_rules_services.post_welcomes(now=noon + HOUR) == 0, "once a day"
    assert group_rules_services.post_welcomes(now=noon + 21 * HOUR) == 1, "a later member is not left out"
    assert group_rules_services.post_welcomes(now=noon + 45 * HOUR) == 0, "no new member"
    posts = Outgoing.objects.filter(purpose="WELCOME")
    assert {(post.group_id, post.text) for post in posts} == {(group.pk, welcome)} and posts.count() == 2


def make_photo() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (40, 30), "red").save(stream, "JPEG")
    return stream.getvalue()


def test_a_shared_message_becomes_a_report_once(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    Channel.objects.get_or_create(kind="web", name="web")
    author, commune = officer("OFFICER"), unit("18568")
    group, page = create_manual_group(commune, author), sign_in(author)
    target = json.loads(Client().get("/dang-tay/ung-dung.webmanifest").content)["share_target"]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(author)
    photo = SimpleUploadedFile("anh.jpg", make_photo(), "image/jpeg")
    shared = strict.post(target["action"], {"text": "Có người đổ rác xuống kênh ở cầu Trù", "files": photo})
    form = shared.content.decode()
    assert shared.status_code == 200 and "đổ rác xuống kênh" in form and 'name="photo"' in form
    assert not SharedMessage.objects.exists() and not Case.objects.exists()  # it only shows the form
    carried = form.partition('name="photo" value="')[2].partition('"')[0]
    fields = {"text": "Có người đổ rác xuống kênh ở cầu Trù", "group": str(group.public_id), "photo": carried}
    answer = page.post("/dang-tay/bao-tin", fields)
    case = Case.objects.get()
    assert answer["Location"] == f"/vu-viec/{case.code[:4]}-{case.code[4:]}" and case.unit == commune
    assert group.name in Note.objects.get(case=case).text
    again = page.post("/dang-tay/bao-tin", fields | {"photo": carried})
    assert again["Location"] == "/dang-tay" and Case.objects.count() == 1
    voice = SimpleUploadedFile("voice.m4a", b"\x00\x00\x00\x18ftypM4A " + b"\x00" * 40, "audio/mp4")
    carried = strict.post(target["action"], {"files": voice}).content.decode()
    carried = carried.partition('name="voice" value="')[2].partition('"')[0]
    spoken = {"text": "Cụ bà nói bị lừa ở cầu Trù, nghe ghi âm", "group": str(group.public_id)}
    page.post("/dang-tay/bao-tin", spoken | {"voice": carried.replace("m4a:", "mp3:")})
    assert Case.objects.count() == 1, "a file that is not what it says is refused"
    page.post("/dang-tay/bao-tin", spoken | {"voice": carried})
    [attachment] = Attachment.objects.filter(kind="audio")
    assert Case.objects.count() == 2 and attachment.name == "tệp .m4a", "kept sealed, without its name"
    photo.seek(0)
    named = {"text": "Khác hẳn", "naming": "known", "phone": "abc"}
    bad = page.post("/dang-tay/bao-tin", fields | named | {"photos": photo})
    shown = bad.content.decode()
    assert bad.status_code == 422 and "Khác hẳn" in shown and shown.count('name="photo"') == 2, "nothing is lost"
    files = [SimpleUploadedFile(f"{n}.aac", b"\xff\xf1P\x80" + bytes(1_000_000)) for n in range(2)]
    shown = strict.post(
        target["action"], {"files": [*files, SimpleUploadedFile("x.jpg", make_photo())]}
    ).content.decode()
    assert (shown.count('name="voice"'), shown.count('name="photo"')) == (1, 1) and "Chưa nhận hết" in shown
    with rls.acting_as("pages"):
        assert not SharedMessage.objects.exists()


def test_a_message_forwarded_to_the_account_becomes_a_report_of_its_place(unit: Any, by_day: dt.datetime) -> None:
    keeper = create_person()
    run_pipeline((keeper, "Có nhóm thanh niên cầm dao đánh nhau ở quán nước"), moment=by_day)
    line = "Tin từ nhóm Bình yên Nam Sơn, ở TDP Phú Mậu xã Lộc Hà, không rõ ai viết"
    run_pipeline((keeper, line), moment=by_day + HOUR / 60)
    case = Case.objects.get()
    assert case.unit == unit("18568") and [link.message.text for link in case.case_messages.order_by("pk")][1:] == [
        line
    ]


def test_a_pasted_chat_is_reviewed_and_only_the_chosen_kept(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    Channel.objects.get_or_create(kind="web", name="web")
    author, commune = officer("OFFICER"), unit("18568")
    group, page = create_manual_group(commune, author), sign_in(author)
    chat = "[10:32] Nguyễn An: Có nhóm thanh niên đánh nhau ở chợ Lộc Hà\n[10:33] Lê Bình: cảm ơn các anh công an"
    chat += "\n[10:34] Trần C: co nhom thanh nien danh nhau o cho loc ha"
    review = page.post("/dang-tay/doan-chat", {"do": "read", "text": chat, "group": str(group.public_id)})
    shown = review.content.decode()
    assert "Trùng tin 1" in shown and shown.count(" checked") == 2 and not Case.objects.exists()  # one, and «no name»
    texts = [message.text for message in split_chat(chat)]
    fields = {"do": "keep", "message": texts, "author": ["Nguyễn An", "Lê Bình", "Trần C"], "pick": ["0"]}
    page.post("/dang-tay/doan-chat", fields | {"group": str(group.public_id)})
    assert Case.objects.count() == 1 and SharedMessage.objects.get().group == group
    shown = page.post("/dang-tay/doan-chat", {"do": "read", "text": chat}).content.decode()
    assert "Đã chuyển rồi" in shown
    none = page.post("/dang-tay/doan-chat", fields | {"pick": []})
    assert none.status_code == 422 and texts[0] in none.content.decode()


def test_the_weekly_digest_is_drafted_once(officer: Any, unit: Any, by_day: dt.datetime) -> None:
    author, chief = officer("OFFICER"), officer("CHIEF")
    create_group(unit("18568"))
    release_bulletin(author, chief, now=by_day - 7 * 24 * HOUR, title="Giả danh bưu điện gọi điện thoại")
    page = sign_in(author)
    shown = page.get("/ban-tin/diem-tin").content.decode()
    assert "Giả danh bưu điện gọi điện thoại" in shown and "xin thông báo" in shown
    first = page.post("/ban-tin/diem-tin")
    second = page.post("/ban-tin/diem-tin")
    row = Bulletin.objects.get(digest_from__isnull=False)
    assert first["Location"] == second["Location"] and row.state == "DRAFT" and "xã Lộc Hà" in row.title


def test_a_digest_is_read_aloud_for_the_podcast(
    officer: Any, unit: Any, by_day: dt.datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    create_group(unit("18568"))
    author, now = officer("OFFICER"), by_day
    row = release_bulletin(author, officer("CHIEF"), now=now, title="Điểm tin an ninh xã Lộc Hà", text=DIGEST_TEXT)
    url, page = f"/ban-tin/{row.code}/doc-tieng", sign_in(author)

    def press_read_aloud() -> str:
        return page.get(page.post(url)["Location"]).content.decode()

    assert "chỉ đọc thành tiếng" in press_read_aloud().lower(), "not a digest"
    Bulletin.objects.filter(pk=row.pk).update(digest_from=now.date())

    monkeypatch.setenv("PATH", str(tmp_path))
    assert "cài «espeak-ng»" in press_read_aloud()
    speaker = tmp_path / "espeak-ng"
    speaker.write_text("#!/bin/sh\nexit 1\n")
    speaker.chmod(0o700)
    assert "bị lỗi" in press_read_aloud()
    assert Client().get("/diem-tin.rss").content.count(b"<item>") == 0
    # A stand-in returns its input and answers as the real program does into a pipe: with a wrong length.
    head = "RIFF\\044\\360\\377\\177WAVEfmt \\020" + "\\000" * 19 + "data\\000\\360\\377\\177"
    speaker.write_text(f"#!/bin/sh\nprintf '{head}'\nwhile read -r line; do printf '%s' \"$line\"; done\n")
    assert page.get(f"/ban-tin/{row.code}").content.decode().count("doc-tieng") == 1
    page.post(url)
    audio = row.documents.get()
    assert audio.name == f"diem-tin-{format_code(row.code)}.wav" and audio.size < 3000
    data = bytes(audio.data)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    spoken = data[44:].decode()
    assert all(words in spoken for words in ("hai mươi mốt tháng mười một", "một một ba", "ủy ban nhân dân"))
    assert "đã có tệp âm thanh" in press_read_aloud()

    feed = ElementTree.fromstring(Client().get("/diem-tin.rss?xa=18568").content)
    sound = feed.find("channel/item/enclosure")
    assert sound is not None and (sound.get("type"), sound.get("length")) == ("audio/wav", str(audio.size))
    address = (sound.get("url") or "").partition("//")[2].partition("/")[2]
    part = Client().get(f"/{address}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content, part["Content-Range"]) == (206, data[4:8], f"bytes 4-7/{len(data)}")
    assert Client().get(f"/{address}", headers={"Range": f"bytes={len(data)}-"}).status_code == 416
    assert Client().get(f"/{address}").content == data
    assert Client().get("/diem-tin.rss?xa=18073").content.count(b"<item>") == 0
    assert queries.list_written_documents(row).count() == 0, "no channel gets it"
    services.withdraw_bulletin(code=row.code, reason="Số liệu chưa đúng.", officer=author, now=now)
    assert Client().get("/diem-tin.rss").content.count(b"<item>") == 0
    assert Client().get(f"/{address}").status_code == 404


@pytest.mark.skipif(not shutil.which(digest_services.SPEAKER), reason="espeak-ng is not installed")
def test_the_real_program_reads_vietnamese() -> None:
    short, _ = digest_services.synthesize_speech("Xin chào bà con.")
    long, extension = digest_services.synthesize_speech("Xin chào bà con. " * 4)
    assert extension == ("mp3" if shutil.which(digest_services.ENCODER) else "wav")
    assert long.startswith(b"RIFF") if extension == "wav" else long[0] == 0xFF
    assert len(long) > 2 * len(short) > 4000
