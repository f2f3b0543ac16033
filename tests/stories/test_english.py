"""A foreigner reports in English: the pages stay English, the report stays as written, the desk stays Vietnamese."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from binhyen.cases.models import Case
from binhyen.channels.models import Outgoing
from binhyen.kit.ids import format_code
from tests.signing import complete_sign_in, set_password

pytestmark = pytest.mark.django_db
WORDS = "Two men with knives are fighting in front of the market. One is bleeding. Please come! Đường Nguyễn Du 12"
ENGLISH, VIETNAMESE = '<html lang="en">', '<html lang="vi">'
# Vietnamese letters outside names: the exceptions on an English page are listed below.
MARKED = re.compile("[À-ÖØ-öø-ưẠ-ỹ]")


def get_page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def get_visible_text(page: str) -> str:
    """Return the visible text of a page: its body without mark-up, and without parts marked as Vietnamese."""
    body = re.sub(r'<(a|span|button) [^>]*lang="vi"[^>]*>[^<]*</\1>', " ", page.partition("</head>")[2])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


def send_report(client: Client) -> str:
    """Send a report through the form as a browser without script does; return the address of the status page."""
    client.get("/bao-tin?lang=en")
    page = get_page(client, "/bao-tin")
    assert ENGLISH in page and "What is happening?" in page and "tel:113" in page
    key = re.search(r'name="key" value="([\w-]{43})"', page)
    assert key
    answer = client.post("/bao-tin", {"key": key[1], "text": WORDS, "place": "Chợ Lộc Hà", "name": "John Smith"})
    assert answer.status_code == 303, answer.content.decode()
    sent = get_page(client, answer["Location"])
    assert ENGLISH in sent and "We have received your report" in sent and "Still in danger? Call now" in sent
    link = re.search(r"/theo-doi/[\w-]{43}", sent)
    assert link
    return link[0]


def test_a_foreigner_reports_in_english(officer: Callable[..., Any]) -> None:
    foreigner = Client()
    status = send_report(foreigner)
    case = Case.objects.get()
    page = get_page(foreigner, status)
    assert ENGLISH in page and "Sent to the police" in page
    assert WORDS in page.replace("&#x27;", "'"), "as written, letter by letter"
    assert "If life is in danger: call 113 (police)" in page and "Report number: " in page, "the letter, in English"
    assert Outgoing.objects.get(purpose="ACK").text.startswith("Nếu nguy hiểm"), "the record contains the sent text"
    remaining_text = (
        get_visible_text(page)
        .replace(WORDS, "")
        .replace("Chợ Lộc Hà", "")
        .replace("Tiếng Việt", "")
        .replace("Công an xã Lộc Hà", "")
    )
    assert set(MARKED.findall(remaining_text)) <= set("ìêàĩộâảơ"), remaining_text  # names
    # The desk of the place is Vietnamese, with the original text.
    duty = set_password(officer("OFFICER", "18568"))
    desk = Client()
    complete_sign_in(desk, duty)
    work = get_page(desk, f"/vu-viec/{format_code(case.code)}")
    assert VIETNAMESE in work and WORDS in work and "Viết trả lời" in work
    assert VIETNAMESE in get_page(desk, "/ban-truc")
    # Another visitor of the same link chose no language and reads Vietnamese; the report is the same.
    other = get_page(Client(), status)
    assert VIETNAMESE in other and "Đã gửi tới công an" in other and WORDS in other


def test_what_an_officer_answers_reaches_a_foreigner_as_it_was_written(officer: Callable[..., Any]) -> None:
    foreigner = Client()
    status = send_report(foreigner)
    case = Case.objects.get()
    desk = Client()
    complete_sign_in(desk, set_password(officer("OFFICER", "18568")))
    code = format_code(case.code)
    form = get_page(desk, f"/vu-viec/{code}")
    version = re.search(r'name="version" value="(\d+)"', form)
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert version and key
    reply = "We are on our way. Công an đang đến."
    response = desk.post(f"/vu-viec/{code}/tra-loi", {"version": version[1], "key": key[1], "text": reply})
    assert response.status_code in {200, 303}
    page = get_page(foreigner, status)
    assert reply in page and ENGLISH in page
    assert "The police have received it" in page


def test_an_error_keeps_language_and_words() -> None:
    foreigner = Client()
    foreigner.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = foreigner.post("/bao-tin", {"text": WORDS, "phone": "12"})
    page = answer.content.decode()
    assert answer.status_code == 422 and ENGLISH in page and WORDS in page
    assert "The phone number is not right. Correct it or leave it empty." in page and "Not sent yet" in page


def fill_partly(client: Client, path: str) -> dict[str, str]:
    """Fill in a form partly: its hidden fields, with some text."""
    page = get_page(client, path)
    hidden = dict(
        reversed(re.findall(r'type="hidden" name="(step|key|visit)" value="([^"]+)"', page))
    )  # the first form of the page
    assert 'name="switch" value="1"' in page and f'formaction="{path}' not in page
    return hidden | {"text": WORDS, "place": "Chợ Lộc Hà"}


def test_the_other_language_loses_nothing_that_was_written() -> None:
    foreigner = Client()
    form_fields = fill_partly(foreigner, "/bao-tin") | {
        "phone": "0912 3",
        "name": "John",
        "latitude": "18.4321",
        "longitude": "105.8765",
    }
    answer = foreigner.post("/bao-tin?lang=en", form_fields | {"switch": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200 and ENGLISH in page and not Case.objects.exists(), (
        "returned to the form, not submitted"
    )
    for entered in (form_fields["key"], WORDS, "Chợ Lộc Hà", "0912 3", "John", "18.4321", "105.8765"):
        assert f">{entered}<" in page or f'value="{entered}"' in page, entered
    assert "not right" not in page and "Not sent yet" not in page, "an incomplete number is no error yet"
    assert "Your location will be sent" in page and "Choose your photos" not in page
    assert foreigner.get("/").content.decode().startswith("<!doctype html>\n" + ENGLISH), "the language is remembered"
    back = foreigner.post("/bao-tin?lang=vi", form_fields | {"switch": "1"}).content.decode()
    assert VIETNAMESE in back and WORDS in back
    assert foreigner.post("/bao-tin", form_fields | {"phone": ""}).status_code == 303 and Case.objects.count() == 1


def test_chosen_photos_that_no_answer_can_give_back_are_named() -> None:
    foreigner = Client()
    photo = SimpleUploadedFile("a.jpg", b"x", "image/jpeg")
    page = foreigner.post("/bao-tin?lang=en", fill_partly(foreigner, "/bao-tin") | {"switch": "1", "photos": photo})
    assert "choose your photos and files again" in page.content.decode()


def test_a_sealed_tip_keeps_its_words_too_and_leaves_no_cookie() -> None:
    foreigner = Client()
    form_fields = fill_partly(foreigner, "/bao-kin")
    answer = foreigner.post("/bao-kin?lang=en", form_fields | {"switch": "1"})
    page = answer.content.decode()
    assert ENGLISH in page and WORDS in page and form_fields["key"] in page and not foreigner.cookies
    assert "Write at least" not in page and not Case.objects.exists()


@pytest.mark.parametrize(
    "path", ["/", "/bao-tin", "/tra-cuu", "/bao-kin", "/du-lieu-ca-nhan", "/dang-nhap", "/khong-co"]
)
def test_a_page_in_english_holds_no_vietnamese_but_names(path: str) -> None:
    """Also the control of the first test: in Vietnamese the same page is full of marked letters."""
    foreigner = Client()
    plain = get_visible_text(foreigner.get(path).content.decode())
    foreigner.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = get_visible_text(foreigner.get(path).content.decode())
    for name in ("Bình Yên", "Hà Tĩnh", "Tiếng Việt", *re.findall(r"(?:xem|sửa|xóa) dữ liệu|rút đồng ý", page)):
        page = page.replace(name, "")
    assert MARKED.findall(page) == [], page
    assert len(MARKED.findall(plain)) > 30
