"""Cue words of items: verbs of losing, finding, taking and handing over, and words that may stand between."""

from typing import Final

from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set

# Accented verbs of losing, finding, taking and handing over.
VERBS: Final[PhraseTrie[str]] = PhraseTrie(
    [
        (verb, verb)
        for verb in phrase_list("""
    mất | bị mất | bị trộm | đánh mất | làm mất | rơi | đánh rơi | làm rơi | rớt | làm rớt | thất lạc | lạc | quên | để
    quên | bỏ quên | nhặt | nhặt được | lượm | lượm được | bắt được | nhặc | nhặc được | trộm | ăn trộm | lấy
    trộm | trộm mất | bẻ trộm | cắt trộm | cướp | cướp giật | giật | giựt | bị giựt | cuỗm | nẫng | chôm | móc |
    móc túi | lấy mất | lấy cắp | đánh cắp | cắp | bắt trộm | giao nộp | nộp lại | tự nguyện nộp | nộp | sổng |
    sổng chuồng | tìm thấy | tìm được | trả lại | trao trả | xổng | đi lạc | lạc mất | bị lạc | khoắng | khoắng
    sạch | bẻ khóa | dắt mất | dắt trộm | rơi mất | rớt mất | mất cắp | mất trộm | bắn rơi | đào được | phát
    hiện | vớt được | lụm | lụm được | rinh | thuổng | lấy | bị lấy | dông mất | chạy mất | chạy lạc | đem giao
    | cất giữ | tàng trữ | chộ | kiếm được | xin lại | chuộc lại | tìm | tìm lại | tìm ra | tìm giúp | tìm giùm
    | nhận lại | nhận lại được | nhận được | kiếm | để lạc | giữ hộ | cất hộ | đang giữ | giữ giúp | bị rơi | bị
    rớt | để rơi | tìm lại được | dắt | lấy đi | phá khóa | tháo mất | cạy mất | bưng đi | bưng mất | khiêng đi
    | khiêng mất | bứng | bứng mất | vác đi | tháo trộm | câu trộm | hốt sạch | xách mất | lấy sạch | vét sạch |
    rinh mất | tháo | cưa trộm | chặt trộm | hái trộm | bị tháo | tuột tay | tuột mất | bay mất | sổng mất |
    trôi mất | trôi về | dạt vào | để nhầm | cầm nhầm | máng nhầm | lấy nhầm | đi nhầm | xách nhầm | giữ giùm |
    giữ dùm | nhặt đc | nhặt dc | lượm đc | lượm dc | vớt lên | vớt | đào lên | đào trúng | múc trúng | múc lên
    | cuốc trúng | trục vớt | xói lộ | lộ ra | lòi ra | lồi lên | giao lại | giao | gửi lại | gom | thu gom |
    tịch thu | vứt | vứt lại | bỏ lại | mang nộp | đem nộp | nộp lên | lén lấy | biến mất | đứt dây | bứt dây |
    sút dây | tuột dây | bứt mũi | sút lồng | sút chuồng | bay khỏi lồng | đứt mũi | lọt mất | xin nộp | bị nẫng
    | nẫng mất | cuỗm mất | chôm mất | đập lấy | phá lấy | bê mất | bê trộm | bê cả | cuốn mất | cuốn đi |
    sờ trúng | đụng trúng | vướng phải | xúc trúng | cào lên | kéo lên | moi lên | còn sót | còn sót lại | bỏ
    sót | có sót | sót lại | mắc lại | gửi nhầm | nhận nhầm | treo nhầm | nhầm | còn thừa | còn dư | còn lại |
    văng lại | văng mất | tuột neo | mất tiêu | quơ mất | quơ | xách đi | bắt mất | bắt sạch | dắt đi | cưa mất
    | đào trộm | cắt mất | rút trộm | hút trộm | đánh trộm | tháo đi | gỡ mất | gỡ trộm | cạy lấy | lùa mất |
    lùa đi | chở mất | đẩy mất | nhổ trộm | thó | thó mất | bị thó | cầm mất | lộn mất | bỏ lộn | xỏ lộn | bàn
    giao | bàn giao lại | trao lại | gửi trả | giao trả | lòi lên | lấy lại được | lấy lại đc | lấy lại dc | trả giúp
    """)
    ]
)
WEAK_VERBS: Final = frozenset(
    phrase_list("""
    lấy | móc | nộp | phát hiện | chộ | lạc | dắt | quên | tàng trữ | cất giữ | giật | rinh | tìm | kiếm | tìm
    thấy | nhận lại | nhận được | tháo | giao | giao lại | gửi lại | gom | thu gom | tịch thu | vứt | vứt lại |
    bỏ lại | nhầm | quơ | còn lại | còn dư | kéo lên | bàn giao | bê cả | biến mất | vớt | đứt dây
    | bứng | lộ ra | lòi ra | đi nhầm
    """)
)
# Words after the verb that mean no loss: «mất điện», «rơi vãi», «giật mình».
NOT_LOST: Final[dict[str, frozenset[str]]] = {
    "mat": word_set("""
    may bao tien lau cong trat dien ngu day cong lai tich ve an nuoc song suc hung doan vui nhieu thoi long ngon
    het hut mang uy tac goc
    """),
    "roi": word_set("""
    vai xuong vao
    """),
    "rot": word_set("""
    gia xuong
    """),
    "giat": word_set("minh do cot"),
    "lac": word_set("""
    quan hau
    """),
    "lay": word_set("""
    lai vo chong phieu so
    """),
    "nop": word_set("""
    phat ho thue tien don
    """),
    "giao": word_set("""
    thong dich luu tiep hang cho duc
    """),
    "thao": word_set("""
    do go
    """),
}
CLASSIFIERS: Final = word_set("""
    con cái chùm quả khẩu viên sợi bộ tập đàn trái đôi cuốn quyển chiếc tờ xấp cọc kiện cặp bao gói giò buồng
    bọc chậu cây
    """)
