"""PERSON: names and nicknames, without their title; full names anywhere, given names after a title."""

import re
from bisect import bisect_left
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.gazetteers import load_brands, load_given_names
from binhyen.language.entities.place_cues import FAMILY, MARKED_FAMILY
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import phrase_list, word_set

# Cue words of personal names: titles, roles, nicknames, and words that only look like a name.

TITLES: Final = word_set("""
    anh chị ông bà em cháu bé bác chú cô o mệ thầy dì cậu mợ thằng tên cụ bạn thím mẹ bố ba vợ chồng đc ca con
    dượng mụ út cu bá eng ả cố chi ong chau co thay ten thang ban be bac chu me di cau là tk ctk a c e
    """)
MARKED_TITLES: Final = frozenset(phrase_list("cháu | bé | mệ | dì | cậu | mợ | cụ | đc"))
_TITLES_OF_INITIALS: Final = word_set("anh chị ông bà cô chú bác cháu bé cụ thầy vợ chồng tên thằng")
STRONG_TITLES: Final = word_set("""
    anh chị ông bà thằng tên thầy cô chú bác chi ong thang ten thay
    """)
# With these diacritics they are not family names.
MARKED_KIN: Final = frozenset(("chú", "cụ", "cũ", "đó", "tả", "vợ", "vô"))
# Before the name of a phone contact: «lh Tuấn 0912 …».
BEFORE_CALLED: Final = word_set("lh he gap goi alo zalo lac sdt mr ms mrs")
PARENTS: Final = frozenset(phrase_list("ông | bà | anh | chị | chú | cô | bác | mụ | o | nhà"))
# Before a single capitalised given name: «cán bộ Thắng», «bác sĩ Hòa», «số Hùng».
BEFORE_NAME: Final = word_set("""
    si bo chi nha so truong vien ut voi va cua nhom shipper hang y ta giao do bi boi moc thon xom om csgt xe
    doan pct ct madam bao goi tho ho phu ban chu ten no mu nghien bep cai danh
    """)
MINE: Final = word_set("toi tui em e minh to tao")
NICK: Final = word_set("""
    sẹo trọc đen béo còi lùn mập cao lé điếc què cụt xoăn gầy chột rỗ lác tây híp cận hói bạc xì ve vổ sứt ngố
    khùng lùi phệ kều seo troc beo lun map sún thẹo mốp mop lé mù thọt khoèo móm hô quăn đù mun lợn xồm còm
    """)
