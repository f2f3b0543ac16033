"""Near misses: of two similar found posts the right one comes first, and the reasons explain it."""

from datetime import datetime, timedelta

import pytest

from binhyen.language.aligned_text import align
from binhyen.language.lostfound import event_dates
from binhyen.language.lostfound.match import Matcher, Post, rank_posts
from binhyen.language.lostfound.post_features import (
    PostFeatures,
    extract_post_features,
    find_abbreviated_names,
    find_explicit_items,
    is_one_edit_apart,
)
from binhyen.language.lostfound.similarity import differs_only_in_diacritics, matches_abbreviation
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.questions import DAYS
from tests.complexity import assert_linear

DAY = datetime.fromisoformat("2026-11-20T08:00:00+07:00")  # a Friday
GAZETTEER = Gazetteer.load_default()

# lost, the right one, the near miss, a reason against the near miss
NEAR_MISSES = (
    ("lạc con bò đực vàng ở Cẩm Lộc", "bò đực vàng đi lạc", "bò cái vàng lạc ở Cẩm Lộc", "một con đực, một con cái"),
    ("mất chó poodle nâu", "có con cún xoăn nâu lạc", "nhặt được chó corgi nâu", "khác giống chó"),
    (
        "lạc con bê vàng chưa xỏ mũi",
        "con bê vàng mũi chưa xỏ",
        "bắt được bê vàng đã xỏ mũi",
        "một con xỏ mũi, một con chưa",
    ),
    (
        "mất mèo xám đeo vòng cổ",
        "mèo xám đeo vòng cổ lạc",
        "mèo xám không đeo vòng cổ",
        "một con đeo vòng cổ, một con không",
    ),
    ("rơi vali xanh lá", "nhặt được vali xanh lục", "nhặt được vali xanh than", "khác sắc xanh"),
    ("rơi 3 tấm bạt đỏ 6x8", "nhặt được 3 tấm bạt đỏ 8 x 6", "nhặt được 2 tấm bạt đỏ 4x6", "khác kích cỡ"),
    ("mất chùm chìa khóa 5 chìa", "nhặt xâu chìa có 5 chìa", "nhặt chùm chìa khóa có 2 chìa", "khác số lượng: chia"),
    ("rơi kính râm gọng đen", "nhặt được kính mát gọng đen", "nhặt được kính cận gọng đen", "khác loại kính"),
    (
        "mất máy khoan khắc chữ Sơn KN",
        "nhặt được máy khoan có chữ Sơn KN",
        "máy khoan khắc chữ Hùng",
        "chữ trên đồ khác nhau",
    ),
    (
        "mất chìa khóa có móc hình gấu",
        "chìa khóa móc con gấu",
        "chìa khóa móc hình sao",
        "hình trên đồ, trên móc khác nhau",
    ),
    ("mất chìa khóa, không có móc", "nhặt chìa khóa không móc", "nhặt chìa khóa có móc", "một bên nói không có móc"),
    ("mất cccd Lê Thị Lan sinh 1990", "cccd LE THI LAN 1990", "cccd LE THI LAN sn 1985", "khác năm sinh"),
    ("rơi gplx tên Trần Văn Nam", "gplx tên Trần Văn Nam", "nhặt gplx tên Trần Văn Năm", "tên khác dấu"),
    ("mất xe bs 38K1 123.45", "thấy xe bỏ đuôi 345", "thấy xe bỏ đuôi 678", "khác số cuối"),
    ("rơi iphone 11 trắng", "nhặt iphone 11 trắng", "nhặt được iphone 13 trắng", "khác dòng iphone"),
    ("rơi ví nữ đỏ", "nhặt ví nữ đỏ", "nhặt được ví nam đỏ", "khác người dùng: nam, nữ, trẻ em"),
    ("tối qua rơi ví đỏ", "nhặt ví đỏ tối qua", "nhặt ví đỏ chiều thứ tư", "lời kể: nhặt được trước lúc mất"),
    ("rơi tai nghe trái", "nhặt 1 bên tai nghe trái", "nhặt được tai nghe phải", "tai khác bên"),
    ("mất con trâu đen dây đỏ", "con trâu đen lạc đeo dây đỏ", "con trâu trắng lạc đeo dây đỏ", "khác màu"),
)


