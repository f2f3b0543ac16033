"""Detection of nicknames and short names: «Tư Lé», «Hải Sẹo», «biệt danh Cò Lửa», «H «lùn»», «N.V.A». Pure."""

import re
from collections.abc import Iterator, Sequence

from binhyen.channels.dlp.normalize import Plain, Word, split
from binhyen.channels.dlp.person_names import given_names
from binhyen.language.phrase_trie import bag

Span = tuple[int, int]

_ORDER = bag("hai ba tư năm sáu bảy tám chín mười út cả cu tí cò ku")
# Sources of nicknames: looks, belongings, character.
_AFTER = bag(
    "lé lác chột mù cụt què thọt tập sẹo thẹo rỗ ghẻ chàm trọc hói râu ria xăm còi cọc lùn lủn béo mập phệ gầy "
    "ròm kều "
    "đen trắng móm hô vổ vẩu sún sứt điếc câm ngọng lắp gù còng khòm khoèo lửa sét máu lì liều điên khùng ngố "
    "tồ ngơ rồ dại "
    "say nghiện trâu bò heo lợn chó mèo gà vịt khỉ chuột cáo cọp hổ sói gấu rắn ruồi muỗi ốc ếch cóc cút búa "
    "dao kiếm súng "
    "sắt thép đạn bom"
)
# «Bảy Lúa»: only people are called by these, with any following word.
_WHICH = bag("tư sáu bảy tám chín út cu")
_NO_NAME = bag("tháng chủ giờ ngày pháp lệnh vấn nhân duy hai ba năm sáu bảy tám chín mươi mười trăm nghìn bà ông và")
_PLACES = bag(
    "thứ xã phường thôn xóm ấp tổ làng khối cầu chợ bến núi rú khe đèo hồ sông suối đồng bãi hang đường ngã cồn cửa"
)
_CUE = re.compile(
    r"\b(?:biệt danh|hỗn danh|bí danh|biệt hiệu|thường gọi|còn gọi|hay gọi|tên gọi khác|biet danh|hon danh"
    r"|thuong goi|con goi)"
    r"(?: là| la)?[^\w\n]{1,3}"
)
_AKA = re.compile(r"(?<![\w.])(?P<who>[^\W\d_]\w{0,6})\.? ?[«\"“'(] ?(?P<nick>\w+) ?[»\"”')]")
_INITIALS = re.compile(r"(?<![\w.])[A-ZĐ](?:\. ?[A-ZĐ]){1,5}\b(?:\.(?!\w))?")
_LETTERS = re.compile(r"(?<![\w.])[A-ZĐ]{2,4}(?![\w/-]|\.\w)")
_PERSON = re.compile(
    r"\b(?:doi tuong|nghi (?:pham|can)|bi (?:can|cao|hai)|nan nhan|ong|ba|anh|chi|em|chau|be|co|chu|bac|thang"
    r"|ten)\W{1,2}$"
)
# Abbreviations of offices, places, papers, not of people.
_OFFICES = bag(
    "ca cax cand csgt csqlhc csđt tcqg tp tx tt hcm ubnd ubmt hđnd hđ qs vp vn vnd ht hn qp an antt atgt pccc "
    "thpt thcs "
    "th mn htx sđt đt tdp cccd cmnd qr ql tl nđ qđ tw kh pv bs ts gs vip id cp bhxh bhyt gplx nvqs ubkt tnxp "
    "ccb hlpn mttq sn "
    "hs gv sv nv cb cbcs đv xh hiv aids"
)


def nicknames(text: Plain, said: Plain) -> Iterator[Span]:
    """Find nicknames; spans of the original text. `joined`: the same text with separated letters joined."""
    words = split(said)
    for index in range(len(words) - 1):
        if _called(words, index):
            yield said.span(words[index].start, words[index + 1].end)
    by_start = {word.start: word for word in words}
    for cue in _CUE.finditer(said.marked.lower()):
        if (name := by_start.get(cue.end())) and name.capital:
            yield said.span(name.start, name.end)
    for found in _AKA.finditer(said.marked):
        who = found["who"]
        if found["nick"].lower() in _AFTER and who[0].isupper() and (len(who) == 1 or who.lower() in given_names()):
            yield said.span(*found.span())
    yield from _shortened(text)


def _called(said: Sequence[Word], index: int) -> bool:
    """Return whether two capitalised words are a nickname: a name or birth order, then a nickname word."""
    one, two = said[index], said[index + 1]
    if not (one.capital and two.capital) or one.shouted or two.shouted or two.start != one.end + 1:
        return False
    before = said[index - 1] if index else None
    if one.marked in _WHICH and before and not before.capital and two.marked not in _NO_NAME | _PLACES:
        return before.marked not in _PLACES
    if two.marked not in _AFTER or (one.marked not in _ORDER and one.marked not in given_names()):
        return False
    return before is None or before.marked not in _PLACES


def _shortened(text: Plain) -> Iterator[Span]:
    """Find initials such as «N.V.A», «T.

    Q. B.»; two letters, and letters without points, only after a word for a person.
    """
    for pattern in (_INITIALS, _LETTERS):
        for found in pattern.finditer(text.marked):
            letters = "".join(c for c in found[0] if c.isalpha())
            person = _PERSON.search(text.folded[max(0, found.start() - 14) : found.start()]) is not None
            told = person or (pattern is _INITIALS and 2 < len(letters) < 5)
            if told and letters.lower() not in _OFFICES:
                yield text.span(*found.span())
