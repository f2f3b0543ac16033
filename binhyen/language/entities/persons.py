"""PERSON: names and nicknames, without their title; full names anywhere, given names after a title."""

from typing import Final

from binhyen.kit.text import fold
from binhyen.language.entities.found import Found
from binhyen.language.entities.placewords import FAMILY, MARKED_FAMILY
from binhyen.language.entities.tables import brands, given_names
from binhyen.language.phrases import bag, listed
from binhyen.language.reading import ENTITY_TYPES
from binhyen.language.view import View

_TITLES: Final = bag("""
    anh chị ông bà em cháu bé bác chú cô o mệ thầy dì cậu mợ thằng tên cụ bạn thím mẹ bố ba vợ chồng đc ca con
    dượng mụ út cu bá eng ả cố chi ong chau co thay ten thang ban be bac chu me di cau là tk ctk a c e
    """)
_MARKED_TITLES: Final = frozenset(listed("cháu | bé | mệ | dì | cậu | mợ | cụ | đc"))
_STRONG_TITLES: Final = bag("""
    anh chị ông bà thằng tên thầy cô chú bác chi ong thang ten thay
    """)
# Words before a lone capitalised given name: «cán bộ Thắng», «bác sĩ Hòa», «nhà Lâm», «số Hùng».
# Written with their marks these are no family names.
_MARKED_KIN: Final = frozenset(("chú", "cụ", "cũ", "đó", "tả", "vợ", "vô", "lý do", "lỹ"))
# Called by phone: «lh Tuấn 0912 …».
_BEFORE_CALLED: Final = bag("lh he gap goi alo zalo lac sdt mr ms mrs")
_PARENTS: Final = frozenset(listed("ông | bà | anh | chị | chú | cô | bác | mụ | o | nhà"))
_BEFORE_NAME: Final = bag("""
    si bo chi nha so truong vien ut voi va cua nhom shipper hang y ta giao do bi boi moc thon xom om csgt xe doan pct ct
    madam bao goi tho ho phu ban chu ten no mu nghien bep cai danh
    """)
_MINE: Final = bag("toi tui em e minh to tao")
_KIN: Final = bag("em con chau than chi anh bo me ong ba vo chong gai trai ban thang o chu bac cau di nha hang")
_NAMING: Final = bag("""
    ten la tk ctk khoan ho mang ky cua chu
    """)
_NICK: Final = bag("""
    sẹo trọc đen béo còi lùn mập cao lé điếc què cụt xoăn gầy chột rỗ lác tây híp cận hói bạc xì ve vổ sứt ngố
    khùng lùi phệ kều seo troc beo lun map
    """)
_QUOTED: Final = frozenset("\"“«")
_MIDDLE: Final = bag("""
    van thi huu duc xuan ngoc minh thanh quang dinh cong ba trong viet quoc hong kim thu tien hoang anh tuan duy
    phuong bich my manh dang nhu khanh gia bao the trung sy si tran le
    """)
_FOLDED_GIVEN: Final = frozenset(fold(name) for name in given_names())
# Folded given names that in a text without marks are mostly ordinary words after a title.
_COMMON: Final = bag("""
    hai ba nam tu bon sau bay tam an bi bo con cho mo mui them moi thi tho tinh van vui y ly hoc hoi hop duoc
    dau co be ti anh chi em ong ban chu bac gia nay kia do nao ay noi lam sang toi tai hau ha hoa khoa mat long
    qua thu trung truong tien cong danh gay dan nhan dong giang bao binh phat thuong bin cam canh chung chuyen
    cung trong chau toi ngon chinh tung bay truc
    dien du duong giam hoan huong khai kinh ky lai lanh loi luong luc luyen nga ngan nghi nguyen nhat phong phu
    phuc phuong quan quy quyen ta tan thanh thao the thoai thong tri trinh vang vi voi yen doi trang dai doan
    dinh
    """)