@pytest.mark.parametrize(("lost", "fit", "miss", "reason"), NEAR_MISSES)
def test_a_near_miss_is_second(lost: str, fit: str, miss: str, reason: str) -> None:
    founds = [Post("miss", "found", miss, DAY), Post("fit", "found", fit, DAY)]
    ranked = rank_posts(Post("l", "lost", lost, DAY), founds, GAZETTEER)
    assert [r.id for r in ranked] == ["fit", "miss"]
    assert ranked[0].score > ranked[1].score
    assert reason in ranked[1].reasons
    assert reason not in ranked[0].reasons


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("rơi ví ở chợ, đi từ Nghèn qua cầu Bãi Vọt", "nhặt ví gần cầu bãi vọt"),
        ("mất ví trên đường Ngô Quyền", "nhặt ví quán bún Ngô Quyền"),
    ],
)
def test_a_place_on_the_way_counts_in_other_groups_too(left: str, right: str) -> None:
    lost = Post("l", "lost", left, DAY, "18406")
    found_post = [Post("way", "found", right, DAY, "18754"), Post("far", "found", "nhặt ví ở Kỳ Anh", DAY, "18754")]
    best = rank_posts(lost, found_post, GAZETTEER)[0]
    assert best.id == "way"
    assert any(reason.startswith("cùng nhắc") for reason in best.reasons)


def test_synonyms_in_another_wording_count() -> None:
    lost = Post("l", "lost", "lạc con bò vàng có lục lạc", DAY)
    founds = [Post("o", "found", "bò vàng lạc vào vườn", DAY), Post("s", "found", "bò vàng đeo chuông lạc", DAY)]
    best = rank_posts(lost, founds, GAZETTEER)[0]
    assert best.id == "s"
    assert any("chuông" in reason for reason in best.reasons)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("roi may Samsung o cau, ai nhat dc cho anh xin lai", set()),
        ("mat vi o cho Giang Dinh", {"wallet"}),
        ("tui di cho ve roi vi den", {"wallet"}),
        ("lac con cho vang", {"dog"}),
        ("con be nha em mat gau bong", {"toy"}),
        ("mat con be vang", {"calf"}),
        ("nhat duoc mu bao hiem dan hinh con tho", {"helmet"}),
        ("quen tui tren xe", {"bag"}),
    ],
)
def test_without_marks_a_short_word_needs_context(text: str, kinds: set[str]) -> None:
    assert find_explicit_items(align(text)) == kinds


def test_a_make_gives_the_kind() -> None:
    assert extract_post_features("mat con Oppo Reno mau tim", GAZETTEER).items == {"phone"}
    assert extract_post_features("rơi tai nghe Samsung", GAZETTEER).items == {"earphones"}


@pytest.mark.parametrize("piece", ["áo đen ", "1tr2 ", "cháo lòng "])
def test_reading_a_post_is_linear_in_its_length(piece: str) -> None:
    assert_linear(lambda text: extract_post_features(text, GAZETTEER), (piece * 48_000)[:48_000])


def test_a_reward_was_in_no_wallet() -> None:
    assert extract_post_features("mất ví có 2 triệu, hậu tạ 500k", GAZETTEER).sums == {2_000_000}


def test_names_half_hidden_and_other_marks() -> None:
    assert find_abbreviated_names("căn cước tên V.T.M.Lan") == {("v", "t", "m", "lan")}
    assert find_abbreviated_names("gplx Duong Van N...") == {("duong", "van", "n")}
    assert matches_abbreviation(("v", "t", "m", "lan"), ["vo thi mai lan"])
    assert not matches_abbreviation(("v", "t", "m", "lan"), ["le thi mai lan", "lan"])
    assert differs_only_in_diacritics(frozenset({"hương"}), frozenset({"nguyễn thị hường"}))
    assert not differs_only_in_diacritics(frozenset({"hoà"}), frozenset({"hòa"}))
    assert not differs_only_in_diacritics(frozenset({"hương", "lan"}), frozenset({"hường", "lan"}))


