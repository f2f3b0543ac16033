"""Detection of person names. Pure.

An officer writes to a group with diacritics and capitals, so a name is recognised by its title or family name. Names
without diacritics or capitals are found by titles that never appear in a notice, and by the names of the case itself.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from binhyen.channels.dlp.normalize import NormalizedText, WordToken, split_words
from binhyen.kit.text import fold_text
from binhyen.language.phrase_trie import word_set
from binhyen.language.tokenizer import DATA

Span = tuple[int, int]

_TITLES = word_set(
    "ông bà anh chị em cháu chú bác cô dì cậu mợ thím o mệ cụ bé bạn tên thằng mụ lão gã con nhà hộ tượng "
)
_SHORT_TITLES = word_set("a c ô e b")
_BARE_TITLES = word_set("ong ba anh chi em chau chu bac co di cau cu be ten")
_CONTEMPT = word_set("thằng thg thag mụ gã")  # never used in a notice: any word after it is a name
_FAMILY = word_set(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương đinh trịnh mai lương cao thái chu tạ đào đậu "
    "lý lại tống tôn doãn đàm phùng kiều trương lâm quách nghiêm tô bạch thạch hà"
)
_FAMILY_BARE = frozenset(fold_text(name) for name in _FAMILY) - {"ha"}
_EVERYDAY = word_set("do ho le to ly chu cao lai dau vo")  # family names that are common words without diacritics
_MIDDLE = word_set("van thi huu duc dinh quoc ngoc xuan minh thanh dang cong quang ba trong")
# Capitalised words after a title that are no names.
_NOT_NAMES = word_set(
    "công an con chị anh em ông bà xã phường thôn tổ ubnd nhà nước đảng tết văn trường học giáo zalo facebook báo táo "
    "hàng quốc bị thứ chủ phó đoàn hội mặt trận luật nghị vệ sinh khu cụm đội ban cơ quan hãy xin mọi mời lưu nữ nam "
    "các những người tháng ngày lớp tdp thpt thcs th tp ql vneid otp csgt pccc nơi không nếu và ở khi vui cấm gọi "
    "bỏ tất toàn thì rất ca a e nao nay bí chánh giám hiệu"
)
_NOT_AFTER_THANG = word_set("nay truoc sau moi toi gieng chap cho")  # «thang» is also «tháng»
# Places and persons that streets are named after.
_KNOWN = (
    "ho chi minh",
    "bac ho",
    "vo nguyen giap",
    "nguyen du",
    "ha tinh",
    "ha noi",
    "ha giang",
    "ha nam",
    "ha long",
    "vu quang",
    "cao thang",
)
_NAMED_AFTER = word_set(
    "duong pho truong thpt thcs phuong xa thon to ngo cho cau hem khoi ham den lang thi tran huyen tieu hoc mam non "
    "khu vien quang ho song ga ben cang dp tdp dau bia tuong dai"
)
_LINKS = word_set("ở bị con vợ chồng xóm nhà đã bán đánh trộm lấy hiện thường trú là")
_COUNTED = word_set("thu thang ngay")
_CAMEL = re.compile(r"[A-ZĐ][^\W\d_A-ZĐ]+")
_RANKS = re.compile(r"(?:dong chi|d/c|dc|thieu uy|trung uy|thuong uy|dai uy|thieu ta|trung ta|thuong ta|dai ta)\W*$")


def find_person_names(
    text: NormalizedText, *, case_names: Sequence[str], officer_names: frozenset[str]
) -> Iterator[Span]:
    """Find person names. `case_names`: names of the case, folded; `officer_names`: officers of the unit, folded."""
    tokens = split_words(text)
    is_all_caps = sum(token.is_all_caps for token in tokens) * 2 > len(tokens)
    is_unaccented = text.folded == text.marked.lower()
    covered_until = -1
    for index, word in enumerate(tokens):
        if word.start < covered_until:
            continue
        end = (
            index + 1
            if _is_joined_name(text.marked[word.start : word.end])
            else (
                _find_titled_name_end(tokens, index, is_all_caps=is_all_caps, is_unaccented=is_unaccented)
                or _find_family_name_end(tokens, index, is_all_caps=is_all_caps)
            )
        )
        if end is not None and not _is_public_person(text, tokens, index, end, officer_names):
            covered_until = tokens[end - 1].end
            yield text.to_original_span(word.start, covered_until)
    yield from _find_case_names(text, tokens, case_names)


def _is_public_person(
    text: NormalizedText, tokens: Sequence[WordToken], index: int, end: int, officer_names: frozenset[str]
) -> bool:
    """Return whether the name is that of an officer with rank on duty, or of a historical person."""
    first_index = index + 1 if tokens[index].marked in _TITLES else index
    name = " ".join(token.folded for token in tokens[first_index:end])
    has_rank = (
        _RANKS.search(text.folded[: tokens[first_index].start]) is not None if first_index < len(tokens) else False
    )
    return name.startswith(_KNOWN) or (has_rank and any(name in officer for officer in officer_names))


def _is_joined_name(word: str) -> bool:
    """Return whether the word is a joined name: «NguyenVanHung»."""
    parts = _CAMEL.findall(word)
    return len(parts) > 1 and "".join(parts) == word and fold_text(parts[0]) in _FAMILY_BARE


def _find_titled_name_end(
    tokens: Sequence[WordToken], index: int, *, is_all_caps: bool, is_unaccented: bool
) -> int | None:
    """Return the end of a name after a title: capitalised words, or any word after a title of contempt."""
    word = tokens[index]
    if index + 1 >= len(tokens):
        return None
    next_word = tokens[index + 1]
    if next_word.folded.isdecimal() or (word.folded == "con" and index and tokens[index - 1].folded == "ba"):
        return None
    if _is_contemptuous(word, next_word, is_unaccented=is_unaccented) and len(next_word.folded) > 1:
        return min(index + 2 + (_continues_name(tokens, index + 2) and not is_all_caps), len(tokens))
    if word.marked in _SHORT_TITLES:  # «c. Liên»; a letter at the start of a line numbers a list
        is_adjacent_name = (
            next_word.start - word.end <= 2
            and index > 0
            and next_word.is_capitalised
            and next_word.marked not in _NOT_NAMES
        )
        return index + 2 if is_adjacent_name and not is_all_caps else None
    is_title = word.marked in _TITLES or (is_unaccented and word.folded in _BARE_TITLES)
    if not is_title:
        return None
    end = index + 1
    while not is_all_caps and end < len(tokens) and end - index <= 4 and _continues_name(tokens, end):
        end += 1
    return end if end > index + 1 else _find_lowercase_name_end(tokens, index)


def _is_contemptuous(word: WordToken, next_word: WordToken, *, is_unaccented: bool) -> bool:
    if word.marked in _CONTEMPT:
        return True
    return is_unaccented and word.folded == "thang" and next_word.folded not in _NOT_AFTER_THANG


def _find_lowercase_name_end(tokens: Sequence[WordToken], index: int) -> int | None:
    """Return the end of a lower-case name as in «chị hoa ở thôn 3»: title, given name, and a word about the person."""
    if tokens[index].folded not in _BARE_TITLES or index + 2 >= len(tokens):
        return None
    name, link = tokens[index + 1], tokens[index + 2]
    is_given_name = name.marked in get_given_names() and name.marked not in _NOT_NAMES
    return index + 2 if is_given_name and link.marked in _LINKS else None


def _continues_name(tokens: Sequence[WordToken], index: int) -> bool:
    """Return whether the word continues a name: capitalised, directly after the previous word."""
    if index >= len(tokens) or (index and tokens[index].start != tokens[index - 1].end + 1):
        return False
    word = tokens[index]
    if word.marked == "gia" and index + 1 < len(tokens) and not tokens[index + 1].is_capitalised:
        return False  # «Gia đình»
    return (
        word.is_capitalised and word.marked not in _NOT_NAMES and not word.folded.isdecimal() and len(word.folded) <= 7
    )


def _find_family_name_end(tokens: Sequence[WordToken], index: int, *, is_all_caps: bool) -> int | None:
    """Return the end of a name that begins with a family name: capitalised, or with a middle name in any spelling."""
    word = tokens[index]
    is_unaccented = word.folded == word.marked and word.folded in _FAMILY_BARE
    if (
        not (is_unaccented or word.marked in _FAMILY)
        or index + 1 >= len(tokens)
        or word.end + 1 != tokens[index + 1].start
    ):
        return None
    if index and tokens[index - 1].folded in _NAMED_AFTER and tokens[index - 1].start > word.start - 12:
        return None
    if index + 2 < len(tokens) and tokens[index + 1].folded in _MIDDLE and tokens[index + 2].folded.isalpha():
        has_same_case = word.is_capitalised == tokens[index + 1].is_capitalised == tokens[index + 2].is_capitalised
        if has_same_case and (word.is_capitalised or word.folded not in _EVERYDAY):
            return index + 3
    end = index + 1
    while (
        not is_all_caps
        and word.is_capitalised
        and end < len(tokens)
        and end - index < 4
        and _continues_name(tokens, end)
    ):
        end += 1
    return end if end - index >= 2 else None


def _find_case_names(text: NormalizedText, tokens: Sequence[WordToken], case_names: Sequence[str]) -> Iterator[Span]:
    """Find names of the case in any spelling; one of a single syllable only after a title or capitalised."""
    for name in case_names:
        parts = name.split()
        for index in range(len(tokens) - len(parts) + 1):
            if [token.folded for token in tokens[index : index + len(parts)]] != parts:
                continue
            previous_word = tokens[index - 1].folded if index else ""
            has_title = previous_word in _BARE_TITLES | {"thang", "mu", "nha", "con"}
            if previous_word == "anh" and tokens[index].marked == "hùng" and not tokens[index].is_capitalised:
                continue  # «anh hùng»
            if (
                len(parts) > 1
                or has_title
                or (tokens[index].is_capitalised and index > 0 and previous_word not in _COUNTED)
            ):
                yield text.to_original_span(tokens[index].start, tokens[index + len(parts) - 1].end)


@lru_cache(maxsize=1)
def get_given_names() -> frozenset[str]:
    lines = (DATA / "given_names.tsv").read_text(encoding="utf-8").splitlines()
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).split())


# Detection of nicknames and short names: «Tư Lé», «Hải Sẹo», «biệt danh Cò Lửa», «H «lùn»», «N.V.A». Pure.

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