# In a text without marks these titles are mostly verbs: «đi», «thấy».
_VERB_TITLES: Final = bag("di thay")
_QUALITIES: Final = bag("hiền ngoan út chính thật thơ an vui thành khó giàu bình")
# Bare given names that open everyday words unless the clause ends after them or goes on about a person.
_DOUBTFUL_GIVEN: Final = bag("""
    hang lien cuc dung truc ngoan tung loan thuy hien quang trang trong nhung sinh minh hanh dao tuyet thu phan son huy
""")
_AFTER_GIVEN: Final = bag("o xom thon nha bi da dang co so sdt goi xa ten to va voi con noi lam lay cho di ve hay")
_NOT_NAME: Final = bag("""
    o tai bi co la va voi dang da nay kia do ay oi a nha nhe cong van phong xa thon huyen tinh phuong em anh chi
    toi minh ban lai di den ve noi bao hoi cho xin mat khong dau ai gi sao the nhu thi ma nhung roi luon hom
    sang chieu dem vua moi gap goi nho giup
    """)


_USUAL_MIDDLE: Final = bag("van thi huu dinh ngoc quang xuan duc")
_DOUBTFUL_FAMILY: Final = bag("ha cao mai do ho luong cu chu ta hoa vo lam")
_USUAL_FAMILY: Final = bag("nguyen tran le pham phan hoang bui dang truong")
_SHORT_TITLES: Final = bag("là tk c a e con ca")


def find(found: Found) -> None:
    """Add PERSON spans; the norm is the folded name."""
    _signature(found)
    view = found.view
    mixed = view.names
    free = 0
    for index, word in enumerate(view.words):
        if index < free or not (word in FAMILY or _may_follow_title(view, index)):
            continue
        end = _full_name(found, index, mixed=mixed) or _after_title(found, index, mixed=mixed)
        if end is None or not found.free(view.starts[index], view.ends[end[1] - 1]):
            continue
        first, last = end
        stop = view.ends[last - 1]
        found.add("PERSON", view.starts[first], stop, view.plain[view.starts[first] : stop])
        free = last


def _signature(found: Found) -> None:
    """The name under a message: «… không tới được. Hồ Văn Tạo», «… cho chuộc, Bính»."""
    view = found.view
    last = len(view.words) - 1
    first = last
    while first > 0 and last - first < 3 and view.gap(first - 1) == " " and view.capital(first - 1):
        first -= 1
    if not view.names or last < 4 or not view.capital(last) or view.gap(first - 1).strip()[-1:] not in (".", ",", "!", "?", "") or view.bare:
        return
    if view.gap(first - 1) == " " or not view.capital(first) or not found.free(view.starts[first], view.ends[last]):
        return
    if any(view.marks[k] not in given_names() for k in range(max(first, last - 1), last + 1)):
        return
    if last > first or view.words[last] not in _COMMON:
        found.add("PERSON", view.starts[first], view.ends[last], view.plain[view.starts[first] : view.ends[last]])


def _may_follow_title(view: View, index: int) -> bool:
    """What `_after_title` asks for at least; cheap, for every word of a message."""
    return not index or view.marks[index - 1] in _TITLES or view.capital(index)


def _full_name(found: Found, index: int, *, mixed: bool) -> tuple[int, int] | None:
    """Family name + one to three more names, beginning at word `index`."""
    view = found.view
    if view.words[index] not in FAMILY or not found.word_free(index) or view.marks[index] in _MARKED_KIN:
        return None
    family = view.marks[index] in MARKED_FAMILY or (view.unmarked(index) and view.capital(index))
    if not view.bare and not family:
        return None  # «làm phục vụ», «đăng ký», «đầu tư»
    if (shout := _in_capitals(found, index)) is not None:
        return index, shout
    end = index + 1
    while end < len(view.words) and end - index < 5 and view.gap(end - 1) == " " and found.word_free(end):
        if mixed and view.capital(index):
            if not view.capital(end) or _abbreviation(view, end):
                break
        elif (view.words[end] not in _FOLDED_GIVEN and view.words[end] not in _MIDDLE) or (
            view.words[end] in _NOT_NAME and end - index >= 2
        ):
            break
        end += 1
    count = end - index
    if mixed and view.capital(index):
        return (index, end) if count >= 2 and all(view.words[k].isalpha() for k in range(index, end)) else None
    if count >= 3 and found.kind_before(index) == "BANK_ACCOUNT":
        return index, end
    if count < 3 or view.words[end - 1] in ("thi",) or not _like_full_name(view, index, end):
        return None
    return index, end


