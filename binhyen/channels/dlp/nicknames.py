"""Detection of nicknames and short names: «Tư Lé», «Hải Sẹo», «biệt danh Cò Lửa», «H «lùn»», «N.V.A». Pure."""

import re
from collections.abc import Iterator, Sequence

from binhyen.channels.dlp.normalize import NormalizedText, WordToken, split_words
from binhyen.channels.dlp.person_names import get_given_names
from binhyen.language.phrase_trie import word_set

Span = tuple[int, int]

_ORDER = word_set("hai ba tư năm sáu bảy tám chín mười út cả cu tí cò ku")
# Sources of nicknames: looks, belongings, character.
_AFTER = word_set(
    "lé lác chột mù cụt què thọt tập sẹo thẹo rỗ ghẻ chàm trọc hói râu ria xăm còi cọc lùn lủn béo mập phệ gầy "
    "ròm kều "
    "đen trắng móm hô vổ vẩu sún sứt điếc câm ngọng lắp gù còng khòm khoèo lửa sét máu lì liều điên khùng ngố "
    "tồ ngơ rồ dại "
    "say nghiện trâu bò heo lợn chó mèo gà vịt khỉ chuột cáo cọp hổ sói gấu rắn ruồi muỗi ốc ếch cóc cút búa "
    "dao kiếm súng "
    "sắt thép đạn bom"
)
# «Bảy Lúa»: only people are called by these, with any following word.
_WHICH = word_set("tư sáu bảy tám chín út cu")
_NO_NAME = word_set(
    "tháng chủ giờ ngày pháp lệnh vấn nhân duy hai ba năm sáu bảy tám chín mươi mười trăm nghìn bà ông và"
)
_PLACES = word_set(
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
_OFFICES = word_set(
    "ca cax cand csgt csqlhc csđt tcqg tp tx tt hcm ubnd ubmt hđnd hđ qs vp vn vnd ht hn qp an antt atgt pccc "
    "thpt thcs "
    "th mn htx sđt đt tdp cccd cmnd qr ql tl nđ qđ tw kh pv bs ts gs vip id cp bhxh bhyt gplx nvqs ubkt tnxp "
    "ccb hlpn mttq sn "
    "hs gv sv nv cb cbcs đv xh hiv aids"
)


def find_nicknames(text: NormalizedText, joined: NormalizedText) -> Iterator[Span]:
    """Find nicknames; spans of the original text. `joined`: the same text with separated letters joined."""
    words = split_words(joined)
    for index in range(len(words) - 1):
        if _is_nickname(words, index):
            yield joined.to_original_span(words[index].start, words[index + 1].end)
    by_start = {word.start: word for word in words}
    for cue in _CUE.finditer(joined.marked.lower()):
        if (name := by_start.get(cue.end())) and name.is_capitalised:
            yield joined.to_original_span(name.start, name.end)
    for match in _AKA.finditer(joined.marked):
        name_part = match["who"]
        if (
            match["nick"].lower() in _AFTER
            and name_part[0].isupper()
            and (len(name_part) == 1 or name_part.lower() in get_given_names())
        ):
            yield joined.to_original_span(*match.span())
    yield from _find_initials(text)


def _is_nickname(tokens: Sequence[WordToken], index: int) -> bool:
    """Return whether two capitalised words are a nickname: a name or birth order, then a nickname word."""
    left, right = tokens[index], tokens[index + 1]
    if (
        not (left.is_capitalised and right.is_capitalised)
        or left.is_all_caps
        or right.is_all_caps
        or right.start != left.end + 1
    ):
        return False
    previous = tokens[index - 1] if index else None
    if left.marked in _WHICH and previous and not previous.is_capitalised and right.marked not in _NO_NAME | _PLACES:
        return previous.marked not in _PLACES
    if right.marked not in _AFTER or (left.marked not in _ORDER and left.marked not in get_given_names()):
        return False
    return previous is None or previous.marked not in _PLACES


def _find_initials(text: NormalizedText) -> Iterator[Span]:
    """Find initials such as «N.V.A», «T.

    Q. B.»; two letters, and letters without points, only after a word for a person.
    """
    for pattern in (_INITIALS, _LETTERS):
        for match in pattern.finditer(text.marked):
            letters = "".join(char for char in match[0] if char.isalpha())
            follows_title = _PERSON.search(text.folded[max(0, match.start() - 14) : match.start()]) is not None
            is_person = follows_title or (pattern is _INITIALS and 2 < len(letters) < 5)
            if is_person and letters.lower() not in _OFFICES:
                yield text.to_original_span(*match.span())
