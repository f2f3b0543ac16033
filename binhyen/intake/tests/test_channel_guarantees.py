"""Confidentiality promises are on the page where they matter, and no page or message promises more."""

import re
from pathlib import Path

import pytest

from binhyen.cases import message_texts
from binhyen.channels.management.commands.set_up import RULES
from binhyen.channels.models import Outgoing
from binhyen.conduct.tests.scene import submit_complaint
from binhyen.intake import texts
from binhyen.privacy.channel_guarantees import BREACH_SCENARIOS, EARLY_TIP_GUARANTEE, GUARANTEES
from binhyen.vault.models import GroupKey

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "binhyen" / "ui" / "templates"
# Stronger than anything we can guarantee.
NEVER = re.compile(
    r"(?<!không )ẩn danh|nặc danh|tuyệt đối|100\s*%|không (?:ai|bao giờ|thể) (?:biết|lần ra|tìm ra)|zalo không biết",
    re.I,
)


def collect_citizen_texts() -> dict[str, str]:
    """Return all texts a citizen may read: pages and messages."""
    files = [path for folder in ("public", "tips") for path in (TEMPLATES / folder).glob("*.html")]
    pages = {str(path.relative_to(TEMPLATES)): path.read_text() for path in files}
    return pages | {
        "letters": (ROOT / "binhyen/cases/message_texts.py").read_text(),
        "words": Path(texts.__file__).read_text(),
        "rules of groups": RULES,
        "promises": repr((GUARANTEES, BREACH_SCENARIOS)),
    }


def find_excessive_promises(texts: dict[str, str]) -> dict[str, list[str]]:
    return {name: match for name, text in texts.items() if (match := NEVER.findall(text))}


@pytest.fixture
def ceremony_held():
    """Replace the first keys in the files by the custodians' keys, as after the key ceremony."""
    GroupKey.objects.filter(founding=True).update(founding=False)


@pytest.mark.django_db
def test_every_promise_and_its_limit_is_on_the_notice(client, ceremony_held):
    page = client.get("/du-lieu-ca-nhan").content.decode()
    for promise in GUARANTEES.values():
        assert promise.holds in page and promise.but in page, promise.way
    for fall in BREACH_SCENARIOS:
        assert fall.reads in page and fall.protected in page, fall.who


@pytest.mark.django_db
def test_the_notice_writes_times_in_plain_words(client):
    page = client.get("/du-lieu-ca-nhan").content.decode()
    assert "15 năm từ" in page and "13 tháng từ" in page and "30 ngày từ" in page
    assert "5479" not in page and "395 ngày" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "where"), [("web", "/bao-tin"), ("tip", "/bao-kin")])
def test_each_page_has_its_own_promise(client, way, where, ceremony_held):
    page = client.get(where).content.decode()
    assert GUARANTEES[way].holds in page and GUARANTEES[way].but in page
    assert "/du-lieu-ca-nhan" in page


@pytest.mark.django_db
def test_until_people_have_the_keys_nothing_is_promised_of_them(client, now):
    """The server can open data sealed to keys in its files: pages and the reply to a complaint say so."""
    for where in ("/bao-kin", "/du-lieu-ca-nhan"):
        page = client.get(where).content.decode()
        assert EARLY_TIP_GUARANTEE in page and GUARANTEES["tip"].holds not in page, where
    submit_complaint(now=now)
    assert "ai vào được máy chủ thì mở được" in Outgoing.objects.get().text
    GroupKey.objects.filter(founding=True).update(founding=False)
    for where in ("/bao-kin", "/du-lieu-ca-nhan"):
        page = client.get(where).content.decode()
        assert EARLY_TIP_GUARANTEE not in page and "ai vào được máy chủ" not in page, where
    submit_complaint(now=now)
    assert "chỉ bộ phận tiếp nhận phản ánh của công an tỉnh mở được" in Outgoing.objects.latest("pk").text


def test_a_redirected_author_reads_the_meaning_of_a_private_chat():
    letter = message_texts.format_invitation("Công an xã", "https://x/bao-kin")
    assert GUARANTEES["chat"].holds.partition(". ")[0] in letter and GUARANTEES["chat"].but.partition(". ")[0] in letter
    assert "nhắn riêng" in RULES, "the group's own rules direct confidential matters elsewhere"


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["/du-lieu-ca-nhan", "/bao-tin", "/bao-kin"])
def test_nor_on_a_page_as_it_is_shown(client, where):
    page = client.get(where).content.decode()
    assert "Tin kín không tên" in page or where != "/du-lieu-ca-nhan", "the classes of data come from code"
    assert find_excessive_promises({where: page}) == {}


def test_nowhere_is_more_promised():
    assert find_excessive_promises(collect_citizen_texts()) == {}


@pytest.mark.parametrize(
    "boast",
    ["Báo tin ẩn danh tuyệt đối", "Tin kín ẩn danh", "Không ai biết bạn là ai", "Zalo không biết", "An toàn 100 %"],
)
def test_control_a_boast_is_found(boast):
    assert find_excessive_promises({"page": f"<p>{boast}</p>"}) != {}