# First words of two-word nicknames: «Lợi mắt lác», «Sơn tóc vàng», «Sửu đồng nát», «Loan bánh cuốn».
NICK_PAIRS: Final = frozenset(phrase_list("mắt | mặt | tóc | răng | đồng nát | toc | bánh"))
NICK_ENDS: Final = word_set("lác thẹo sẹo lé rỗ vàng vang đỏ hô vẩu nát cuốn mướt xoăn")
# Two-word roles: «bảo vệ Thuyết», «công an Kiên», «trưởng thôn Dinh».
ROLES: Final = frozenset(
    tuple(role.split(" "))
    for role in phrase_list("""
    bao ve | cong an | khu vuc | can bo | dan pho | van thu | canh sat | chu hui | chu tich | dan phong | nong
    dan | co dong | kiem lam | cuu binh | thuong binh | to may | giam doc | ke toan | hieu truong | chu nhiem
    | bi thu | chu quan | tho moc | lai xe | tai xe | truong thon | truong xom | con gai | con trai | em gai |
    em trai | chi gai | anh trai | chau noi | chau ngoai | chau ruot | em ruot | anh ruot | ve chai | cua hang
    | tap hoa | ten la | nha la | o nha | xung la | ten nha | ten goi | pho cong | hang xom
    """)
)
# Second words of a sentence that begins with a name: «Duyên xóm 9 bán…», «Quang hấn điện về rồi».
GOES_ON: Final = frozenset(
    phrase_list("xóm | thôn | hấn | hắn | han | lớp | lop | nhà | nha | bảo vệ | thầu | trưởng | hàng xóm | hang | con")
)
NOT_OPENING: Final = frozenset(
    phrase_list("""
    mai | sáng | hoa | công | xuân | thu | đông | hạ | an | bình | chính | hội | thành | kim | ngọc | lúa |
    cúc | quan | chiến | thuyền | hồng | long | hà | tân | hải | tư | năm | ba | hai | sáu | sang | cong |
    binh | hoi | thanh | long | hong | nhân | nhan | nhờ | nhận | tính | tinh | tiến | tien | tiền | thường |
    thuong | trường | truong | vui | tới | toi | tối | đường | duong | hiện | hien | đúng | dung | chung | chi
    | bon | bi | bo | con | em | anh | thêm | lục | luc | trưởng | tường | dân | dan | cháu | chau | toàn |
    toan | xin | giang | lan | xoa | suốt | bảy | tám | chín | yên | bao | bảo | ty | gia | ca | can | phong |
    phòng | vườn | bố
    """)
)
# Capitalised roles and offices, and forms of address: no names.
NO_NAMES: Final = word_set(
    "csgt pccc clb ubnd cax ca cshs cskv bch qlt hs sv gv ctv nv nvyt ceo hdv hắn hấn han tôi cháu toi bác"
)
MARKED_MIDDLE: Final = word_set(
    "văn thị hữu đức xuân ngọc minh thanh quang đình công bá trọng viết quốc hồng kim thu tiến"
)
NO_PAIRS: Final = frozenset(
    (("bac", "si"), ("ong", "khoi"), ("chong", "han"), ("chong", "dai"), ("ho", "le"), ("ho", "dang"), ("ho", "duong"))
)
QUOTED: Final = frozenset('"“«')
# Two-word terms of which only the first is written with a capital: «Trung tâm», «Bộ Y tế», «Chỉ đạo», «Đình chỉ».
COMMON_TERMS: Final = frozenset(
    (first, second)
    for first, seconds in (
        ("trung", "tam uong tuong doan doi cap hoc quoc binh ta tuan gian"),
        ("y", "te khoa si ta tuong kien thuc cau"),
        ("chi", "thi dao co can cuc huy la trong sau khi nam tieu phi tiet cho can"),
        ("dinh", "chi ky cong huong"),
        ("cong", "an ty tac dong doan van nghe nhan vien chung trinh"),
        ("thanh", "tra nien pho tich phan vien tra toan lap"),
        ("hoi", "dong nghi cho thao truong"),
        ("giam", "doc sat dinh"),
        ("quan", "ly chuc doi su tri"),
        ("an", "ninh toan"),
        ("kinh", "te doanh phi"),
        ("hai", "quan quan"),
        ("thuong", "vu mai truc ta uy tuong"),
        ("quoc", "gia hoi phong te lo"),
        ("tien", "hanh do phong"),
        ("hoang", "mang so"),
        ("phuong", "an tien phap"),
        ("hong", "hoc"),
        ("dung", "hang cho luong"),
        ("thu", "tuong truong tuc do"),
        ("nam", "thanh sinh gioi"),
        ("duc", "cha me"),
    )
    for second in seconds.split()
)
_INITIALS: Final = re.compile(r"(?<![\w.])[A-ZĐ](?:\. ?[A-ZĐ](?!\w)){1,3}(?:\.[A-ZĐ][^\W\d_]+|\.)?")
_ONE_INITIAL: Final = re.compile(
    r"(?<![\w.])[A-ZĐ](?:\.(?!\w)|(?= \(\d|, \d+ tuoi))"
)  # «bà H. cho biết», «chị M (32 tuổi)»
_MIN_INITIALS: Final = 3  # two are a person only after a title or before an age: «N.H» may be a place
_AGE_AFTER: Final = re.compile(r"\s*\((?:sn|sinh|nam\b|nu\b|\d)")
_NOTICE_TITLES: Final = frozenset(
    ("nhan", "pham", "tuong", "xe", "can", "ten")
)  # «bệnh nhân», «nghi phạm», «đối tượng»
MIDDLE: Final = word_set("""
    van thi huu duc xuan ngoc minh thanh quang dinh cong ba trong viet quoc hong kim thu tien hoang anh tuan duy
    phuong bich my manh dang nhu khanh gia bao the trung sy si tran le
    """)
