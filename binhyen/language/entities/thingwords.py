"""Words around things: verbs of losing, finding, taking and handing over, and what may stand between."""

from typing import Final

from binhyen.language.phrases import Phrases, bag, listed

# Verbs of losing, finding, taking and handing over, with marks.
VERBS: Final[Phrases[str]] = Phrases(
    [
        (verb, verb)
        for verb in listed("""
    mất | bị mất | đánh mất | làm mất | rơi | đánh rơi | làm rơi | rớt | làm rớt | thất lạc | lạc | quên | để
    quên | bỏ quên | nhặt | nhặt được | lượm | lượm được | bắt được | nhặc | nhặc được | trộm | ăn trộm | lấy
    trộm | trộm mất | bẻ trộm | cắt trộm | cướp | cướp giật | giật | giựt | bị giựt | cuỗm | nẫng | chôm | móc |
    móc túi | lấy mất | lấy cắp | đánh cắp | cắp | bắt trộm | giao nộp | nộp lại | tự nguyện nộp | nộp | sổng |
    sổng chuồng | tìm thấy | tìm được | trả lại | trao trả | xổng | đi lạc | lạc mất | bị lạc | khoắng | khoắng
    sạch | bẻ khóa | dắt mất | dắt trộm | rơi mất | rớt mất | mất cắp | mất trộm | bắn rơi | đào được | phát
    hiện | vớt được | lụm | lụm được | rinh | thuổng | lấy | bị lấy | dông mất | chạy mất | chạy lạc | đem giao
    | cất giữ | tàng trữ | chộ | kiếm được | xin lại | chuộc lại | tìm | tìm lại | tìm ra | tìm giúp | tìm giùm
    | nhận lại | nhận lại được | kiếm | để lạc | giữ hộ | cất hộ | đang giữ | giữ giúp | bị rơi | bị rớt | để
    rơi | tìm lại được | dắt | lấy đi | phá khóa
    """)
    ]
)
WEAK_VERBS: Final = frozenset(
    listed("""
    lấy | móc | nộp | phát hiện | chộ | lạc | dắt | quên | tàng trữ | cất giữ | giật | rinh | tìm | kiếm | tìm
    thấy | nhận lại
    """)
)
# What follows the verb when nothing is lost: «mất điện», «rơi vãi», «giật mình».
NOT_LOST: Final[dict[str, frozenset[str]]] = {
    "mat": bag("""
    trat dien ngu day cong lai tich ve an nuoc song suc hung doan vui nhieu thoi long ngon het hut mang uy tac
    goc
    """),
    "roi": bag("""
    vai xuong vao
    """),
    "rot": bag("""
    gia xuong
    """),
    "giat": bag("""
    minh do day cot
    """)
    - {"day"},
    "lac": bag("""
    quan hau
    """),
    "lay": bag("""
    lai vo chong phieu so
    """),
    "nop": bag("""
    phat ho thue tien don
    """),
}
CLASSIFIERS: Final = bag("""
    con cái chùm quả khẩu viên sợi bộ tập đàn
    """)
CLASSIFYING: Final = bag("""
    cai chiec con mot 1 2 3 hai chum cay dan doi
    """)
PRONOUNS: Final = bag("""
    tui me o ong con lan vo cho
    """)
BETWEEN: Final = bag("""
    cai chiec con mot hai ba bon nam cay chum it so het kha nhieu em toi minh bo doi vai hop nguyen ca mat duoc
    cua luon sach qua khau dc vien sot bao boc tui quyen tap may nhung them toan chau roi me
    """)
TRANSPORT: Final = bag("""
    di chay lai tren bang chu nha coi do dam tong dung gui sua
    """)
BY_PHONE: Final = bag("""
    goi so qua lien nghe sdt nhan theo alo bang vao
    """)
# Too common to tell the kind of a thing by themselves.
TOO_COMMON: Final = frozenset(
    listed("xe | vàng | tiền | đồ | thẻ | sổ | lúa | sắt | pháo | hồ sơ | hợp đồng | thuốc | cặp | chìa | vòng | đao")
)
# Before the name of a thing, they say that it is not there.
WITHOUT: Final = bag("khong ko k chang")
