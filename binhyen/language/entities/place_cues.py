"""Cue words before a place name, and words that cannot be part of one."""

from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.gazetteers import load_given_names
from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.types import ADMIN_TYPES, SHORT_TYPES, VILLAGE_TYPES, Place

ADMIN, VILLAGE, STREET, LANDMARK, NUMBERED, CAPITAL_ONLY = (
    "admin",
    "village",
    "street",
    "landmark",
    "numbered",
    "capital",
)

_STREETS = phrase_list("""
    đường | phố | quốc lộ | ql | tỉnh lộ | tl | đường tỉnh | tỉnh lộ số | hương lộ | đại lộ | cao tốc | huyện lộ
    | đường số | đường liên xã | đường liên thôn
    """)
_NUMBERED = phrase_list("""
    ngõ | ngách | hẻm | kiệt | tiểu khu | tổ | km | tổ số | ngõ số | đội
    """)
_LANDMARKS = phrase_list("""
    chợ | đền | chùa | miếu | nhà thờ | giáo xứ | trường tiểu học | trường th | trường thcs | trường thpt |
    trường mầm non | trường mn | trường cấp 1 | trường cấp 2 | trường cấp 3 | trường c1 | trường c2 | trường c3
    | trường tiểu học và thcs | trường ptth | trường trung cấp | trường trung học | trường trung học cơ sở |
    trường trung học phổ thông | trường nghề | thcs | thpt | cây xăng | trạm xăng | khách sạn | nhà nghỉ | ngã
    ba | ngã 3 | ngã tư | ngã 4 | ngã năm | ngã 5 | vòng xuyến | bùng binh | sân bay | cảng | cảng cá | khu công
    nghiệp | kcn | cụm công nghiệp | ccn | khu đô thị | kđt | khu kinh tế | kkt | khu tái định cư | nghĩa trang
    | nghĩa địa | sân vận động | svđ | quảng trường | nhà văn hóa | nvh | nhà văn hoá | đèo | núi | bến đò | ký
    túc xá | ktx | khu du lịch | kdc | mỏ đá | mỏ sắt | lò gạch | bàu | trường dạy nghề | thủy điện | cầu treo |
    phố đi bộ | bệnh viện đa khoa | trung tâm y tế | dốc | trung tâm thương mại | cầu phao | bến phà | bãi tắm
    biển | cảng biển | phao số
    """)
# Types that need a capitalised or known name: they are everyday words, or homographs of such without diacritics.
_COMMON_NOUNS = phrase_list("""
    cầu | cống | hồ | đập | sông | biển | bãi biển | bãi tắm | đình | trường | trường đại học | trường cao đẳng
    | tiểu học | mầm non | cấp 3 | cấp 2 | bệnh viện | bv | trạm y tế | quán | quán cà phê | quán cafe | quán
    caphe | quán cf | quán nhậu | quán karaoke | karaoke | quán net | quán nét | quán ăn | quán phở | quán bún |
    quán bia | nhà hàng | ks | siêu thị | bến xe | ga | sân bóng | công viên | hội quán | rú | cửa | cồn | bưu
    điện | đê | kênh | bến | cửa hàng | tiệm | tiệm vàng | hiệu vàng | tạp hóa | tạp hoá | xưởng | công ty | cty
    | nhà máy | chung cư | phòng khám | cầu vượt | trang trại | đảo | bãi | khu dân cư | shop | giếng | tiệm cầm
    đồ | tiệm tóc | bãi cát | bờ kè | khe | eo | gara | garage | tòa án | toà án | làng nghề | rừng | đh | đại
    học | cao đẳng | kho | bãi rác | đồi | lán trại | đồn | trạm thu phí | trạm bơm | cổng chào | trạm dừng |
    nhà trẻ | khu trọ | vườn | trại lợn | cánh đồng | đồng | bãi bồi | hòn | thác | mũi | hói | lèn | hầm | toà
    nhà | tòa nhà | nút giao | dãy trọ | nông trường | quầy thuốc | tiệm thuốc | hiệu thuốc | nhà thuốc | xăng
    dầu | cửa hàng xăng dầu | đồi chè | cầu tràn | đập tràn | phòng giao dịch | ga ra | suối | mương | lạch |
    bara | trạm kiểm lâm | trạm cân | trạm dừng nghỉ | trạm xe buýt | trạm xá | ngân hàng | khu tập thể | ngầm |
    mỏ | bãi đá | nhà trọ | homestay | bar | htx | hợp tác xã | nhà thi đấu | khúc cua | ghềnh đá | giáo họ |
    đồi thông | rừng phòng hộ | bãi phế liệu | hồ bơi | vườn quốc gia | trung tâm bảo trợ | chợ đêm | chợ chiều
    | nút | cafe | nhà thờ họ | đền thờ họ | công trường | trại giam | vườn ươm | phòng khám đa khoa | dự án |
    trường cao đẳng nghề | bệnh viện huyện | pgd | quận
    """)