def _in_capitals(found: Found, index: int) -> int | None:
    """«stk … VO THI TU»: the holder of an account, all in capitals in a text that is not."""
    view = found.view
    end = index
    while end < len(view.words) and end - index < 5 and found.word_free(end) and _shouted(view, end):
        if end > index and view.gap(end - 1) != " ":
            break
        end += 1
    near = range(max(0, index - 8), min(len(view.words), end + 8))
    if sum(_shouted(view, k) for k in near) - (end - index) >= 4:
        return None  # the whole message is in capitals
    around = [k for k in (index - 1, index - 2, end, end + 1) if 0 <= k < len(view.words)]
    calm = not any(_shouted(view, k) and len(view.words[k]) > 4 and view.words[k].isalpha() for k in around)
    return end if end - index >= 2 and calm and len(view.words[index]) > 1 else None


def _shouted(view: View, index: int) -> bool:
    start, end = view.starts[index], view.ends[index]
    return view.words[index].isalpha() and view.cased[start:end].isupper()


def _like_full_name(view: View, index: int, end: int) -> bool:
    """«nguyen van an» in lower case: a usual middle name, or said to be a name, or all in capitals."""
    if view.words[index + 1] in _USUAL_MIDDLE and view.words[index] not in _DOUBTFUL_FAMILY:
        return True
    if index and view.words[index - 1] in _NAMING:
        return True
    return view.capital(index) and view.words[index] in _USUAL_FAMILY and end - index >= 3


def _after_title(found: Found, index: int, *, mixed: bool) -> tuple[int, int] | None:
    """A given name or nickname right after a title or «tên là»."""
    view = found.view
    if not found.word_free(index) or not view.words[index].isalpha():
        return None
    if not index:
        named = view.words[1:2] == ["oi"] or (view.words[1:2] == ["con"] and set(view.marks[2:3]) & _PARENTS)
        quoted = mixed and view.gap(0).strip()[:1] in _QUOTED and view.marks[0] in given_names()
        if quoted and view.capital(0):
            return (0, 1)  # «Tùng "sẹo" nhắn …»
        called = named and view.capital(0) and view.words[0] in _FOLDED_GIVEN - _NOT_NAME - _COMMON
        return (0, 1) if called else None
    title = view.marks[index - 1]
    if view.words[max(0, index - 2) : index] == ["ba", "con"]:
        return None  # «bà con Lộc Yên» are the people of a place
    if view.words[index : index + 2] in (["cong", "an"], ["cong", "tac"], ["cong", "ty"]):
        return None
    given = view.marks[index] in given_names() or (view.bare and view.words[index] in _FOLDED_GIVEN)
    alone = mixed and view.capital(index) and given and _lone_name(found, index)
    if alone or _called(found, index):
        return index, _run(found, index)
    dotted = view.gap(index - 1) == ". " and (len(title) == 1 or title == "đc")
    if view.bare and title in _VERB_TITLES and not view.capital(index):
        return None  # «đi», «thấy», «chào»
    if title not in _TITLES or not (view.gap(index - 1).isspace() or view.gap(index - 1) in (": ", ":") or dotted):
        return None
    if view.words[index] in ("la", "gi", "day", "oi"):
        return None
    if mixed and view.capital(index) and (len(view.words[index]) > 1 or _initial(view, index)):
        if view.bare and title in _VERB_TITLES and view.words[index] not in _FOLDED_GIVEN:
            return None
        if brands().starts(view.words[index]) and brands().find(view, index) and not given:
            return None  # «dì Vision» is «đi Vision»
        if title in _SHORT_TITLES and view.marks[index] not in given_names():
            return None
        return index, _run(found, index)
    if title in ("ten", "tên") and view.words[index] in _FOLDED_GIVEN - _NOT_NAME and _closes(view, index):
        return index, _nick(view, index + 1)
    strong = title in _STRONG_TITLES or (title in _MARKED_TITLES and not view.bare)
    if not strong or (index > 1 and view.words[index - 2] in ("cac", "may", "nhieu", "nhung")):
        return None
    name = view.marks[index]
    known = name in given_names() if not view.bare or name != view.words[index] else view.words[index] in _FOLDED_GIVEN
    if not known or view.words[index] in _COMMON or (mixed and not view.bare):
        return None
    after = view.words[index + 1] if index + 1 < len(view.words) and view.gap(index).isspace() else ""
    if not view.bare and name in _QUALITIES:
        return None  # «Ông hiền, không làm hại ai»
    if view.bare and view.words[index] in _DOUBTFUL_GIVEN and after not in _AFTER_GIVEN and after:
        return None  # «chị hàng xóm», «ai thấy liên hệ»
    if view.words[index] in _NOT_NAME or (after in ("em", "gai", "chong", "vo", "tiem", "loai", "khi") and view.bare):
        return None
    return index, _nick(view, index + 1)