def test_the_quick_reply_of_earlier_days_means_all_of_them() -> None:
    window = event_dates.resolve_window(event_dates.parse_stated_days(align(DAYS[-1])), DAY)
    assert window is not None
    today = int(event_dates.to_days(DAY))
    assert window == (today - 45, today - 1), "up to the day before yesterday, not yesterday"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("tối qua", "2026-11-19T15:00", "2026-11-19T21:00"),
        ("chiều thứ 4", "2026-11-18T12:00", "2026-11-18T18:00"),
        ("hôm chủ nhật", "2026-11-15T00:00", "2026-11-15T23:00"),
        ("hôm 4/11", "2026-11-04T00:00", "2026-11-04T23:00"),
        ("2 hôm nay", "2026-11-17T00:00", "2026-11-20T07:00"),
    ],
)
def test_the_reported_day_is_relative_to_the_post(text: str, first: str, last: str) -> None:
    window = event_dates.resolve_window(event_dates.parse_stated_days(align(f"mất ví đen {text} ở chợ")), DAY)
    assert window is not None
    for moment in (first, last):
        assert window[0] <= event_dates.to_days(datetime.fromisoformat(f"{moment}:00+07:00")) <= window[1]
    assert window[1] - window[0] <= 4


@pytest.mark.parametrize("text", ["mũ 3/4", "mất ví hôm 31/2", "em không qua được", "rơi ví"])
def test_posts_without_a_day(text: str) -> None:
    assert event_dates.resolve_window(event_dates.parse_stated_days(align(text)), DAY) is None


def test_long_texts_cost_little_more() -> None:
    """Twenty thousand words of all rule vocabulary are read and compared within the bound of four hundred."""
    text = "mất con bò cái 2 chìa móc hình không có móc tối qua thứ 4 tên V.T.M.Lan khắc chữ A 6x8 đuôi 345 " * 1000
    matcher = Matcher(GAZETTEER)
    matcher.add(Post("f", "found", text[:2000], DAY + timedelta(hours=1)))
    assert matcher.find_candidates(Post("l", "lost", text[:2000], DAY))
    output = extract_post_features(text, GAZETTEER)
    assert len(output.text.split()) <= 400
    assert len(output.days) <= 200 + 1


def test_reasons_quote_the_words_as_written() -> None:
    lost = Post("l", "lost", "Rơi ví ở chợ Nghèn, trong có thẻ Vietlott", DAY, "18406")
    found_post = Post("f", "found", "nhat duoc vi o cho nghen co the vietlott", DAY, "18406")
    reasons = " ".join(rank_posts(lost, [found_post], GAZETTEER)[0].reasons)
    assert "Nghèn" in reasons and "nghen" not in reasons
    assert "«thẻ, ví»" in reasons


def test_misspelt_items_makes_and_names_are_read() -> None:
    """Typing errors beside the item, and names that no family name gives away."""

    def read(text: str) -> PostFeatures:
        return extract_post_features(text, GAZETTEER)

    assert "key" in read("nhà tôi mất hcìa khoá ô tô màu xám").items
    assert "glasses" in read("ai mat mat ktnh mau vang").items
    assert read("nhat dc may SSamsung mau hong").makers == {"samsung"}
    assert read("bắt gặp thẻ agribank, ở cổng chợ, tên t.x.giang").hidden == {("t", "x", "giang")}
    assert read("mất thẻ atm, tên trên giấy là thân xuân giang, gần chợ").full_names == {"than xuan giang"}
    assert read("tôi tên là người nhặt được ví ở chợ Nghèn").full_names == frozenset()
    assert "dog" in read("Bắt gặp một chú chó màu trắng").items and "bankcard" in read("bắt gặp atm Vietcombank").items
    pairs = (("samsung", "ssamsung"), ("samsung", "samsng"), ("samsung", "samsugn"), ("samsung", "sumsung"))
    assert all(is_one_edit_apart(left, right) and is_one_edit_apart(right, left) for left, right in pairs)
    assert not any(is_one_edit_apart("samsung", other) for other in ("samsung", "sumsong", "sam", "samsungaa"))
    assert read("mất điện thoại, số imei: 35 6789 O12345 678").keys == read("nhặt được máy 356789012345678").keys
    assert "SERIAL:9704360012345678" in read("rơi thẻ 9704 3600 1234 5678").keys