LANDMARKS: Final = (*_STREETS, *_NUMBERED, *_LANDMARKS, *_COMMON_NOUNS)
TYPES: Final[PhraseTrie[str]] = PhraseTrie(
    [
        *((word, ADMIN) for word, _ in ADMIN_TYPES),
        *((word, VILLAGE) for word, _ in VILLAGE_TYPES if word not in ("bản", "làng", "khối")),
        ("bản", CAPITAL_ONLY),
        ("làng", CAPITAL_ONLY),
        ("khối", NUMBERED),
        ("quận", NUMBERED),
        ("khối", CAPITAL_ONLY),
        *((word, CAPITAL_ONLY) for word, _ in SHORT_TYPES),
        *((word, STREET) for word in _STREETS),
        *((word, NUMBERED) for word in _NUMBERED),
        *((word, LANDMARK) for word in _LANDMARKS),
        *((word, CAPITAL_ONLY) for word in _COMMON_NOUNS),
    ]
)

# Folded words that end a lower-case name.
NOT_NAME: Final = word_set("""
    o tai co la bi bo va voi ve di den tu toi vao luc nay kia do nao mo ni no te ay minh em anh chi chau ong ba
    bac chu con dang da se thi ma nhung nhieu rat qua lam lai cho cua nguoi ho dan xe may mat roi rot bao gio
    hom sang chieu dem trua khong ko k kg hong chua duoc dc moi cung het can phai muon ai gi mua ban an uong
    ngoi dung chay gan canh truoc sau trong ngoai tren duoi ben phia khu vuc giua doan hien vua ngay thang nam
    tuan nha mieng duong xa phuong huyen thon xom to khoi tinh thanh tran pho cau truong hay hoac nhe ah a nhi
    thoi luon nua day dau the rang rua nhu cac tat ca vi nen neu khi lien quan quen nhat luom danh chem cuop
    trom giat lua dao nan alo ad admin xin nho giup hoi gui noi thay nhin tim biet xay ra lay dua phong nga hu
    sap vo ngap lut tac ket dong vang mot hai bon bay tam chin muoi vai cai chiec cay dieu than tru trau ga vit
    lon me cong chinh quyen ubnd uy tham gia dien nuoc rac mui bui on ao cu dep xau dai rong hep trai giang so
    nhan hoc sinh ta tao tui chung lau cao thap nhanh cham trung van hoa lap khoa vay hinh viec vu xung quanh
    theo doi quay phat bat giu kho khan km nhau om yeu tre chup thay quanh tim keu khoc doc ghi nuoi thue cam
    """)
# Words of these that do occur in names of villages.
NOT_VILLAGE: Final = NOT_NAME - word_set("""
    nam hai ba bon dong vang ban bien cau cho tru long trung tam chinh tien lien tinh thanh bac con yen my hoa
    phong ha dinh son lam hung phu tan thuong tay bay tu minh binh an vinh tra lau hong ta gia dau than nha vua
    noi thi bo chau hoi cong tao cao thap sap
    """)
