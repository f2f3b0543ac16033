"""Forwarded news and notices: «Theo báo …», «(Nguồn: …)», «Thông báo lịch cắt điện». They need no action. Pure.

With a word about the sender's own house («ngay cạnh nhà em») the message is a report again.
"""

import re

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.tokenizer import HEAD

FORWARDED_REASON = L_("tin báo hoặc thông báo chuyển tiếp: «{words}»")
_PRESS = (
    r"(?:bao|trang|dai|kenh|ttxvn|vnexpress|vn express|dan tri|tuoi tre|thanh nien|tien phong|lao dong|nguoi lao dong"
    r"|vtv\d*|vov\d*|antv|zing|znews|vietnamnet|24h|cong an nhan dan|cand|kenh14|soha|baomoi|cafef|thong tan xa"
    r"|phap luat)\b"
)
_SOURCES = re.compile(
    rf"\(\s*(?:nguon|theo|tong hop)\s*:?\s*{_PRESS}[^()]{{0,60}}\)|\(\s*nguon\s*:[^()]{{2,60}}\)"
    r"|\bnguon\s*:\s*\S[^\n]{0,60}$|\bnguon (?:bao|tin)\b[^\n]{0,40}$|\banh\s*:\s*(?:ctv|internet|facebook|nvcc)\b"
    rf"|(?:^|[.:\n(]\s*)(?:theo|tin tu|dan nguon|trich)\s+(?:tin |nguon tin )?(?:tu |cua |tren )?{_PRESS}"
)
# Every source has one of these, and few texts do: a fraction of the time of _SOURCES.
_SOURCE_WORDS = re.compile(r"nguon|theo|tong hop|trich|tin tu|ctv|internet|facebook|nvcc")
_NOTICES = re.compile(
    r"^\W*(?:thong bao(?:\s*:)? (?:so\b|lich|ve viec|ve lich|tam ngung|cat dien|cup nuoc|tuyen (?:dung|sinh)"
    r"|cua (?:ubnd|cong an))|thong cao bao chi|ban tin (?:du bao|thoi tiet|an ninh)|diem tin|tong hop tin"
    r"|cong dien (?:khan|so))\b"
)
_OWN = re.compile(
    r"\b(?:nha|xom|thon|ngo|cho|que|truoc cua|canh nha|khu|chung cu) (?:em|toi|tui|minh|chau|con|tao|ni|nay)\b"
    r"|\b(?:me|ba|bo|cha|vo|chong|con|anh|chi|em|ong) (?:trai |gai |noi |ngoai )?(?:em|toi|tui|chau)"
    r" (?:dang|vua|bi|bat tinh)\b|\bcuu (?:voi|toi|em|tui)\b|\b(?:em|toi|tui|chau) (?:dang|vua) (?:thay|bi|o|nghe)\b"
)


def find_forwarding(text: str) -> str:
    """Return the words that mark `text` as forwarded, as written; «» if it is none, or adds an own report."""
    written = to_nfc(text[:HEAD])
    folded = fold_text(written)
    match = (_SOURCE_WORDS.search(folded) and _SOURCES.search(folded)) or _NOTICES.match(folded)
    if match is None or _OWN.search(folded):
        return ""
    quoted = (
        written[match.start() : match.end()] if len(written) == len(folded) else folded[match.start() : match.end()]
    )
    return " ".join(quoted.split()).strip(".:(")
