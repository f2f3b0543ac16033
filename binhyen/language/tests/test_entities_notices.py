"""Notices in the style of newspapers: initials are people, offices are not; districts, provinces and countries are places.

`P[…]` marks a person, `L[…]` a place. Written by hand; of the second table no row was looked at while the rules changed.
"""

import re

import pytest

from binhyen.language.reader import Reader

READER = Reader()
TUNED = """
Trung tâm Y tế huyện L[Thạch Hà] thông báo lịch tiêm chủng.
Bộ Y tế khuyến cáo người dân không tự ý mua thuốc.
Chỉ đạo của Chủ tịch UBND tỉnh về phòng chống cháy rừng.
Đình chỉ công tác hai cán bộ để điều tra.
Khởi tố bị can P[N.V.H.] (SN 1990, trú L[quận Hai Bà Trưng], L[Hà Nội]) về tội cướp tài sản.
Bà P[H.] cho biết sự việc xảy ra khi ông P[T.] đi vắng.
Nạn nhân là chị P[N.T.L.] (33 tuổi, ngụ L[quận Bình Tân], L[TP.HCM]).
Đối tượng P[N.H.N.] bị bắt tại L[Campuchia] khi đang tìm cách trốn sang L[Thái Lan].
Công an tỉnh L[Nghệ An] phối hợp Công an quận L[Cầu Giấy] bắt giữ P[Trần Văn Bình], quê L[Thanh Hóa].
Đoàn cứu trợ từ L[Quảng Ninh] vào L[Quảng Trị], L[Lào] và L[Trung Quốc] cũng gửi hàng.
Hai nghi phạm khai tên P[P.V.Tuấn] và P[Lê H.], sang L[Nhật Bản] lao động chui.
Bộ Công an, Bộ Quốc phòng và Bộ Giáo dục và Đào tạo ký kết quy chế.
Cháu P[T.A.] (5 tuổi) được tìm thấy ở L[quận Gò Vấp] sau hai ngày.
"""
HELD_BACK = """
Trung tá P[Hồ Sỹ Nam], Trưởng Công an xã L[Cẩm Bình], cho biết vụ việc đang được làm rõ.
Ông P[V.] kể, sáng cùng ngày anh P[Đ.] mượn xe đi L[Quảng Bình] rồi không về.
Bị cáo P[L.Q.K.] (SN 1985, trú L[quận Ninh Kiều], L[Cần Thơ]) lĩnh án 12 năm tù.
Hội Chữ thập đỏ tỉnh L[Quảng Ngãi] tiếp nhận 300 suất quà.
Thủ tướng yêu cầu Bộ Y tế báo cáo trước ngày 30.
Ba lao động người L[Lào] được đưa về L[Nghệ An] an toàn.
Chị P[B.] (41 tuổi) bị nhóm người ở L[Myanmar] đòi tiền chuộc 300 triệu đồng.
Đại úy P[Nguyễn Đình Chiến] và bà P[Phan Thị Hoài] tham gia hiến máu.
Chỉ huy lực lượng chữa cháy là thượng tá P[Lê Mạnh Hà].
Công an L[quận Sơn Trà], L[Đà Nẵng], tạm giữ P[T.V.Đ.] để điều tra hành vi lừa đảo.
Trung đoàn 841 huấn luyện dân quân tại L[xã Kỳ Lạc].
Đình làng được trùng tu, người dân phấn khởi.
Cháu P[N.M.K.] đi lạc từ L[Hàn Quốc] về thăm quê cùng mẹ.
Kinh tế L[Đắk Lắk] tăng trưởng, Quốc hội ghi nhận.
Quảng cáo thuốc giả lan tràn, Cục Quản lý Dược cảnh báo.
Nghi phạm P[H.V.] (19 tuổi) khai nhận cướp xe của anh P[Tạ Quang Dũng].
"""
_MARKED = re.compile(r"([PL])\[([^\]]+)\]")
_TYPES = {"P": "PERSON", "L": "PLACE"}


@pytest.mark.parametrize("table", [TUNED, HELD_BACK])
def test_people_and_places_of_notices(table: str) -> None:
    people_right = people_wrong = people_missed = places_found = places_missed = 0
    misread = []
    for line in table.strip().splitlines():
        gold = [(_TYPES[kind], span.strip(" .")) for kind, span in _MARKED.findall(line)]
        entities = READER.understand(_MARKED.sub(r"\2", line)).entities
        read_spans = [(entity.type, entity.text.strip(" .")) for entity in entities if entity.type in _TYPES.values()]
        people = [span for kind, span in read_spans if kind == "PERSON"]
        named = [span for kind, span in gold if kind == "PERSON"]
        places = " | ".join(span for kind, span in read_spans if kind == "PLACE")
        people_right += sum(span in named for span in people)
        people_wrong += sum(span not in named for span in people)
        people_missed += sum(span not in people for span in named)
        missed = [span for kind, span in gold if kind == "PLACE" and span not in places]
        places_missed += len(missed)
        places_found += sum(kind == "PLACE" for kind, _ in gold) - len(missed)
        if missed or sorted(people) != sorted(named):
            misread.append((line, read_spans))
    figures = (people_right, people_wrong, people_missed, places_found, places_missed)
    assert people_right / (people_right + people_wrong) >= 0.9, (figures, misread)
    assert people_right / (people_right + people_missed) >= 0.8, (figures, misread)
    assert places_found / (places_found + places_missed) >= 0.9, (figures, misread)
