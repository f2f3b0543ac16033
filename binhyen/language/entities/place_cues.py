"""Cue words before a place name, and words that cannot be part of one."""

from typing import Final

from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set
from binhyen.language.places.types import ADMIN_TYPES, SHORT_TYPES, VILLAGE_TYPES

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
    trường cao đẳng nghề | bệnh viện huyện | pgd
    """)
LANDMARKS: Final = (*_STREETS, *_NUMBERED, *_LANDMARKS, *_COMMON_NOUNS)
TYPES: Final[PhraseTrie[str]] = PhraseTrie(
    [
        *((word, ADMIN) for word, _ in ADMIN_TYPES),
        *((word, VILLAGE) for word, _ in VILLAGE_TYPES if word not in ("bản", "làng", "khối")),
        ("bản", CAPITAL_ONLY),
        ("làng", CAPITAL_ONLY),
        ("khối", NUMBERED),
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