FOLDED_GIVEN: Final = frozenset(fold_text(name) for name in load_given_names())
# Folded given names that are mostly ordinary words after a title in unaccented text.
COMMON: Final = word_set("""
    hai ba nam tu bon sau bay tam an bi bo con cho mo mui them moi thi tho tinh van vui y ly hoc hoi hop duoc
    dau co be ti anh chi em ong ban chu bac gia nay kia do nao ay noi lam sang toi tai hau ha hoa khoa mat long
    qua thu trung truong tien cong danh gay dan nhan dong giang bao binh phat thuong bin cam canh chung chuyen
    cung trong chau toi ngon chinh tung bay truc dien du duong giam hoan huong khai kinh ky lai lanh loi luong
    luc luyen nga ngan nghi nguyen nhat phong phu phuc phuong quan quy quyen ta tan thanh thao the thoai thong
    tri trinh vang vi voi yen doi trang dai doan dinh viet tra thieu tiep tram to khoi vu te cay manh lua hang linh
    huy hieu kieu si
    """)
# In unaccented text these titles are mostly verbs: «đi», «thấy».
VERB_TITLES: Final = word_set("di thay")
QUALITIES: Final = word_set(
    "hiền ngoan út chính thật thơ an vui thành khó giàu bình hiểu tiếp tưởng hiệu thủy đường quán lúc bằng hàng sĩ"
)
AFTER_GIVEN: Final = word_set("o xom thon nha bi da dang co so sdt goi xa ten to va voi con noi lam lay cho di ve hay")
NOT_NAME: Final = word_set("""
    o tai bi co la va voi dang da nay kia do ay oi a nha nhe cong van phong xa thon huyen tinh phuong em anh chi
    toi minh ban lai di den ve noi bao hoi cho xin mat khong dau ai gi sao the nhu thi ma nhung roi luon hom
    sang chieu dem vua moi gap goi nho giup
    """)


NUMBER_NAMES: Final = word_set("hai ba tư năm sáu bảy tám chín vui yên an")
SURE_GIVEN: Final = FOLDED_GIVEN - NOT_NAME
USUAL_MIDDLE: Final = word_set("van thi huu dinh ngoc quang xuan duc")
DOUBTFUL_FAMILY: Final = word_set("bien duong truong dau ha cao mai do ho luong cu chu ta hoa vo lam")
USUAL_FAMILY: Final = word_set("nguyen tran le pham phan hoang bui dang truong")


# Names recognised by context: as a signature, beside a phone, after a role, in couples, before a verb.


def add_initials(registry: SpanRegistry) -> None:
    """Add people named by initials, as notices do: «bệnh nhân N.V.H.», «ông T.A»."""
    view = registry.view
    if "." not in view.plain and "(" not in view.plain and "tuoi" not in view.plain:
        return
    for match in _ONE_INITIAL.finditer(view.cased):
        index = bisect_left(view.starts, match.start())
        if index and view.marks[index - 1] in _TITLES_OF_INITIALS and view.gap_after(index - 1) == " ":
            registry.add("PERSON", *match.span(), view.plain[match.start() : match.end()])
    for match in _INITIALS.finditer(view.cased):
        letters = [char for char in match[0] if char.isalpha()]
        if letters[:2] == ["T", "P"]:
            continue
        index = bisect_left(view.starts, match.start())
        title = view.marks[index - 1] if index else ""
        is_titled = title in TITLES or (index > 0 and view.words[index - 1] in _NOTICE_TITLES)
        if len(letters) >= _MIN_INITIALS or is_titled or _AGE_AFTER.match(view.plain, match.end()):
            registry.add("PERSON", *match.span(), view.plain[match.start() : match.end()])


