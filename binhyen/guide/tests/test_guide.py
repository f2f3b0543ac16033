"""Labels in the guide stand on the screens, each page leads to its task, and the first steps are shown once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver

from binhyen.guide.content import build_help_url, get_guide_of_role, load_guides
from binhyen.guide.views import PICTURES
from binhyen.navigation import build_officer_frame
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from tests.architecture import catalogues
from tests.signing import complete_sign_in, set_password

TASKS = {task.slug: task for guide in load_guides().values() for task in guide.tasks}


def list_unknown_labels(texts: list[str], labels: set[str]) -> list[str]:
    """Return the quoted labels of these texts that stand on no screen. Commands and examples start in lower case or
    with a dot.
    """
    quoted = {label for text in texts for label in re.findall(r"«([^»]+)»", text)}
    return sorted(label for label in quoted if label[0].isupper() and label not in labels)


def test_every_role_and_the_citizen_have_a_guide() -> None:
    assert {guide.role for guide in load_guides().values()} == {"", *Role}
    for guide in load_guides().values():
        assert len(guide.first) == 3 and set(guide.first) <= set(guide.tasks), guide.slug
        assert len({task.slug for task in guide.tasks}) == len(guide.tasks)
        assert any(task.picture for task in guide.tasks), "every role sees its page"
        assert "dang-nhap" not in {task.slug for task in guide.first}, "shown after the sign-in"


def test_labels_in_the_guide_stand_on_the_screens() -> None:
    labels = {
        str(text) for name in catalogues.CATALOGUES for entry in catalogues.load_catalogue(name) for text in [entry.id]
    }
    texts = [text for task in TASKS.values() for text in (*task.steps, *task.notes)]
    assert list_unknown_labels(texts, labels) == []


def test_control_a_label_of_yesterday_is_found() -> None:
    assert list_unknown_labels(["Bấm «Gửi», rồi «Nút đã bỏ», ví dụ «mat can cuoc»."], {"Gửi"}) == ["Nút đã bỏ"]


def test_pages_and_pictures_of_tasks_exist() -> None:
    patterns = [*get_resolver("binhyen.urls").url_patterns, *get_resolver("binhyen.vault.urls").url_patterns]
    first_parts = {str(entry.pattern).split("/")[0] for entry in patterns}
    for task in TASKS.values():
        assert set(task.pages) <= first_parts, task.slug
        assert not task.picture or (PICTURES / f"{task.picture}.png").is_file(), task.slug


@pytest.mark.parametrize(
    ("role", "page", "url"),
    [
        ("", "bao-kin", "/huong-dan/nguoi-dan#bao-tin-kin"),
        ("OFFICER", "tin-nhan", "/huong-dan/can-bo#tin-le"),
        ("OFFICER", "vet-cua-toi", "/huong-dan/can-bo"),
        ("INSPECTOR", "nhat-ky", "/huong-dan/thanh-tra#xem-nhat-ky"),
        ("KING", "ban-truc", "/huong-dan"),
    ],
)
def test_help_beside_a_page_is_about_that_page(role: str, page: str, url: str) -> None:
    assert build_help_url(role, page) == url


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_every_page_of_the_navigation_has_its_task(officer: Callable[..., Any], role: Role) -> None:
    request = RequestFactory().get("/tim")
    request.user = officer(role.value, "18568" if role in {Role.OFFICER, Role.CHIEF, Role.VILLAGE_TEAM} else "42")
    paths = [item.url.strip("/").split("/")[0] for item in build_officer_frame(request).nav]
    assert [path for path in paths if "#" not in build_help_url(role.value, path)] == []


@pytest.mark.django_db
def test_pages_show_the_guide_and_link_to_it(client: Client, officer: Callable[..., Any]) -> None:
    for guide in load_guides().values():
        page = client.get(guide.url).content.decode()
        assert guide.title in page and f'id="{guide.tasks[-1].slug}"' in page and f"{guide.url}/ban-in" in page
    assert client.get("/huong-dan").content.decode().count("/huong-dan/") >= len(load_guides())
    assert client.get("/huong-dan/khong-co").status_code == client.get("/huong-dan/khong-co/ban-in").status_code == 404
    assert 'href="/huong-dan/nguoi-dan#bao-tin"' in client.get("/bao-tin").content.decode()
    client.force_login(officer("CHIEF"))
    assert 'href="/huong-dan/truong-cong-an-xa#xep-lich-truc"' in client.get("/lich-truc").content.decode()


@pytest.mark.django_db
def test_a_guide_is_downloaded_as_pdf(client: Client) -> None:
    answer = client.get("/huong-dan/thanh-tra/ban-in")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-") and len(answer.content) > 5_000


@pytest.mark.django_db
def test_the_first_sign_in_shows_three_steps_once(client: Client, officer: Callable[..., Any]) -> None:
    person = set_password(officer("OFFICER"))
    first = complete_sign_in(client, person)
    assert first["Location"] == "/huong-dan/bat-dau"
    page = client.get(first["Location"]).content.decode()
    guide = get_guide_of_role("OFFICER")
    assert guide is not None and all(task.title in page for task in guide.first) and 'href="/ban-truc"' in page
    client.post("/dang-xuat")
    assert complete_sign_in(client, Officer.objects.get(pk=person.pk))["Location"] == "/ban-truc"
    asked = complete_sign_in(Client(), set_password(officer("CHIEF")), next="/lich-truc")
    assert asked["Location"] == "/lich-truc", "who comes by a link is led there"
    assert Client().get("/huong-dan/bat-dau").status_code == 302