# With these diacritics a word after «thôn», «xóm», «chợ» is no part of a name.
MARKED_VERBS: Final = frozenset(
    phrase_list("""
    nói | nhắc | bênh | tóm | chơi | đậu | giềng | thì | góp | lên | chặn | tính | hỏi | mới | ta | chọn | dọn
    | đang | sẽ | đòi | kêu | gọi | báo | tuyên | vận | họp | biết | bảo | không | chưa | được | bị | cứ |
    cũng | đều | vẫn | sớm | ngang | nằng | xuống | an toàn | ven | của | rồi | lại
    """)
)
PREPOSITIONS: Final = word_set("""
    o tai ve den tu qua ben duoi tren trong xuong len ngoai vung di ra vo vao gan ngay nguoi dan nha khu vuc que
    huong dia ban doan sang canh phia an xa tuyen toi ngang doc giap ranh thuoc day nay do noi loi ow truoc sau
    giua
    """)
TITLES: Final = word_set("""
    anh chi ong ba em chau be bac chu thay me di cau cu thang ten ban vo chong mo o con co mu
    """)
FAMILY: Final = word_set("""
    nguyen tran le pham phan hoang huynh vo vu dang bui do ho ngo duong ly dinh truong thai dau cao mai ha luong
    doan ta trinh quach ton chu luu tong kieu nghiem bien vuong lam uong cu hoa
    """)
# … and their accented forms, for accented text.
MARKED_FAMILY: Final = frozenset(
    phrase_list("""
    nguyễn | nguyển | trần | lê | phạm | phan | hoàng | huỳnh | võ | vũ | đặng | bùi | đỗ | hồ | ngô | dương |
    lý | lí | đinh | trương | trường | thái | đậu | cao | mai | hà | lương | đoàn | tạ | trịnh | quách | tôn |
    chu | lưu | tống | kiều | nghiêm | biện | vương | lâm | uông | cù | hoa | lữ | nguyên | tran | le | pham
    """)
)
# Unit names that are also everyday words or personal names: in lower case they need a preposition or a type word.
EVERYDAY: Final = frozenset(
    phrase_list("""
    côn đảo | điện bàn | tùng ảnh | chợ hội | cẩm lạc | kỳ sơn | cổ đạm | bình an | liên minh | trung lễ | sơn
    hà | phú gia | đức an | tân hương | mỹ long | bắc sơn | nam hà | bắc hà | việt tiến | đồng tiến | tân dân |
    hòa hải | thanh lộc | an lộc | hồng lộc | xuân lộc | xuân hồng | đức lập | xuân trường | hà linh | kim hoa |
    mai hoa | thượng đức | hải ninh | xuân mỹ | xuân hải | quang thọ | đức thuận | ân phú | đức long | phúc đồng
    | sơn tiến | sơn lâm | kỳ nam | trung lộc | sơn trà | tân giang | vĩnh lộc | sơn an | sơn mai | sơn mỹ |
    hương giang | hương lâm | hương liên | hương xuân | hương long | sơn phú | xuân giang | xuân an | đức hòa |
    đức minh | sơn ninh | sơn bình | sơn thủy | kỳ thư | trần phú | hà huy tập | nguyễn du | hương trà | đức
    quang | xuân liên | xuân viên | an dũng | tiên điền | tứ mỹ | phú phong | toàn lưu | thịnh lộc | gia hanh |
    phú lộc | tiến lộc | tùng lộc | song lộc | kim lộc | xuân yên | thái yên | thạch hà | hòa bình | thái bình |
    bắc giang | an giang | hậu giang | kiên giang | tiền giang | long an | bình minh | hòa thành | đông anh |
    tân an | tân hiệp | yên bình | yên lạc | phú quý | phong phú | hòa an | hòa vang | lạc sơn | quang bình |
    hải hậu | cao phong | an phú | an biên | an minh | cái bè | cái nước | tam đảo | ba bể | kim sơn | kim thành
    | quế võ | thuận an | đông hà | thanh hà | thanh trì | bảo lâm | bảo yên | mỹ đức | ân thi | an dương | an
    lão | nam sách | ba chẽ | vân hồ | hồng dân | hồng ngự | cần giờ | ba tri | nhà bè | cai lậy | mộ đức | đức
    phổ | hoài đức | hoài ân | phú tân | phú hòa | vĩnh bảo | tiên phước | long phú | bù đăng | lâm hà | tam
    nông | tam bình | tân thành | châu thành | châu đức | chợ mới | chợ đồn | đại từ | thanh ba | yên mô | yên
    thế | đông sơn | yên mỹ | phù cừ | gia bình | gia lộc | quỳnh nhai | song mã | sông mã | con cuông | tương
    dương | hồng bàng | lê chân | hòn đất | thanh liêm | ý yên | vụ bản | nam trực | trực ninh | thanh oai | mê
    linh | đông hưng | hưng hà | tiền hải | kim động | văn giang | văn lâm | thanh miện | bình giang | tứ kỳ |
    ninh giang | thanh khê | liên chiểu | hải châu | cẩm lệ | bình thủy | cái răng | ô môn | thốt nốt | bình tân
    | thủ đức
    """)
)