def add_couple(registry: SpanRegistry, index: int, *, mixed: bool) -> bool:
    """Add both names of a couple: «nhà Quý Sen», «vợ chồng Tý Lài»."""
    view = registry.view
    if not (
        mixed and 0 < index < len(view.words) - 1 and view.is_capitalized(index) and view.is_capitalized(index + 1)
    ):
        return False
    pair = view.words[max(0, index - 2) : index]
    if pair[-1] != "nha" and pair not in (["vo", "chong"], ["ve", "chong"]):
        return False
    are_given_names = all(is_given_name(view, name_index) for name_index in (index, index + 1))
    if not are_given_names or view.words[index] in FAMILY:
        return False
    for name_index in (index, index + 1):
        registry.add_words("PERSON", name_index, name_index + 1)
    return True


def is_given_name(view: AlignedText, index: int) -> bool:
    return view.marks[index] in load_given_names() or (view.is_unaccented and view.words[index] in FOLDED_GIVEN)


def add_signature(registry: SpanRegistry) -> None:
    """Add the signature of a message: «… không tới được. Hồ Văn Tạo», «… cho chuộc, Bính»."""
    view = registry.view
    last = len(view.words) - 1
    first = last
    while first > 0 and last - first < 3 and view.gap_after(first - 1) == " " and view.is_capitalized(first - 1):
        first -= 1
    if (
        not view.has_proper_names
        or last < 4
        or not view.is_capitalized(last)
        or view.gap_after(first - 1).strip()[-1:] not in (".", ",", "!", "?", "")
        or view.is_unaccented
    ):
        return
    if (
        view.gap_after(first - 1) == " "
        or not view.is_capitalized(first)
        or not registry.is_free(view.starts[first], view.ends[last])
    ):
        return
    if any(view.marks[name_index] not in load_given_names() for name_index in range(max(first, last - 1), last + 1)):
        return
    if last > first or view.marks[last] not in NUMBER_NAMES:
        registry.add_words("PERSON", first, last + 1)


def is_name_by_context(registry: SpanRegistry, index: int, *, given: bool, mixed: bool) -> bool:
    """Return True for a name by context: beside a phone, after a role, or as the subject of a sentence."""
    view = registry.view
    last = index
    while (
        last + 1 < len(view.words)
        and last - index < 2
        and view.gap_after(last) == " "
        and view.is_capitalized(last + 1)
    ):
        last += 1
    if registry.get_kind_at(last + 1) == "PHONE" and view.gap_after(last) in (" ", ", ", ": ", " - "):
        return True
    ends = last + 1 == len(view.words) or view.is_sentence_end(last)
    if ends and registry.get_kind_before(index) == "PHONE" and view.gap_after(index - 1) in (" ", ", ", " - "):
        return True
    if not mixed:
        return False
    if view.gap_after(index - 1) == " " and tuple(view.words[max(0, index - 2) : index]) in ROLES:
        return given or _is_introduced_by_name(view, index)
    return given and view.is_sentence_end(index - 1) and is_sentence_subject(view, index)


def _is_introduced_by_name(view: AlignedText, index: int) -> bool:
    """Return True for «tên là Tôm», «tên ở nhà Su», where any word is a name."""
    preceding_words = view.words[max(0, index - 4) : index]
    return preceding_words[-2:] == ["ten", "la"] or (preceding_words[-2:] == ["o", "nha"] and "ten" in preceding_words)


def is_sentence_subject(view: AlignedText, index: int) -> bool:
    """Return True for a sentence that begins with a name: «Duyên xóm 9 bán vé giả», «Hùng bảo vệ bãi giữ xe»."""
    if view.marks[index] in NOT_OPENING or (view.words[index] in COMMON and view.is_unaccented):
        return False
    next_word = view.marks[index + 1] if index + 1 < len(view.words) and view.gap_after(index) == " " else ""
    return next_word in GOES_ON or " ".join(view.marks[index + 1 : index + 3]) in GOES_ON