CLASSIFYING: Final = word_set("""
    cai chiec con mot 1 2 3 hai chum cay dan doi
    """)
PRONOUNS: Final = word_set("""
    tui me o ong con lan vo cho
    """)
BETWEEN: Final = word_set("""
    cap lua lien trui
    cai chiec con mot hai ba bon nam cay chum it so het kha nhieu em toi minh bo doi vai hop nguyen ca mat duoc
    cua luon sach qua khau dc vien sot bao boc tui quyen tap may nhung them toan chau roi me
    """)
TRANSPORT: Final = word_set("""
    di chay lai tren bang chu nha coi do dam tong dung gui sua
    """)
BY_PHONE: Final = word_set("""
    goi so qua lien nghe sdt nhan theo alo bang vao
    """)
# Too common to identify the kind of an item by themselves.
TOO_COMMON: Final = frozenset(
    phrase_list("""
    xe | vàng | tiền | đồ | thẻ | sổ | lúa | sắt | pháo | hồ sơ | hợp đồng | thuốc | cặp | chìa | vòng | đao |
    cam | tôm | gỗ | hàng | dầu | xăng | thùng | phao | màn hình | gạo | tôn
    """)
)
# After these, an unknown word is the name of an item: «rơi cái lư hương», «mất bộ cờ tướng».
COUNTERS: Final = frozenset(
    phrase_list("""
    cái | chiếc | bộ | cuộn | bịch | gói | hộp | tấm | quyển | cuốn | cặp | đôi | chùm | xấp | lọ | chai | cai |
    chiec | cấy | quả | trái | khẩu | cây | cục | hũ | bức | tập | mớ | cấy | con
    """)
)
STRONG_LOSS: Final = frozenset(
    phrase_list("""
    mất | bị mất | đánh mất | làm mất | rơi | đánh rơi | làm rơi | rớt | làm rớt | thất lạc | để quên | bỏ quên
    | nhặt được | lượm được | lượm | nhặt | lụm | lụm được | trộm | lấy trộm | ăn trộm | lấy cắp | lấy mất | mất
    trộm | giao nộp | vớt được | giữ giùm | giữ giúp | nẫng | cuỗm | cắt trộm | trộm mất
    """)
)
# They end the name of an unknown thing.
NOT_ITEM: Final = word_set("""
    cua o tai trong co mau hieu ten loai nay do kia ni no te mo nao gi chi to nho moi cu dep xau bi de va voi
    cho em anh toi tui minh nha ra vo di ve het luon roi ma thi la khong ko k hong duoc dc dang da rat qua lam
    may mot hai ba nua luc khi hom ngay sang chieu toi dem ben canh gan giua tren duoi ngoai truoc sau tu den ai
    nguoi con ban dung dat treo boc goi dau dai bang tim nhung nhu bang them cung ay a nhe oi hinh co
    """)
