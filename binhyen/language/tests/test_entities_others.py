"""Extraction cases from messages of other authors: when an object counts, and ambiguous words."""

import pytest

from binhyen.language.reader import Reader

READER = Reader()


def extract_values(text: str, kind: str) -> list[object]:
    entities = [e for e in READER.understand(text).entities if e.type == kind]
    return [e.norm if kind in ("MONEY", "AGE", "ID_NUMBER", "BANK_ACCOUNT") else e.text for e in entities]


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("Ai nhặt được ví nâu ở chợ Nghèn cho em xin lại", ["ví"]),
        ("Cảm ơn các anh đã trả lại điện thoại cho con tôi", ["điện thoại"]),
        ("tìm lại được con bò rồi, cảm ơn cả xóm", ["bò"]),
        ("Nhặt được đôi dép với cuốn sổ ở hội trường, ai mất tới nhận", ["dép", "sổ"]),
        ("Lấn vỉa hè, xe máy để kín đường Phan Đình Phùng", []),
        ("Hai xe tải tông nhau ở ngã ba Giang, có người bị thương", []),
        ("hỏi làm lại căn cước cần giấy tờ gì", []),
        ("Nhặt được điện thoại ở ghế đá công viên, ai mất gọi tui", ["điện thoại"]),
    ],
)
def test_an_object_counts_where_it_is_lost_found_stolen_or_handed_over(text: str, things: list[str]) -> None:
    assert extract_values(text, "ITEM") == things


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("túi ni lông đựng học bạ rơi ở cầu Hộ Độ", []),
        ("mấy chú đi tuần qua giùm", []),
        ("Nhà thứ hai sau đình, ba bựa ni khói mù", []),
        ("hoi toi o quan", []),
        ("nó nói mai nó lại đến đánh", ["mai"]),
        ("chúc cả nhà buổi sáng an lành", []),
        ("em ăn sáng lúc 8h20", ["lúc 8h20"]),
        ("mất hôm rằm ở chùa", ["hôm rằm"]),
        ("bố hy sinh năm 1971, con sinh năm 1970", ["năm 1971"]),
        ("làm ca đêm về", []),
    ],
)
def test_texts_that_only_look_like_a_time(text: str, times: list[str]) -> None:
    assert extract_values(text, "TIME") == times


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ('Thằng Tuấn "cọt" đi trại về', ["Tuấn"]),
        ("hai thang di Exciter giat tui xach", []),
        ("Tụi em ký làm phục vụ mà họ nhốt lại", []),
        ("Ông hiền, không làm hại ai", []),
        ("chi hang xom moi di hop", []),
        ("trưởng thôn Bính phát gạo cứu trợ", ["Bính"]),
        ("Đề nghị đo đạc lại. Hồ Phúc Thiện, tổ dân phố Hòa Bình", ["Hồ Phúc Thiện"]),
        ("Ai vớt được xin báo lại cho tôi, Bính", ["Bính"]),
        ("thằng em tui Hoan bỏ nhà đi", ["Hoan"]),
    ],
)
def test_persons(text: str, people: list[str]) -> None:
    assert extract_values(text, "PERSON") == people


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Con ở Nhật, em nộp hồ sơ đi Ba Lan", ["Nhật", "Ba Lan"]),
        ("lấy chồng Hàn Quốc", []),
        ("họ cho đi không lập biên bản. Tôi ngồi ghế phụ", []),
        ("can bo di an roi, toi dem giay ve", []),
        ("Ông trưởng thôn thu tiền đèn đường", []),
        ("lớp đi dã ngoại thác Vũ Môn", ["thác Vũ Môn"]),
    ],
)
def test_places(text: str, places: list[str]) -> None:
    assert extract_values(text, "PLACE") == places


@pytest.mark.parametrize(
    ("text", "colors"),
    [
        ("mặc áo nâu sồng, cắm cờ đỏ", ["nâu sồng", "đỏ"]),
        ("xe Wave Alpha xanh biển 38P1-552.18", ["xanh"]),
        ("mat con cho long xu nau, vong hong", ["nau", "hong"]),
        ("vượt đèn đỏ, mượn sổ đỏ, xã hội đen", []),
        ("den do nga tu Nguyen Du hong, toi cam don den nop", []),
        ("trong vở có ghi tên", []),
    ],
)
def test_colours(text: str, colors: list[str]) -> None:
    assert extract_values(text, "COLOR") == colors


@pytest.mark.parametrize(
    ("text", "brands"),
    [
        ("bị tháo mất máy định vị Furuno", ["Furuno"]),
        ("mất xe Honda CB500X", ["Honda CB500X"]),
        ("tủ lạnh Zanatek còn mới", ["Zanatek"]),
        ("xe kia bỏ chạy", []),
        ("lạc mất chó Corgi", []),
    ],
)
def test_makes(text: str, brands: list[str]) -> None:
    assert extract_values(text, "BRAND") == brands


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("Bác gái 66 đang đứng ở quầy", "AGE", [66]),
        ("bạn em tên Lương Thị Hảo, 22, chưa về", "AGE", [22]),
        ("tôi tám hai tuổi", "AGE", [82]),
        ("mẹ em 70 triệu mất sạch", "AGE", []),
        ("nộp phạt tám trăm ở kho bạc", "MONEY", [800_000]),
        ("mất 4tr5 cái thảm", "MONEY", [4_500_000]),
        ("350k một chai mật ong", "MONEY", [350_000]),
        ("mấy bạn chở 3 k mũ, 1 đồng chí ngất", "MONEY", []),
        ("chuyển nhầm vào tài khoản tôi 5.600.000", "MONEY", [5_600_000]),
        ("chuyển nhầm vào tài khoản tôi 5.600.000", "BANK_ACCOUNT", []),
        ("số ghe HT 20456 bị tháo máy", "ID_NUMBER", ["HT20456"]),
        ("hồ sơ số 00417/HT-DC nộp từ năm ngoái", "ID_NUMBER", ["00417HTDC"]),
        ("làm mất hồ sơ HS-2024-00518 của tôi", "ID_NUMBER", ["HS202400518"]),
        ("mất thẻ thương binh số TB 204417", "ID_NUMBER", ["TB204417"]),
        ("bị lừa 6 lít. stk nó 0351 000 882 914", "BANK_ACCOUNT", ["0351000882914"]),
        ("rút tiền qua 0381000277415", "BANK_ACCOUNT", ["0381000277415"]),
        ("Có tài khoản 1008 7265 4931 tự xưng tòa án", "BANK_ACCOUNT", ["100872654931"]),
    ],
)
def test_numbers(text: str, kind: str, values: list[object]) -> None:
    assert extract_values(text, kind) == values