def add_persons(registry: SpanRegistry) -> None:
    """Add PERSON spans; the norm is the folded name."""
    add_signature(registry)
    view = registry.view
    mixed = view.has_proper_names
    free = 0
    for index, word in enumerate(view.words):
        titled = not index or view.marks[index - 1] in TITLES
        if not (titled or word in FAMILY or view.is_capitalized(index)) or index < free:
            continue
        if index and view.words[index - 1] in ("nha", "chong") and add_couple(registry, index, mixed=mixed):
            free = index + 2
            continue
        end = _match_full_name(registry, index, mixed=mixed) or _match_after_title(registry, index, mixed=mixed)
        if end is None or not registry.is_free(view.starts[index], view.ends[end[1] - 1]):
            continue
        registry.add_words("PERSON", *end)
        free = end[1]


def _match_full_name(registry: SpanRegistry, index: int, *, mixed: bool) -> tuple[int, int] | None:
    """Match a family name and one to three more names, beginning at word `index`."""
    view = registry.view
    if view.words[index] not in FAMILY or not registry.is_word_free(index) or view.marks[index] in MARKED_KIN:
        return None
    family = view.marks[index] in MARKED_FAMILY or (view.is_unaccented_at(index) and view.is_capitalized(index))
    if not view.is_unaccented and not family:
        return None  # «làm phục vụ», «đăng ký», «đầu tư»
    if (uppercase_end := _match_uppercase_name(registry, index)) is not None:
        return index, uppercase_end
    end = index + 1
    while end < len(view.words) and end - index < 5 and view.gap_after(end - 1) == " " and registry.is_word_free(end):
        if mixed and view.is_capitalized(index):
            if not view.is_capitalized(end) or _is_abbreviation(view, end):
                break
        elif (view.words[end] not in FOLDED_GIVEN and view.words[end] not in MIDDLE) or (
            view.words[end] in NOT_NAME and end - index >= 2
        ):
            break
        end += 1
    count = end - index
    if mixed and view.is_capitalized(index):
        return (
            (index, end)
            if count >= 2 and all(view.words[word_index].isalpha() for word_index in range(index, end))
            else None
        )
    if not view.is_unaccented and any(
        view.marks[word_index] not in load_given_names() and view.marks[word_index] not in MARKED_MIDDLE
        for word_index in range(index + 1, end)
    ):
        return None  # «đoàn hành hương», «trương đúng đắn»
    if view.words[index + 1 : index + 3] == ["thi", "truong"]:
        return None  # «quản lý thị trường»
    if count < 3 or view.words[end - 1] in ("thi",) or not _is_like_full_name(view, index, end):
        return None
    return index, end


def _match_uppercase_name(registry: SpanRegistry, index: int) -> int | None:
    """Match the holder of an account («stk … VO THI TU»), all in capitals in a text that is not."""
    view = registry.view
    end = index
    while end < len(view.words) and end - index < 5 and registry.is_word_free(end) and _is_uppercase(view, end):
        if end > index and view.gap_after(end - 1) != " ":
            break
        end += 1
    if end - index < 2 or len(view.words[index]) < 2:
        return None
    window = range(max(0, index - 8), min(len(view.words), end + 8))
    if sum(_is_uppercase(view, word_index) for word_index in window) - (end - index) >= 4:
        return None  # the whole message is in capitals
    neighbours = [
        word_index for word_index in (index - 1, index - 2, end, end + 1) if 0 <= word_index < len(view.words)
    ]
    is_isolated = not any(
        _is_uppercase(view, word_index) and len(view.words[word_index]) > 4 and view.words[word_index].isalpha()
        for word_index in neighbours
    )
    return end if is_isolated else None


def _is_uppercase(view: AlignedText, index: int) -> bool:
    start, end = view.starts[index], view.ends[index]
    return view.words[index].isalpha() and view.cased[start:end].isupper()


def _is_like_full_name(view: AlignedText, index: int, end: int) -> bool:
    """Return True for a lower-case full name, «nguyen van an», with a common middle or capitalised family name."""
    if view.words[index + 1] in USUAL_MIDDLE and view.words[index] not in DOUBTFUL_FAMILY:
        return True
    return view.is_capitalized(index) and view.words[index] in USUAL_FAMILY and end - index >= 3


