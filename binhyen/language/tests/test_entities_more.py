"""Extraction cases from messages of fifteen more authors, one family after the other."""

import pytest

from binhyen.language.reader import Reader

READER = Reader()


def extract_values(text: str, kind: str) -> list[object]:
    entities = [e for e in READER.understand(text).entities if e.type == kind]
    return [e.text if kind in ("TIME", "PLACE", "PERSON", "ITEM", "COLOR") else e.norm for e in entities]


@pytest.mark.parametrize(
    ("text", "kind", "numbers"),
    [
        ("trả góp vô 4409 1187 2036 rứa có phải lừa không", "BANK_ACCOUNT", ["440911872036"]),
        ("no bao coc 200k vo 8 8 0 2 1 3 4 7 6 0 roi chan", "BANK_ACCOUNT", ["8802134760"]),
        ("em mất 2 triệu. 2001 8877 6402 NGUYEN THI HIEN", "BANK_ACCOUNT", ["200188776402"]),
        ("chuyen 25 trieu vo so 1903 6628 4410 18 ngan hang teck", "BANK_ACCOUNT", ["19036628441018"]),
        ("gửi cho hắn 150.000.000 rồi hắn chặn", "BANK_ACCOUNT", []),
        ("số +84 584 220 917 đòi chuyển tiền", "PHONE", ["0584220917"]),
        ("gọi vào 0912 345 678 chuyển tiền", "PHONE", ["0912345678"]),
        ("Tôi gửi trà nước. Lâm, 0905 71 72 93", "PHONE", ["0905717293"]),
        ("ai thấy gọi 0936.001.77 hai", "PHONE", ["0936001772"]),
        ("Đơn tôi nộp, mã TG-240618-0077, chưa ai trả lời", "ID_NUMBER", ["TG2406180077"]),
        ("so benh an BA-22871, thon Ha Vang", "ID_NUMBER", ["BA22871"]),
        ("thẻ thương binh số HT 220 514", "ID_NUMBER", ["HT220514"]),
        ("nộp hồ sơ H28.7-2510-118 ngay tại nhà", "ID_NUMBER", ["H2872510118"]),
        ("đóng tiền bảo hiểm y tế 884.520 vô tk cá nhân", "ID_NUMBER", []),
        ("đi xe Honda SH-150 màu đen", "ID_NUMBER", []),
        ("bỏ chạy, chỉ nhớ đuôi 679.35", "PLATE", ["67935"]),
        ("app vcb-xacthuc . cc lấy mất tiền", "URL", ["vcb-xacthuc.cc"]),
        ("vịt thả đồng tới mười ngàn con", "MONEY", []),
        ("hụt hơn 400 lít xăng", "MONEY", []),
        ("cho vay 200k sau một tuần trả 300k", "MONEY", [200_000, 300_000]),
        ("mất trên trăm hai triệu tiền mừng", "MONEY", [120_000_000]),
        ("đóng 30 triệu năm trước", "MONEY", [30_000_000]),
        ("con gái tôi 17 đã bỏ thi", "AGE", [17]),
        ("ông già khoảng 70, áo nâu", "AGE", [70]),
        ("áo đen, 19t, đi xe Wave", "AGE", [19]),
        ("bé trai tầm bốn tuổi", "AGE", [4]),
        ("mất 4 gốc tràm 12 năm tuổi", "AGE", []),
        ("còn 19 tổ ong", "AGE", []),
    ],
)
def test_numbers(text: str, kind: str, numbers: list[object]) -> None:
    assert extract_values(text, kind) == numbers


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("đêm nào cũng nhậu", []),
        ("tàu hút cát chạy ban đêm", []),
        ("áo tối màu, đèn sáng trưng", []),
        ("trôi mất hôm bão", ["hôm bão"]),
        ("hẹn 28 Tết giao hàng", ["28 Tết"]),
        ("báo từ rằm tháng tám", ["từ rằm tháng tám"]),
        ("chú công an tối qua đã tìm được", ["tối qua"]),
        ("Hai năm trước nhà em mất xe", ["Hai năm trước"]),
        ("gọi báo, 3 tiếng sau mới có người", []),
        ("hắn nhắn mai cho người lên thu", ["mai"]),
        ("cây mai trước ngõ", []),
        ("xe vừa qua Phúc Đồng", []),
        ("xe chạy 80 km một giờ", []),
    ],
)
def test_times(text: str, times: list[str]) -> None:
    assert extract_values(text, "TIME") == times


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("chó nhà Quý Sen sủa cả đêm, xin nhắc giúp", ["Quý", "Sen"]),
        ("Lãnh đạo ơi, bảo vệ Thuyết đòi tiền", ["Thuyết"]),
        ("Bé nói tên là Tôm, 5 tuổi", ["Tôm"]),
        ("Ai thấy báo giúp. Tuyết, 0353.618.774", ["Tuyết"]),
        ("Quang hấn điện về rồi, đang ở Vinh", ["Quang"]),
        ("Mụ Lợi mắt lác nhận số đề", ["Lợi mắt lác"]),
        ("cảm ơn bác sĩ trạm xá", []),
        ("Anh CSGT dừng xe tôi ở ngã ba", []),
        ("sợ quản lý thị trường giữ hàng", []),
        ("Ba chiếc xe là đoàn hành hương", []),
        ("Trưởng thôn ép bà con ký", []),
        ("pháo hoa Bộ Quốc phòng có phải xin phép không", []),
        ("kiểm tra tên miền mới lập hôm qua", []),
        ("Bệnh nhân N.V.H. ở quận 7 và bà T.A đều khỏe", ["N.V.H.", "T.A"]),
        ("Theo anh Trung tâm này đóng cửa rồi", []),
        ("bạn Chỉ cần gọi Bộ Y tế", []),
    ],
)
def test_people(text: str, people: list[str]) -> None:
    assert extract_values(text, "PERSON") == people


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("họp xóm nói phải lên xã", []),
        ("biên phòng cho gọi tui lên", []),
        ("khong cho goi me", []),
        ("nộp đơn, thôn nhắc giờ đốt", []),
        ("đang nằm ở trạm kiểm lâm Sơn Kim", ["trạm kiểm lâm Sơn Kim"]),
        ("ngã ở suối Tiên", ["suối Tiên"]),
        ("mac ao dong phuc", []),
        ("nhà hàng xóm hát karaoke tới khuya", []),
        ("ăn tối ở nhà hàng Xóm Mới", ["nhà hàng Xóm Mới"]),
        ("em có quyền yêu cầu họ ký", []),
        ("Công an quận Gò Vấp bắt N.H.N. (29 tuổi)", ["quận Gò Vấp"]),
        ("Người này từ Ấn Độ về quận 1", ["Ấn Độ", "quận 1"]),
    ],
)
def test_places(text: str, places: list[str]) -> None:
    assert extract_values(text, "PLACE") == places


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("Mất điện thoại Samsung trên chuyến đò, ai nhặt được cho xin lại", ["điện thoại"]),
        ("Nhặt được chìa khóa xe SH có móc con gấu bông", ["chìa khóa xe"]),
        ("Có đứa soi đèn pin trong chuồng gà nhà tui, trộm đó", []),
        ("lay lai dc xe roi, cam on cac chu", ["xe"]),
        ("Lạc mất con chó trắng ở chợ, ai thấy báo giúp", ["chó"]),
        ("cay nỏ biết ai mượn", []),
    ],
)
def test_objects(text: str, things: list[str]) -> None:
    assert extract_values(text, "ITEM") == things


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("xe 7 chỗ đen chạy mất", ["đen"]),
        ("Ông mặc áo mưa vàng ra biển", ["vàng"]),
        ("cháu tím mặt rồi", []),
        ("tặng chú thùng cam", []),
        ("camera nhà tôi có ghi lại", []),
        ("roi kinh can gong den o cho", ["den"]),
        ("khuya roi tat den di ngu", []),
    ],
)
def test_colours(text: str, colours: list[str]) -> None:
    assert extract_values(text, "COLOR") == colours


def test_an_age_needs_its_word() -> None:
    assert [e.text for e in READER.understand("Bà cụ 80 tuổi đi lạc").entities if e.type == "AGE"] == ["80 tuổi"]