# False positives of places: type words with another meaning, and places that are only a person's origin.
#
# A type word may be part of a person's name, «trưởng thôn Bính», or unaccented «cho gọi».

GazetteerMatch = tuple[int, list[Place]]
"""Gazetteer match at a word: the index after the name, and the places of that name."""
_VERBS_AFTER_CHO: Final = word_set("goi hoi moi choi lu diem thuong lao tot")
# Unaccented lower-case «chua» is «chưa», «den» is «đến»: a pagoda or temple needs one of these before it.
_TEMPLE_CUES: Final = word_set("o tai gan canh sau truoc cong di le ngoai trong giua vao doan")
_GIVING_VERBS: Final = word_set("gui dua tra nop tang giao chuyen")
_GIVING_PARTICLES: Final = word_set("lai tien qua ca het luon giup do")
_NAME_CUES: Final = TITLES | {"la"}
_SELF_WORDS: Final = word_set("em toi tui minh chau con bac la no han anh chi ong ba chu von goc cung deu")
_HOME_PREPOSITIONS: Final = word_set("o ve tai duoi ngoai trong den ra vo vao tu")
_WORDS_BEFORE_ORIGIN: Final = _SELF_WORDS | word_set("o tai ngoai noi chong vo me bo cha xa phuong huyen thi tran thon")
_AMBIGUOUS_TYPES: Final = word_set("den cho ho dong cau ban chua deo quan")


def _follows_giving(view: AlignedText, index: int) -> bool:
    """Return True after a verb of giving: «gui tien cho Phuong», «tra lai cho Chu Hung» name a person, not a market."""
    if not index or view.is_capitalized(index) or view.gap_after(index - 1) != " ":
        return False
    previous_word = view.words[index - 1]
    return previous_word in _GIVING_VERBS or (
        index > 1 and previous_word in _GIVING_PARTICLES and view.words[index - 2] in _GIVING_VERBS
    )


def is_cho_for_person(view: AlignedText, index: int) -> bool:
    """Return True for «cho goi», «Cho hoi», «cho van ho»: an unaccented lower-case market needs a preposition."""
    next_word = view.words[index + 1] if index + 1 < len(view.words) else ""
    if not next_word or view.is_capitalized(index + 1):
        return bool(next_word) and _follows_giving(view, index)
    follows_preposition = index > 0 and view.words[index - 1] in PREPOSITIONS
    return next_word in _VERBS_AFTER_CHO or (not follows_preposition and not view.is_capitalized(index))


def continues_beyond_known(view: AlignedText, gazetteer: Gazetteer, start: int, end: int, *, cased: bool) -> bool:
    """Return True if the name continues: «cho Phu» is a known market, «cho Phu Mau» another.

    The name begins at `start`, the known one is over at `end`.
    """
    hit = gazetteer.find_at(view, start)
    if hit and hit[0] > end:
        return True
    has_capital_after = (
        end < len(view.words)
        and view.gap_after(end - 1) == " "
        and view.is_capitalized(end - 1)
        and view.is_capitalized(end)
    )
    return cased and has_capital_after and view.words[end] not in TITLES and gazetteer.find_at(view, end) is None