def _match_after_title(registry: SpanRegistry, index: int, *, mixed: bool) -> tuple[int, int] | None:
    """Match a given name or nickname right after a title or «tên là»."""
    view = registry.view
    if not registry.is_word_free(index) or not view.words[index].isalpha():
        return None
    if not index:
        return (0, 1) if _opens_with_name(view, mixed=mixed) else None
    title = view.marks[index - 1]
    if view.words[index] in NO_NAMES and (view.is_capitalized(index) or view.words[index] not in FOLDED_GIVEN):
        return None
    if (view.words[index - 1], view.words[index]) in NO_PAIRS or _starts_common_term(view, index):
        return None
    if view.words[max(0, index - 2) : index] == ["ba", "con"] or (
        view.words[index] == "cong" and view.words[index + 1 : index + 2] in (["an"], ["tac"], ["ty"])
    ):
        return None  # «bà con Lộc Yên» are the residents of a place
    given = is_given_name(view, index)
    likely = view.is_capitalized(index) and (given or view.words[index - 1] in ("la", "nha"))
    if likely and is_name_by_context(registry, index, given=given, mixed=mixed):
        return index, _extend_name(registry, index)
    is_lone_name = mixed and view.is_capitalized(index) and given and _is_lone_name(registry, index)
    if is_lone_name or _is_contact_name(registry, index):
        return index, _extend_name(registry, index)
    if not _has_title(view, index, title):
        return None
    if mixed and view.is_capitalized(index) and (len(view.words[index]) > 1 or _is_initial(view, index)):
        brand = not given and load_brands().starts(view.words[index]) and load_brands().find(view, index)  # «đi Vision»
        return None if brand else (index, _extend_name(registry, index))
    return (
        (index, _extend_over_nickname(view, index + 1))
        if _is_lowercase_given_name(view, index, title, mixed=mixed)
        else None
    )


def _opens_with_name(view: AlignedText, *, mixed: bool) -> bool:
    """Return True if a given name opens the message: «Tùng "sẹo" nhắn …», «Tú ơi», «Hoàng con chị Lài»."""
    if not view.is_capitalized(0) or _starts_common_term(view, 0):
        return False
    if mixed and view.gap_after(0).strip()[:1] in QUOTED and view.marks[0] in load_given_names():
        return True
    if mixed and len(view.words) > 1 and is_given_name(view, 0) and is_sentence_subject(view, 0):
        return True
    named = view.words[1:2] == ["oi"] or (view.words[1:2] == ["con"] and set(view.marks[2:3]) & PARENTS)
    return bool(named) and view.words[0] in SURE_GIVEN and view.words[0] not in COMMON


def _starts_common_term(view: AlignedText, index: int) -> bool:
    """Return True for «Trung tâm», «Y tế»: a name would have two capitals; and for «Bộ Y tế»."""
    if view.marks[index] == "bộ":
        return True
    pair = tuple(view.words[index : index + 2])
    return pair in COMMON_TERMS and view.gap_after(index) == " " and not view.is_capitalized(index + 1)


def _has_title(view: AlignedText, index: int, title: str) -> bool:
    """Return True if a title stands right before word `index`, which may be a name."""
    if view.is_unaccented and title in VERB_TITLES and not view.is_capitalized(index):
        return False  # «đi», «thấy»
    gap = view.gap_after(index - 1)
    dotted = gap == ". " and (len(title) == 1 or title == "đc")
    is_title_before = title in TITLES and (gap.isspace() or gap in (": ", ":") or dotted)
    return is_title_before and view.words[index] not in ("la", "gi", "day", "oi")


def _is_lowercase_given_name(view: AlignedText, index: int, title: str, *, mixed: bool) -> bool:
    """Return True for a given name without a capital, after a title that is regularly used with names."""
    has_strong_title = title in STRONG_TITLES or (title in MARKED_TITLES and not view.is_unaccented)
    if not has_strong_title or (index > 1 and view.words[index - 2] in ("cac", "may", "nhieu", "nhung")):
        return False
    word, name = view.words[index], view.marks[index]
    is_listed_name = name in load_given_names() if not view.is_unaccented or name != word else word in FOLDED_GIVEN
    if not is_listed_name or word in COMMON or word in NOT_NAME or (mixed and not view.is_unaccented):
        return False
    if not view.is_unaccented:
        return name not in QUALITIES  # «Ông hiền, không làm hại ai»
    next_word = view.words[index + 1] if index + 1 < len(view.words) and view.gap_after(index).isspace() else ""
    return not next_word or next_word in AFTER_GIVEN


