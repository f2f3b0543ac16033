"""Replies address the writer by the writer's own pronoun, never by a pronoun for another person."""

import pytest

from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.questions import detect_address_form


@pytest.mark.parametrize(
    ("text", "register"),
    [
        # A person called by a child is not the writer.
        ("chú ơi cháu làm mất vở ở sân bóng", "cháu"),
        ("bác bảo vệ ơi cháu nhặt được cái bóp", "cháu"),
        ("thưa cô con bị mấy bạn chặn đường", "cháu"),
        ("ông trưởng thôn ơi cứu bà cháu với", "cháu"),
        ("mẹ con bị bố đánh", "cháu"),
        ("cho cháu hỏi mất thẻ học sinh báo ở đâu", "cháu"),
        # … nor when the writer is an adult.
        ("chú ơi nhà em bị cạy cửa", ""),
        ("các bác ơi đường sạt rồi", ""),
        ("Kính gửi các chú công an, bên kia đốt rác suốt", ""),
        ("cảm ơn bác, xe tôi tìm thấy rồi", ""),
        # A person in the report is not the writer.
        ("ông say rượu quậy phá ngoài quán", ""),
        ("ông bị ngã ở bậc thềm không dậy được", ""),
        ("bác bảo vệ trường ngất xỉu", ""),
        ("cô ấy bị giật dây chuyền", ""),
        ("cháu gái 5 tuổi lạc ở bến xe", ""),
        ("Cháu tôi bị bạn chặn đường", ""),
        ("hai bà cháu nhà bên bị ngập", ""),
        ("nhặt được con mèo con ở gốc đa", ""),
        ("Tối qua có trộm vào chuồng gà", ""),
        # Old people about themselves.
        ("bác báo có đám đánh bạc ở xóm", "bác"),
        ("Ông năm nay 80 tuổi, bị người ta lừa", "ông"),
        ("bà bị lừa mất sổ tiết kiệm", "bà"),
        ("cô nhặt được cái ví ở cổng chợ", "cô"),
    ],
)
def test_pronoun_of_the_question(text: str, register: str) -> None:
    assert detect_address_form(text, extract_entities(text, Gazetteer.load_default())) == register


@pytest.mark.parametrize(
    "text",
    [
        "Đánh nhau to ở Lộc Hà, có dao",
        "Cháy kho ở Kỳ Anh, đang lan sang nhà bên",
        "Tại Hương Khê, có người bán pháo",
        "Xe húc nhau ở Hồng Lĩnh. Không ai gọi cấp cứu",
    ],
)
def test_a_comma_after_a_name_does_not_make_a_child(text: str) -> None:
    assert detect_address_form(text, extract_entities(text, Gazetteer.load_default())) == ""
