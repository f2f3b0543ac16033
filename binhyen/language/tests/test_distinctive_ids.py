"""Identifying features, and features too common to identify anything."""

from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module

import pytest

from binhyen.language.cluster import Clusterer, IncidentReport
from binhyen.language.distinctive_ids import is_distinctive
from binhyen.language.lostfound import post_features
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reader import Reader
from binhyen.language.reading import Entity

TOLD = import_module("binhyen.language.dedup.report_features")  # the package calls its function by this name
START = datetime.fromisoformat("2026-11-20T20:00:00+07:00")


def make_entity(type_: str, norm: str | int | None) -> Entity:
    return Entity(type_, str(norm), 0, len(str(norm)), norm)


@pytest.mark.parametrize(
    "link",
    [
        "dichvucong-gov.vn.xyz",
        "vneid-update.com",
        "facebook.com.dang-nhap.top",
        "gov.vn.icu/nop-phat",
        "abc.vercel.app",
        "facebook.com/nguyen.van.teo",
        "www.facebook.com/profile.php?id=100012345",
        "m.facebook.com/groups/chogiong",
        "fb.com/share/p/1aBcD",
        "facebook.com/marketplace/item/12345",
        "zalo.me/0785333222",
        "zalo.me/g/abcxyz123",
        "t.me/kiemtienonline",
        "bit.ly/3abcd",
        "docs.google.com/forms/d/e/1faipqls/viewform",
        "tiktok.com/@shopre",
        "youtube.com/watch?v=dqw4",
        "shopee.vn/tai-nghe-i.1.2",
        "play.google.com/store/apps/details?id=com.vay.nhanh",
    ],
)
def test_this_link_names_something(link: str) -> None:
    assert is_distinctive(make_entity("URL", link))


@pytest.mark.parametrize(
    "link",
    [
        "facebook.com",
        "www.facebook.com",
        "m.facebook.com/",
        "fb.com",
        "facebook.com/groups",
        "facebook.com/login.php",
        "facebook.com/home.php?ref=logo",
        "facebook.com/marketplace",
        "facebook.com?mibextid=zbwkwl",
        "zalo.me",
        "chat.zalo.me",
        "zalo.me/pc",
        "zalo.me/02393855123",
        "google.com",
        "google.com.vn/search?q=lua+dao",
        "youtube.com",
        "tiktok.com",
        "shopee.vn",
        "lazada.vn",
        "t.me",
        "bit.ly",
        "gmail.com",
        "vietcombank.com.vn",
        "bidv.com.vn/the/mo-the",
        "gov.vn",
        "dichvucong.gov.vn",
        "dichvucong.gov.vn/p/home/dvc-trang-chu.html",
        "congan.hatinh.gov.vn",
        "vnexpress.net/abc",
    ],
)
def test_this_link_is_everybodys(link: str) -> None:
    assert not is_distinctive(make_entity("URL", link))


@pytest.mark.parametrize("phone", ["0785333222", "02499998888", "0912345678"])
def test_this_phone_is_somebodys(phone: str) -> None:
    assert is_distinctive(make_entity("PHONE", phone))


@pytest.mark.parametrize(
    "phone",
    ["113", "114", "115", "1022", "18001567", "19001567", "1900545413", "02393855123", "02393881199", "0692928113"],
)
def test_this_phone_is_everybodys(phone: str) -> None:
    assert not is_distinctive(make_entity("PHONE", phone))


def test_plates_accounts_and_papers_identify_an_item_if_read() -> None:
    assert all(is_distinctive(make_entity(kind, "12345678")) for kind in ("PLATE", "BANK_ACCOUNT", "ID_NUMBER"))
    assert not is_distinctive(make_entity("PLATE", None))
    assert not is_distinctive(make_entity("MONEY", 5_000_000))


FRAUDS = (
    ("Em bị lừa mua điện thoại trên facebook.com mất 3 triệu", "18073"),
    ("Có người trên facebook.com rủ đầu tư tiền ảo, tôi chuyển 50 triệu rồi bị chặn", "18406"),
    ("facebook.com lừa bán vé máy bay, chị tôi mất 7 triệu đặt cọc", "18496"),
    ("Tôi bị giả danh shipper lừa 500 nghìn, đã gọi 02393855123 báo công an", "18073"),
    ("Mẹ tôi bị dụ mua thuốc giả hết 12 triệu, gọi 0239.3855.123 không ai nghe máy", "18568"),
)


def list_clusters() -> set[str | None]:
    reader = Reader()
    reports = Clusterer(lambda text: replace(reader.understand(text), category="scam", top=(("scam", 1.0),)))
    for number, (text, group) in enumerate(FRAUDS):
        reports.add(IncidentReport(str(number), text, START + timedelta(hours=9 * number), group))
    return {assignment.cluster for assignment in reports.assign_clusters().values()}


def test_frauds_that_name_one_network_or_the_police_are_separate() -> None:
    assert list_clusters() == {None}


def test_control_treating_them_as_identifiers_makes_two_of_five(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TOLD, "is_distinctive", _accept_all)
    assert list_clusters() == {"c1", "c2"}


def test_lost_and_found_are_not_matched_by_the_network_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def keys() -> frozenset[str]:
        text = "Em rơi ví đen, ai nhặt được đăng lên facebook.com hoặc gọi công an xã 02393855123, gọi em 0785333222"
        return post_features.extract_post_features(text, Gazetteer.load_default()).keys

    assert keys() == {"PHONE:0785333222"}
    monkeypatch.setattr(post_features, "is_distinctive", _accept_all)
    assert len(keys()) == 3, "the control"


def _accept_all(extracted: Entity) -> bool:
    return extracted.type in ("PLATE", "ID_NUMBER", "PHONE", "BANK_ACCOUNT", "URL")