def _is_initial(view: AlignedText, index: int) -> bool:
    """Return True for «ông V.», «cháu Y Loan»."""
    return view.gap_after(index)[:1] == "." or (
        view.gap_after(index) == " " and view.is_capitalized(min(index + 1, len(view.words) - 1))
    )


def _is_abbreviation(view: AlignedText, index: int) -> bool:
    """Return True for «SN», «CA» after a name that is not itself in capitals."""
    start, end = view.starts[index], view.ends[index]
    previous_word = view.cased[view.starts[index - 1] : view.ends[index - 1]]
    return 1 < end - start <= 4 and view.cased[start:end].isupper() and not previous_word.isupper()


def _is_contact_name(registry: SpanRegistry, index: int) -> bool:
    """Return True for a capitalised given name between «liên hệ», «gặp», «Mr» and a phone."""
    view = registry.view
    if not view.is_capitalized(index) or view.words[index] not in FOLDED_GIVEN or len(view.words[index]) < 2:
        return False
    previous_word = view.words[index - 1]
    if previous_word in ("mr", "ms", "mrs"):
        return True
    return previous_word in BEFORE_CALLED and (
        registry.get_kind_at(index + 1) == "PHONE"
        or (view.gap_after(index).strip() in ("", ",", ".") and previous_word in ("lh", "he", "gap"))
    )


def _is_lone_name(registry: SpanRegistry, index: int) -> bool:
    """Return True for a name that is called («Tú ơi»), listed after a person, or after a cue word of names."""
    view = registry.view
    next_word = view.words[index + 1] if index + 1 < len(view.words) and view.gap_after(index) == " " else ""
    if next_word == "con" and view.marks[index + 2 : index + 3] and view.marks[index + 2] in PARENTS:
        return True  # «Hoàng con chị Lài»
    is_office = view.marks[index] in ("trưởng", "phó")  # «Hồ Sỹ Nam, Trưởng Công an xã»
    if next_word == "oi" or (
        registry.get_kind_before(index) == "PERSON"
        and view.gap_after(index - 1).strip() in (",", "và", "&")
        and not is_office
    ):
        return True
    if view.words[index - 1] in MINE:
        return view.gap_after(index - 1) == " "  # «con gái tôi Mai», «thằng em tui Hoan»
    opens = index == 1 or not view.is_capitalized(index - 1)  # false for «Bộ Quốc phòng»
    return opens and view.gap_after(index - 1) == " " and view.words[index - 1] in BEFORE_NAME


def _extend_name(registry: SpanRegistry, index: int) -> int:
    view = registry.view
    end = index + 1
    while (
        end < len(view.words)
        and end - index < 5
        and view.gap_after(end - 1) == " "
        and view.is_capitalized(end)
        and registry.is_word_free(end)
    ):
        if not view.words[end].isalpha() or _is_abbreviation(view, end) or _starts_common_term(view, end):
            break
        end += 1
    return _extend_over_nickname(view, end)


def _extend_over_nickname(view: AlignedText, end: int) -> int:
    """Return the end including a nickname, «Hùng sẹo»; a nickname in quotes is not part of the name."""
    if end >= len(view.words):
        return end
    gap = view.gap_after(end - 1)
    if gap == " " and view.marks[end] in NICK and not view.is_capitalized(end):
        next_word = view.words[end + 1] if end + 1 < len(view.words) and view.gap_after(end).isspace() else ""
        return end + 1 if next_word not in ("thui", "om", "hon", "lam", "tong", "tien") else end
    if gap == " " and end + 1 < len(view.words) and view.marks[end + 1] in NICK_ENDS and view.gap_after(end) == " ":
        is_nickname_pair = view.marks[end] in NICK_PAIRS or " ".join(view.marks[end : end + 2]) in NICK_PAIRS
        return end + 2 if is_nickname_pair else end
    return end
