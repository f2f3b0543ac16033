"""Cue words of personal names: titles, roles, nicknames, and words that only look like a name."""

from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.entities.gazetteers import load_given_names
from binhyen.language.phrase_trie import phrase_list, word_set

TITLES: Final = word_set("""
    anh chị ông bà em cháu bé bác chú cô o mệ thầy dì cậu mợ thằng tên cụ bạn thím mẹ bố ba vợ chồng đc ca con
    dượng mụ út cu bá eng ả cố chi ong chau co thay ten thang ban be bac chu me di cau là tk ctk a c e
    """)
MARKED_TITLES: Final = frozenset(phrase_list("cháu | bé | mệ | dì | cậu | mợ | cụ | đc"))
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