def _initial(view: View, index: int) -> bool:
    """«ông V.», «cháu Y Loan»."""
    return view.gap(index)[:1] == "." or (view.gap(index) == " " and view.capital(min(index + 1, len(view.words) - 1)))


def _abbreviation(view: View, index: int) -> bool:
    """«SN», «CA» after a name that is not itself in capitals."""
    start, end = view.starts[index], view.ends[index]
    before = view.cased[view.starts[index - 1] : view.ends[index - 1]]
    return 1 < end - start <= 4 and view.cased[start:end].isupper() and not before.isupper()


def _called(found: Found, index: int) -> bool:
    """A given name with a capital between «liên hệ», «gặp», «Mr» and a phone."""
    view = found.view
    if not view.capital(index) or view.words[index] not in _FOLDED_GIVEN or len(view.words[index]) < 2:
        return False
    before = view.words[index - 1]
    if before in ("mr", "ms", "mrs"):
        return True
    after = found.taken[view.starts[index + 1]] if index + 1 < len(view.words) else 0
    phone = bool(after) and ENTITY_TYPES[after - 1] == "PHONE"
    return before in _BEFORE_CALLED and (
        phone or (view.gap(index).strip() in ("", ",", ".") and before in ("lh", "he", "gap"))
    )


def _closes(view: View, index: int) -> bool:
    """After «tên»: the name ends the clause, or an everyday word goes on."""
    after = view.words[index + 1] if index + 1 < len(view.words) and view.gap(index) == " " else ""
    return not after or after in _NOT_NAME


def _lone_name(found: Found, index: int) -> bool:
    """Called («Tú ơi»), listed after another person, or after a word that people's names follow."""
    view = found.view
    after = view.words[index + 1] if index + 1 < len(view.words) and view.gap(index) == " " else ""
    if after == "con" and view.marks[index + 2 : index + 3] and view.marks[index + 2] in _PARENTS:
        return True  # «Hoàng con chị Lài»
    if after == "oi" or (found.kind_before(index) == "PERSON" and view.gap(index - 1).strip() in (",", "và", "&")):
        return True
    if view.words[index - 1] in _MINE and index > 1 and view.words[index - 2] in _KIN:
        return view.gap(index - 1) == " "  # «con gái tôi Mai», «thằng em tui Hoan»
    return (
        view.gap(index - 1) == " "
        and view.words[index - 1] in _BEFORE_NAME
        and (index == 1 or not view.capital(index - 1))
    )


def _run(found: Found, index: int) -> int:
    view = found.view
    end = index + 1
    while (
        end < len(view.words)
        and end - index < 5
        and view.gap(end - 1) == " "
        and view.capital(end)
        and found.word_free(end)
    ):
        if not view.words[end].isalpha() or _abbreviation(view, end):
            break
        end += 1
    return _nick(view, end)


def _nick(view: View, end: int) -> int:
    """«Hùng sẹo»; a nickname in quotes is not part of the name."""
    if end >= len(view.words):
        return end
    gap = view.gap(end - 1)
    if gap == " " and view.marks[end] in _NICK and not view.capital(end):
        after = view.words[end + 1] if end + 1 < len(view.words) and view.gap(end).isspace() else ""
        return end + 1 if after not in ("thui", "om", "hon", "lam", "tong", "tien") else end
    return end
