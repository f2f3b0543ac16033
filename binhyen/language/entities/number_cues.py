"""Cue words for the type of a number: «stk», «cccd», «sđt», names of banks."""

from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set

PHONE, ACCOUNT, ID = "PHONE", "BANK_ACCOUNT", "ID_NUMBER"

CUES: Final[PhraseTrie[str]] = PhraseTrie(
    [
        *(
            (cue, PHONE)
            for cue in phrase_list("""
    sđt | sdt | đt | dt | số điện thoại | số đt | số dt | gọi | call | alo | lh | liên hệ | zalo | hotline | tel
    | phone | số máy | liên lạc | ib | nhắn | fone | dđ | sim | thuê bao | số phone
    """)
        ),
        *(
            (cue, ACCOUNT)
            for cue in phrase_list("""
    stk | số tk | tk | tài khoản | số tài khoản | ck | chuyển khoản | số thẻ | atm | thẻ atm | ngân hàng | bank
    | nh | sotk | số nhận | tài khoản nhận
    """)
        ),
        *(
            (cue, ID)
            for cue in phrase_list("""
    cccd | cmnd | cmt | cmtnd | căn cước | căn cước công dân | số căn cước | chứng minh | cc | chứng minh nhân
    dân | chứng minh thư | bhyt | bảo hiểm y tế | thẻ bảo hiểm | mã hồ sơ | số hồ sơ | hồ sơ | hồ sơ số | mã
    hs | gplx | giấy phép lái xe | bằng lái | hộ chiếu | passport | định danh | mã định danh | số định danh |
    biên nhận | mã biên nhận | biên lai số | giấy tạm giữ số | biên bản số | sổ bảo hiểm | mã số | số hiệu |
    tàu cá | tàu | mã thẻ | số seri | mã bảo hiểm | mã tra cứu | bhxh | mã số thuế | mst | thẻ căn cước | số
    cc | mã hộ | mã hộ nghèo | thẻ nhà báo | thẻ thương binh | giấy tờ số
    """)
        ),
        *(
            (bank, ACCOUNT)
            for bank in phrase_list("""
    vcb | vietcombank | vietcom | agribank | agri | bidv | mb | mbbank | mb bank | techcombank | tcb |
    vietinbank | vietin | ctg | tpbank | tp bank | sacombank | acb | vpbank | vp bank | msb | shb | vib | hdbank
    | lpbank | lienvietpostbank | seabank | ocb | eximbank | cake | timo | bắc á | bắc á bank | nam á bank |
    pvcombank | abbank | ncb | scb | kienlongbank | viettinbank | momo | zalopay | zalo pay | viettelpay |
    viettel money | vnpay | shinhan | woori | vietbank | bvbank | gpbank | pgbank | dongabank | coopbank | hsbc
    | cimb | kienlong | vikki | liobank | lpb | napas | ví điện tử | vietabank | bảo việt bank | saigonbank |
    nhnn | số thẻ atm | số stk | thẻ tín dụng | thẻ visa | tknh
    """)
        ),
    ]
)
BANKS: Final = word_set("""
    vcb vietcombank agribank bidv mbbank mb techcombank tcb vietinbank tpbank sacombank acb vpbank msb shb vib
    hdbank lpbank seabank ocb eximbank vietin viettinbank agri tech vietcom sacom tpbank abbank timo cake bidv
    zalopay viettelpay shinhan vietbank bvbank gpbank pgbank kienlongbank eximbank pvcombank ncb scb mbb nhnn
    """)


def has_close_cue(view: AlignedText, word: int) -> bool:
    """Return True if the cue for a number that looks like a phone stands within four words, in the same clause."""
    for back in range(word - 1, max(-1, word - 6), -1):
        if "," in view.gap_after(back) or view.is_sentence_end(back):
            return False
        if (hit := CUES.find(view, back, loose=True)) and hit[0] <= word:
            return True
    return False


def find_cue_before(view: AlignedText, word: int) -> str | None:
    """Return the nearest cue within seven words before `word`, not across another number."""
    for back in range(word - 1, max(-1, word - 8), -1):
        if view.words[back].isdecimal() and len(view.words[back]) > 5:
            return None
        if "\n" in view.gap_after(back) and word - back > 1:
            return None
        match = CUES.find(view, back, loose=True)
        if match and match[0] <= word:
            longer_match = CUES.find(view, back - 1, loose=True) if back else None
            return longer_match[1] if longer_match and longer_match[0] >= match[0] else match[1]
    return None
