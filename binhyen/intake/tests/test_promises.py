"""Confidentiality promises are on the page where they matter, and no page or message promises more."""

import re
from pathlib import Path

import pytest

from binhyen.cases import message_texts
from binhyen.channels.management.commands.set_up import RULES
from binhyen.channels.models import Outgoing
from binhyen.conduct.tests.scene import complain
from binhyen.intake import texts
from binhyen.intake.channel_guarantees import EARLY, FALLS, PROMISES
from binhyen.vault.models import GroupKey

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "binhyen" / "ui" / "templates"
# Stronger than anything we can guarantee.
NEVER = re.compile(
    r"(?<!không )ẩn danh|nặc danh|tuyệt đối|100\s*%|không (?:ai|bao giờ|thể) (?:biết|lần ra|tìm ra)|zalo không biết",
    re.I,
)


def spoken() -> dict[str, str]:
    """Return all texts a citizen may read: pages and messages."""
    files = [path for folder in ("public", "tips") for path in (TEMPLATES / folder).glob("*.html")]
    pages = {str(path.relative_to(TEMPLATES)): path.read_text() for path in files}
    return pages | {"letters": (ROOT / "binhyen/cases/message_texts.py").read_text(), "words": Path(texts.__file__).read_text(),
                    "rules of groups": RULES, "promises": repr((PROMISES, FALLS))}  # fmt: skip


def too_much(texts: dict[str, str]) -> dict[str, list[str]]:
    return {name: found for name, text in texts.items() if (found := NEVER.findall(text))}


@pytest.fixture
def ceremony_held():
    """Replace the first keys in the files by the custodians' keys, as after the key ceremony."""
    GroupKey.objects.filter(founding=True).update(founding=False)


@pytest.mark.django_db
def test_every_promise_and_its_limit_stand_on_the_notice(client, ceremony_held):
    page = client.get("/du-lieu-ca-nhan").content.decode()
    for promise in PROMISES.values():
        assert promise.holds in page and promise.but in page, promise.way
    for fall in FALLS:
        assert fall.reads in page and fall.not_ in page, fall.who


@pytest.mark.django_db
def test_the_notice_says_times_as_people_do(client):
    page = client.get("/du-lieu-ca-nhan").content.decode()
    assert "15 năm từ" in page and "13 tháng từ" in page and "30 ngày từ" in page
    assert "5479" not in page and "395 ngày" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "where"), [("web", "/bao-tin"), ("tip", "/bao-kin")])
def test_each_page_says_its_own(client, way, where, ceremony_held):
    page = client.get(where).content.decode()
    assert PROMISES[way].holds in page and PROMISES[way].but in page
    assert "/du-lieu-ca-nhan" in page


@pytest.mark.django_db
def test_until_people_have_the_keys_nothing_is_promised_of_them(client, now):
    """The server can open data sealed to keys in its files: pages and the reply to a complaint say so."""
    for where in ("/bao-kin", "/du-lieu-ca-nhan"):
        page = client.get(where).content.decode()
        assert EARLY in page and PROMISES["tip"].holds not in page, where
    complain(now=now)
    assert "ai vào được máy chủ thì mở được" in Outgoing.objects.get().text
    GroupKey.objects.filter(founding=True).update(founding=False)
    for where in ("/bao-kin", "/du-lieu-ca-nhan"):
        page = client.get(where).content.decode()
        assert EARLY not in page and "ai vào được máy chủ" not in page, where
    complain(now=now)
    assert "chỉ bộ phận tiếp nhận phản ánh của công an tỉnh mở được" in Outgoing.objects.latest("pk").text


def test_who_is_led_to_a_private_talk_hears_what_that_is():
    letter = message_texts.invited("Công an xã", "https://x/bao-kin")
    assert PROMISES["chat"].holds.partition(". ")[0] in letter and PROMISES["chat"].but.partition(". ")[0] in letter
    assert "nhắn riêng" in RULES, "the group's own rules direct confidential matters elsewhere"


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["/du-lieu-ca-nhan", "/bao-tin", "/bao-kin"])
def test_nor_on_a_page_as_it_is_shown(client, where):
    page = client.get(where).content.decode()
    assert "Tin kín không tên" in page or where != "/du-lieu-ca-nhan", "the classes of data come from code"
    assert too_much({where: page}) == {}


def test_nowhere_is_more_promised():
    assert too_much(spoken()) == {}


@pytest.mark.parametrize(
    "boast",
    ["Báo tin ẩn danh tuyệt đối", "Tin kín ẩn danh", "Không ai biết bạn là ai", "Zalo không biết", "An toàn 100 %"],
)
def test_control_a_boast_is_found(boast):
    assert too_much({"page": f"<p>{boast}</p>"}) != {}