# Between a pointer and a weapon: «có khẩu súng», «quả bom».
WEAPON_COUNTERS: Final = word_set("qua trai vien khau thanh cay bang hop thung cai con chiec")
# Unaccented words that mostly mean something else: «xuống», «nói», «bé», «vé/về», «giờ», «đó», «sợ».
DOUBTFUL_BARE: Final = word_set("""
    xuong noi be ve gio do so ket nhan sach giay tui nghe ngan lo cho chao may quan vat tru me lan o ong bo ga
    dao trong neo no guong mo min vet tran cau mu ao tien van ban dan man keo cam thang dau chia trong non de
    lon chieu chan ga tu sung bao luoi khoa
    """)
BEFORE_SWORD: Final = WEAPON_COUNTERS | word_set("nop giao va voi")
# Scene of a theft rather than its object, unless a verb says that they were taken.
SCENERY: Final = frozenset(
    phrase_list(
        """
    đèn pin | xe tải | xe ba gác | ghe | vũ khí | xe bán tải | giấy tờ | tổ ong | thùng hàng | xe con | đồ
    đạc | hồ sơ | giường | dây thừng | ghế đá | loa
        """
    )
)
# Two words that name an item only with their diacritics: «đó có», «bạn là».
NEVER_BARE: Final = frozenset(
    ("do co", "so no", "ban la", "gio do", "may anh", "be con", "tien coc", "co tay", "bao la")
)
# Before an item: its place, a text or picture on it, or the verb of wearing, riding or using it.
PLACE_PREPOSITIONS: Final = word_set(
    "o tai tren duoi sau truoc canh ben gan vao vo len xuong trong ngoai tu toi den cho giua qua dau goc"
)
WEARING_VERBS: Final = word_set(
    "trum mac doi deo bang bang khoac mang xo mac bo dau vet hinh moc dan op gan nghe coi dua ban san treo"
)
RIDING_VERBS: Final = word_set("di chay lai ngoi cuoi cho day dap tren chiec")
# Before the name of an item, they say that it is missing.
NEGATIONS: Final = word_set("khong ko k chang no cha chua")
OWNERS: Final = word_set("cua nha em toi tui minh chau con ten mang ong ba anh chi hieu mau loai")
WORDS_BEFORE_OWN_ITEM: Final = CLASSIFYING | word_set("cua duoc dc lai cho em toi tui minh chau nha ca nguyen")
# Verbs that mean a lost or found item in any message.
CLEAR_VERBS: Final = frozenset(
    phrase_list("""
    bị mất | đánh mất | làm mất | đánh rơi | làm rơi | làm rớt | để quên | bỏ quên | nhặt được | lượm được |
    nhặt đc | nhặt dc | lượm đc | nhận lại | nhận lại được | tìm lại | tìm lại được | tìm thấy | trả
    lại | mất trộm | bị trộm | lấy trộm | giao nộp | lấy lại được | lấy lại đc | lấy lại dc | tìm được | tìm ra
    """)
)
# Plural or container of an item: «đôi dép», «lồng gà».
PLURAL_COUNTERS: Final = word_set(
    "doi bo chum bay dan thung bao quyen cuon xap to lua ro hop cap soi khau qua trai vien tam kien goi long tap"
)