def is_part_of_person_name(view: AlignedText, index: int) -> bool:
    """Return True if the type word is part of a person's name: «Phan Đình Phùng», «tên là Hồ Sỹ Bằng», «… lại.

    Hồ Phúc Thiện».
    """
    if not view.is_capitalized(index):
        return False
    if view.gap_after(index - 1) == " " and view.is_capitalized(index - 1) and view.words[index - 1] in FAMILY:
        return True
    follows_name_cue = view.gap_after(index - 1) == " " and view.words[index - 1] in _NAME_CUES
    return (follows_name_cue and view.words[index] in FAMILY) or _is_signature(view, index)


def is_official_title(view: AlignedText, index: int) -> bool:
    """Return True for «trưởng thôn Bính», «trưởng thôn thu tiền»: one word or a full name belongs to the person."""
    start = index + 1
    if view.words[index - 1] not in ("truong", "pho"):
        return False
    if view.words[start - 1] not in ("thon", "xom", "ban", "khoi") or start >= len(view.words):
        return False
    if not view.is_capitalized(start):
        return not view.words[start].isdecimal() and not view.is_unaccented
    has_second_capital = start + 1 < len(view.words) and view.gap_after(start) == " " and view.is_capitalized(start + 1)
    return not has_second_capital or view.marks[start] in MARKED_FAMILY - {"đông", "trường", "hòa"}


def is_unaccented_homograph(
    view: AlignedText, index: int, start: int, match: GazetteerMatch | None, landmark: tuple[int, str] | None
) -> bool:
    """Return True for an unaccented homograph: «den ben xe» is «đến», «cho vong xuyen» is «chỗ», «cua» is «của»."""
    if view.words[index] == "cua":
        return not landmark and not (match and match[0] > start)
    if view.is_capitalized(index) or view.words[index] not in _AMBIGUOUS_TYPES:
        return False
    if view.words[index] in ("chua", "den", "deo", "quan") and start == index + 1:
        return not (landmark or (match and match[0] > start)) and view.words[index - 1] not in _TEMPLE_CUES
    if view.words[index] == "ho" and view.words[start] in TITLES:
        return True  # «cứu người xuống hộ bà …»
    inner = TYPES.find(view, start)
    return inner is not None and inner[0] > start + 1


def _is_signature(view: AlignedText, index: int) -> bool:
    """Return True for a sentence that begins with a full name: «… đo đạc lại. Hồ Phúc Thiện, tổ …»."""
    is_sentence_start = not index or view.is_sentence_end(index - 1)
    if view.words[index] != "ho" or not view.is_capitalized(index):
        return False
    names = view.marks[index + 1 : index + 3]
    are_capitalized = (
        len(names) == 2
        and view.is_contiguous(index, index + 3)
        and view.is_capitalized(index + 1)
        and view.is_capitalized(index + 2)
    )
    return (
        are_capitalized
        and (is_sentence_start or names[0] in ("văn", "thị", "sỹ", "sĩ", "hữu", "đình"))
        and (names[0] in load_given_names() or names[0] in ("văn", "thị", "sỹ", "sĩ", "hữu", "đình"))
        and (names[1] in load_given_names())
    )


def is_origin_only(view: AlignedText, index: int) -> bool:
    """Return True for the origin of a person: «quê em Can Lộc», «em là người Can Lộc»; «ở quê em» may be the scene."""
    for position in range(index - 1, max(-1, index - 6), -1):
        word = view.words[position]
        if not view.gap_after(position).isspace() and view.gap_after(position) not in (": ", ", "):
            return False
        if word == "quan" and position and view.words[position - 1] in ("que", "nguyen"):
            return True
        if word == "que" and view.marks[position] in ("quê", "que"):
            previous_word = view.words[position - 1] if position else ""
            is_person_name = (
                view.is_capitalized(position) and position > 0 and not view.is_sentence_end(position - 1)
            )  # «Đậu Thị Quê»
            return not is_person_name and previous_word not in _HOME_PREPOSITIONS
        if word == "nguoi":
            return position == index - 1 and position > 0 and view.words[position - 1] in _SELF_WORDS
        if word not in _WORDS_BEFORE_ORIGIN:
            return False
    return False
