"""The clarifying question."""

import pytest

from binhyen.language import questions
from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import resolve_place
from binhyen.language.questions import PLAIN, choose_question, detect_address_form
from binhyen.language.reading import Reading


def get_question(category: str, text: str, urgency: int = 1, near: str | None = None) -> str | None:
    gazetteer = Gazetteer.load_default()
    entities = extract_entities(text, gazetteer)
    reading = Reading(category, 0.9, ((category, 0.9),), urgency, False, entities, ())
    return choose_question(reading, resolve_place(entities, gazetteer, near), detect_address_form(text, entities))


def test_a_missing_place_is_asked_for() -> None:
    assert get_question("violence", "có đánh nhau", 3) == "Dạ, anh/chị cho công an biết việc xảy ra ở thôn, xã nào ạ?"


def test_a_split_unit_is_asked_about_by_name() -> None:
    answer = get_question("theft", "mất trộm ở phường Đại Nài tối qua")
    assert answer is not None and "«Đại Nài»" in answer and "tên mới" in answer


def test_a_missing_time_is_asked_where_it_matters() -> None:
    assert get_question("lost_item", "em rơi ví ở Nghèn") == "Dạ, anh/chị cho công an biết mất khoảng lúc nào ạ?"


def test_a_stray_animal_is_seen_and_not_picked_up() -> None:
    stray = get_question("found_item", "em thấy con bò lạc vào vườn ở Nghèn")
    assert stray == "Dạ, anh/chị cho công an biết thấy con vật lúc nào ạ?"
    assert questions.list_suggested_answers(stray, Gazetteer.load_default()) == questions.DAYS
    assert "nhặt được lúc nào" in (get_question("found_item", "em nhặt được cái ví ở Nghèn") or ""), "control"


@pytest.mark.parametrize(
    ("category", "text"),
    [
        ("lost_item", "em rơi ví ở Nghèn tối qua"),
        ("thanks", "cảm ơn các anh"),
        ("admin_question", "làm cccd ở đâu"),
        ("officer_complaint", "cán bộ hách dịch"),
    ],
)
def test_nothing_is_asked_where_nothing_is_missing_or_would_change(category: str, text: str) -> None:
    assert get_question(category, text) is None


def test_life_in_danger_is_never_asked_for_the_time() -> None:
    assert get_question("missing_person", "cháu bé lạc ở Nghèn", 3) is None
    assert get_question("missing_person", "cháu bé lạc ở Nghèn", 2) is not None


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("Cháu nhặt được ví", "cháu"),
        ("bác mất con bò", "bác"),
        ("tui mất xe", ""),
        ("em mất xe", ""),
        ("Tui mất con bò, ai chộ báo giùm", PLAIN),
        ("o cho nghen", PLAIN),
        ("mat xe dap roi cac anh oi", PLAIN),
        ("CỨU!!!", PLAIN),
        ("chau nhat duoc vi", "cháu"),
        ("Hàng xóm chi tiền mua loa hát ầm ĩ", ""),
    ],
)
def test_the_register_is_the_writers_own(text: str, register: str) -> None:
    assert detect_address_form(text) == register


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("Mất ví ở chợ Thạch Châu xã Lộc Hà", ""),
        ("Châu bị mất ví ở chợ", ""),
        ("Có cháu Nguyễn Gia Bảo 13 tuổi bỏ nhà đi", ""),
        ("mat vi o cho thach chau hom qua", PLAIN),
        ("Cháu mất ví ở chợ Thạch Châu xã Lộc Hà", "cháu"),  # the control: this is a child
        ("chau mat vi o cho thach chau", "cháu"),
    ],
)
def test_a_name_is_no_title(text: str, register: str) -> None:
    assert detect_address_form(text, extract_entities(text, Gazetteer.load_default())) == register


def test_a_child_is_spoken_to_as_a_child() -> None:
    assert (
        get_question("found_item", "Cháu nhặt được ví ở Nghèn")
        == "Cháu cho các chú công an biết nhặt được lúc nào nhé?"
    )


def test_writers_without_marks_or_in_dialect_are_asked_plainly() -> None:
    for text in ("co danh nhau to lam", "Bên ni mần chi mà đập nhau to rứa"):
        assert get_question("violence", text, 3) == "Cho công an hỏi việc xảy ra ở thôn, xã nào?"


def test_answers_to_press_fit_the_question() -> None:
    gazetteer = Gazetteer.load_default()
    assert (
        questions.list_suggested_answers("[LH-7K3M] Dạ, bác cho công an biết mất khoảng lúc nào ạ?", gazetteer)[0]
        == "Hôm nay"
    )
    split = "Dạ, anh/chị cho công an biết «Thạch Hạ» là ở thôn, xã nào theo tên mới ạ?"
    assert set(questions.list_suggested_answers(split, gazetteer)) <= {c.full_name for c in gazetteer.communes.values()}


def test_no_quick_replies_where_text_is_needed() -> None:
    gazetteer = Gazetteer.load_default()
    assert questions.list_suggested_answers("Dạ, anh/chị cho công an biết cháy ở thôn, xã nào ạ?", gazetteer) == ()
    assert questions.list_suggested_answers("«Xứ Không Đâu» là ở thôn, xã nào theo tên mới", gazetteer) == ()
    assert questions.list_suggested_answers("Có mấy người, ai bị thương?", gazetteer) == ()


@pytest.mark.parametrize("category", ["welfare", "other", "admin_question"])
def test_of_a_life_in_danger_the_place_is_asked_whatever_else_it_may_be(category: str) -> None:
    wanted = "Dạ, anh/chị cho công an biết người gặp nguy đang ở đâu, thôn, xã nào ạ?"
    assert get_question(category, "anh ấy bị điện giật nằm im rồi", 3) == wanted
    assert get_question(category, "anh ấy bị điện giật nằm im rồi ở phường Thành Sen", 3) is None


def test_hardship_is_asked_about_as_before() -> None:
    assert (
        get_question("welfare", "bà cụ neo đơn hết gạo")
        == "Dạ, anh/chị cho công an biết hoàn cảnh này ở thôn, xã nào ạ?"
    )
