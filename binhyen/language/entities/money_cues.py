"""Words of money: units, slang, what is counted, what is paid."""

from typing import Final

from binhyen.language.entities.numerals import DIGITS
from binhyen.language.phrase_trie import word_set

# unit word → (factor, accented spellings that mean the unit)
SCALES: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "k": (1_000, ("k",)),
    "n": (1_000, ("n",)),
    "nghin": (1_000, ("nghìn", "nghin")),
    "ngan": (1_000, ("ngàn", "ngan")),
    "ngin": (1_000, ("ngìn", "ngin")),
    "tr": (1_000_000, ("tr",)),
    "trieu": (1_000_000, ("triệu", "trieu")),
    "cu": (1_000_000, ("củ", "cu")),
    "chai": (1_000_000, ("chai",)),
    "trieeu": (1_000_000, ("trieeu",)),
    "tril": (1_000_000, ("tril",)),
    "ty": (1_000_000_000, ("tỷ", "ty")),
    "ti": (1_000_000_000, ("tỉ", "ti")),
    "toi": (1_000_000_000, ("tỏi",)),
    "lit": (100_000, ("lít", "lit")),
    "xi": (100_000, ("xị", "xi")),
    "loet": (100_000, ("loét", "loet")),
    "lop": (100_000, ("lốp",)),
    "canh": (1_000, ("cành",)),
}
CURRENCY: Final[dict[str, tuple[str, ...]]] = {
    "d": ("đ", "d"),
    "dong": ("đồng", "dong"),
    "vnd": ("vnd", "vnđ"),
    "bac": ("bạc",),
}
WORD_START: Final = frozenset((*DIGITS, "nua", "chuc", "tram", "trieu", "ty", "ti", "cu", "ngan", "nghin"))
VAGUE: Final = frozenset(("vai", "may", "hang", "dam"))
# Words that follow a litre, a tuber or a person of rank, but never an amount.
NOT_AFTER: Final[dict[str, frozenset[str]]] = {
    "lit": word_set("""
    xang dau nuoc ruou sua bia mat mam son nhot hoa
    """),
    "cu": word_set("""
    khoai san toi hanh gung cai sac su lac mai ba ong ay gia nay do kia
    """),
    "chai": word_set("""
    bom xang bia ruou nuoc dau sua thuoc xang gas ga thuy nhua
    """),
    "ti": word_set("""
    xiu nua ti thoi
    """),
    "k": frozenset(("m",)),
    "canh": word_set("cay mai dao hoa la quat"),
}
MEASURED: Final = word_set("""
    nguoi m2 m3 met m km kg ta tan yen cay con cai chiec ho dan lan luot thanh suat phan hecta ha ml gam g bo
    """)
NOT_TAIL: Final = word_set("""
    hom ngay thang nam nguoi cai chiec lan con chi xe gio h tuan dua phut bua thoi to cay bo dien may ong ba anh
    truoc nay ngoai sau ho suat ve thung hop mon dua bua ngoi nha ky tan ta met tiet khoa lop em chau ban
    """)
CUES: Final = word_set("""
    tien gia mat vay no chuyen ck lua phat nop coc tra von luong bien
    """)

CROWDS: Final = word_set("nguoi con cay m2 km trung")
PAID: Final = word_set("dang gop het tien gia nop phat phi dong thu coc chuyen ck tra thoi vay no chuoc mat xin muon")
HUNDREDS: Final = frozenset(range(100, 1000, 100))
NOTES: Final = frozenset((10, 20, 50, 100, 200, 500))
