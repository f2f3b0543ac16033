"""Normal forms: links by the published vectors, phones, accounts, official contacts; decisions and answers."""

import time
from pathlib import Path

import orjson
import pytest

from binhyen.scams.rules.indicators import (
    IndicatorKind,
    build_account,
    build_link,
    build_phone,
    canonicalize_link,
    list_checked_candidates,
    list_expressions,
    list_message_candidates,
)
from binhyen.scams.rules.review import Decision, IndicatorState, Verdict, decide_verdict, find_decision_problem

VECTORS = orjson.loads(Path(__file__).with_name("url_vectors.json").read_bytes())


@pytest.mark.parametrize(("link", "canonical"), VECTORS["canonical"])
def test_links_are_canonicalized_as_published(link: str, canonical: str) -> None:
    parsed = canonicalize_link(link.encode("latin-1"))
    assert parsed is not None
    assert parsed.format().decode("latin-1") == canonical


@pytest.mark.parametrize(("link", "expressions"), VECTORS["expressions"])
def test_expressions_are_the_published_ones(link: str, expressions: list[str]) -> None:
    parsed = canonicalize_link(link.encode())
    assert parsed is not None
    assert {expression.decode() for expression in list_expressions(parsed)} == set(expressions)


def test_a_site_is_one_indicator_and_a_platform_is_one_a_page() -> None:
    site = build_link("https://www.Nhan-Qua.top/login?phone=0912")
    page = build_link("https://zalo.me/g/AbcXyz123?ref=0912345678")
    app = build_link("https://play.google.com/store/apps/details?id=com.fake.VNeID&hl=vi")
    shop = build_link("facebook.com/shop.gia.re")
    assert site and (site.kind, site.value) == (IndicatorKind.LINK, "nhan-qua.top/")
    assert page and (page.kind, page.value) == (IndicatorKind.LINK, "zalo.me/g/abcxyz123")
    assert app and (app.kind, app.value) == (IndicatorKind.APP, "play.google.com/store/apps/details?id=com.fake.vneid")
    assert shop and (shop.kind, shop.value) == (IndicatorKind.SHOP, "facebook.com/shop.gia.re")


def test_official_sites_and_platforms_are_never_indicators() -> None:
    for link in ("https://dichvucong.gov.vn/p", "vietcombank.com.vn", "https://zalo.me", "https://www.facebook.com/"):
        candidate = build_link(link)
        assert candidate is not None and candidate.owner, link
    entities = [{"type": "URL", "norm": "bocongan.gov.vn/x", "text": "", "start": 0, "end": 3}]
    assert list_message_candidates("bocongan.gov.vn/x", entities) == []
    hotline = build_phone("1900545413")
    assert hotline is not None and hotline.owner == "Vietcombank"


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("http://vietcombank-xacthuc.top/", "Vietcombank"),
        ("vietcọmbank.com", "Vietcombank"),
        ("vietcombank.com.vn.khuyenmai.icu", "Vietcombank"),
        ("dichvucong.vneid-gov.cc", "VNeID"),
        ("vietcombank.com.vn/x", ""),
        ("hoa-qua-sach.vn", ""),
    ],
)
def test_imitated_names(link: str, name: str) -> None:
    candidate = build_link(link)
    assert candidate is not None
    assert candidate.imitates == name


def test_phones_and_accounts_have_one_form() -> None:
    assert {
        item.value
        for text in ("0912 345 678", "+84912345678", "0912.345.678")
        for item in list_checked_candidates(text)
        if item.kind == "PHONE"
    } == {"+84912345678"}
    assert build_phone("113") is None
    account = build_account("0123 4567-89")
    assert account is not None and account.value == "0123456789"


def test_the_senders_own_number_is_no_indicator() -> None:
    text = "Số 0987654321 gọi lừa tôi chuyển tiền. Liên hệ em 0912345678"
    entities = [
        {"type": "PHONE", "norm": number, "text": number, "start": text.index(number), "end": text.index(number) + 10}
        for number in ("0987654321", "0912345678")
    ]
    assert [item.value for item in list_message_candidates(text, entities)] == ["+84987654321"]


def test_reading_a_hostile_text_is_bounded() -> None:
    started = time.perf_counter()
    for text in ("%25" * 4000, "a." * 2000, "http://" * 600, "0912" * 1000, "://" * 1400):
        list_checked_candidates(text)
        build_link(text[:2000])
    assert time.perf_counter() - started < 5


def test_no_answer_means_safe_and_one_person_accuses_nobody() -> None:
    def answer(state: IndicatorState | None, reporters: int) -> Verdict:
        return decide_verdict(state, reporters=reporters, owner="", imitates="")

    assert answer(None, 0) == answer(IndicatorState.REPORTED, 1) == answer(IndicatorState.REJECTED, 9)
    assert answer(None, 0) == Verdict.UNKNOWN
    assert answer(IndicatorState.REPORTED, 2) == Verdict.REPORTED
    assert answer(IndicatorState.VERIFIED, 1) == Verdict.VERIFIED
    assert decide_verdict(IndicatorState.VERIFIED, reporters=9, owner="BIDV", imitates="") == Verdict.OFFICIAL
    assert not any(verdict.name == "SAFE" for verdict in Verdict)


def test_confirming_takes_a_second_person_and_a_reason() -> None:
    def problem(
        decision: Decision, state: IndicatorState, *, is_proposer: bool = False, reason: str = "rõ ràng"
    ) -> str:
        return find_decision_problem(decision, state, is_proposer=is_proposer, reason=reason)

    assert problem(Decision.CONFIRM, IndicatorState.PROPOSED) == ""
    assert problem(Decision.CONFIRM, IndicatorState.PROPOSED, is_proposer=True)
    assert problem(Decision.CONFIRM, IndicatorState.REPORTED)
    assert problem(Decision.REJECT, IndicatorState.VERIFIED, reason=" ")
