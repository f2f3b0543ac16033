"""Detection of person names. Pure.

An officer writes to a group with diacritics and capitals, so a name is recognised by its title or family name. Names
without diacritics or capitals are found by titles that never appear in a notice, and by the names of the case itself.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from binhyen.channels.dlp.normalize import Plain, Word, split
from binhyen.kit.text import fold
from binhyen.language.phrase_trie import bag
from binhyen.language.tokenizer import DATA

Span = tuple[int, int]

_TITLES = bag("ông bà anh chị em cháu chú bác cô dì cậu mợ thím o mệ cụ bé bạn tên thằng mụ lão gã con nhà hộ tượng ")
_SHORT_TITLES = bag("a c ô e b")
_BARE_TITLES = bag("ong ba anh chi em chau chu bac co di cau cu be ten")
_CONTEMPT = bag("thằng thg thag mụ gã")  # never used in a notice: any word after it is a name
_FAMILY = bag(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương đinh trịnh mai lương cao thái chu tạ đào đậu "
    "lý lại tống tôn doãn đàm phùng kiều trương lâm quách nghiêm tô bạch thạch hà"
)
_FAMILY_BARE = frozenset(fold(name) for name in _FAMILY) - {"ha"}
_EVERYDAY = bag("do ho le to ly chu cao lai dau vo")  # family names that are common words without diacritics
_MIDDLE = bag("van thi huu duc dinh quoc ngoc xuan minh thanh dang cong quang ba trong")
# Capitalised words after a title that are no names.
_NOT_NAMES = bag(
    "công an con chị anh em ông bà xã phường thôn tổ ubnd nhà nước đảng tết văn trường học giáo zalo facebook báo táo "
    "hàng quốc bị thứ chủ phó đoàn hội mặt trận luật nghị vệ sinh khu cụm đội ban cơ quan hãy xin mọi mời lưu nữ nam "
    "các những người tháng ngày lớp tdp thpt thcs th tp ql vneid otp csgt pccc nơi không nếu và ở khi vui cấm gọi "
    "bỏ tất toàn thì rất ca a e nao nay bí chánh giám hiệu"
)
_NOT_AFTER_THANG = bag("nay truoc sau moi toi gieng chap cho")  # «thang» is also «tháng»
# Places and persons that streets are named after.
_KNOWN = (
    "ho chi minh", "bac ho", "vo nguyen giap", "nguyen du", "ha tinh", "ha noi", "ha giang", "ha nam", "ha long",
    "vu quang", "cao thang",
)  # fmt: skip
_NAMED_AFTER = bag(
    "duong pho truong thpt thcs phuong xa thon to ngo cho cau hem khoi ham den lang thi tran huyen tieu hoc mam non "
    "khu vien quang ho song ga ben cang dp tdp dau bia tuong dai"
)
_LINKS = bag("ở bị con vợ chồng xóm nhà đã bán đánh trộm lấy hiện thường trú là")
_COUNTED = bag("thu thang ngay")
_CAMEL = re.compile(r"[A-ZĐ][^\W\d_A-ZĐ]+")
_RANKS = re.compile(r"(?:dong chi|d/c|dc|thieu uy|trung uy|thuong uy|dai uy|thieu ta|trung ta|thuong ta|dai ta)\W*$")


def persons(text: Plain, *, known: Sequence[str], open_names: frozenset[str]) -> Iterator[Span]:
    """Find person names. `case_names`: names of the case, folded; `officer_names`: officers of the unit, folded."""
    said = split(text)
    loud = sum(w.shouted for w in said) * 2 > len(said)
    bare = text.folded == text.marked.lower()
    taken = -1
    for index, word in enumerate(said):
        if word.start < taken:
            continue
        end = index + 1 if _run_together(text.marked[word.start : word.end]) else (
            _titled(said, index, loud=loud, bare=bare) or _family(said, index, loud=loud)
        )  # fmt: skip
        if end is not None and not _excused(text, said, index, end, open_names):
            taken = said[end - 1].end
            yield text.span(word.start, taken)
    yield from _of_the_case(text, said, known)


def _excused(text: Plain, said: Sequence[Word], index: int, end: int, open_names: frozenset[str]) -> bool:
    """Return whether the name is that of an officer with rank on duty, or of a historical person."""
    first = index + 1 if said[index].marked in _TITLES else index
    name = " ".join(w.folded for w in said[first:end])
    ranked = _RANKS.search(text.folded[: said[first].start]) is not None if first < len(said) else False
    return name.startswith(_KNOWN) or (ranked and any(name in officer for officer in open_names))


def _run_together(word: str) -> bool:
    """Return whether the word is a joined name: «NguyenVanHung»."""
    parts = _CAMEL.findall(word)
    return len(parts) > 1 and "".join(parts) == word and fold(parts[0]) in _FAMILY_BARE


def _titled(said: Sequence[Word], index: int, *, loud: bool, bare: bool) -> int | None:
    """Return the end of a name after a title: capitalised words, or any word after a title of contempt."""
    word = said[index]
    if index + 1 >= len(said):
        return None
    after = said[index + 1]
    if after.folded.isdecimal() or (word.folded == "con" and index and said[index - 1].folded == "ba"):
        return None
    if _contempt(word, after, bare=bare) and len(after.folded) > 1:
        return min(index + 2 + (_capital(said, index + 2) and not loud), len(said))
    if word.marked in _SHORT_TITLES:  # «c. Liên»; a letter at the start of a line numbers a list
        near = after.start - word.end <= 2 and index > 0 and after.capital and after.marked not in _NOT_NAMES
        return index + 2 if near and not loud else None
    titled = word.marked in _TITLES or (bare and word.folded in _BARE_TITLES)
    if not titled:
        return None
    end = index + 1
    while not loud and end < len(said) and end - index <= 4 and _capital(said, end):
        end += 1
    return end if end > index + 1 else _lower(said, index)


def _contempt(word: Word, after: Word, *, bare: bool) -> bool:
    if word.marked in _CONTEMPT:
        return True
    return bare and word.folded == "thang" and after.folded not in _NOT_AFTER_THANG


def _lower(said: Sequence[Word], index: int) -> int | None:
    """Return the end of a lower-case name as in «chị hoa ở thôn 3»: title, given name, and a word about the person."""
    if said[index].folded not in _BARE_TITLES or index + 2 >= len(said):
        return None
    name, link = said[index + 1], said[index + 2]
    known = name.marked in given_names() and name.marked not in _NOT_NAMES
    return index + 2 if known and link.marked in _LINKS else None


def _capital(said: Sequence[Word], index: int) -> bool:
    """Return whether the word continues a name: capitalised, directly after the previous word."""
    if index >= len(said) or (index and said[index].start != said[index - 1].end + 1):
        return False
    word = said[index]
    if word.marked == "gia" and index + 1 < len(said) and not said[index + 1].capital:
        return False  # «Gia đình»
    return word.capital and word.marked not in _NOT_NAMES and not word.folded.isdecimal() and len(word.folded) <= 7


def _family(said: Sequence[Word], index: int, *, loud: bool) -> int | None:
    """Return the end of a name that begins with a family name: capitalised, or with a middle name in any spelling."""
    word = said[index]
    bare = word.folded == word.marked and word.folded in _FAMILY_BARE
    if not (bare or word.marked in _FAMILY) or index + 1 >= len(said) or word.end + 1 != said[index + 1].start:
        return None
    if index and said[index - 1].folded in _NAMED_AFTER and said[index - 1].start > word.start - 12:
        return None
    if index + 2 < len(said) and said[index + 1].folded in _MIDDLE and said[index + 2].folded.isalpha():
        alike = word.capital == said[index + 1].capital == said[index + 2].capital
        if alike and (word.capital or word.folded not in _EVERYDAY):
            return index + 3
    end = index + 1
    while not loud and word.capital and end < len(said) and end - index < 4 and _capital(said, end):
        end += 1
    return end if end - index >= 2 else None


def _of_the_case(text: Plain, said: Sequence[Word], known: Sequence[str]) -> Iterator[Span]:
    """Find names of the case in any spelling; one of a single syllable only after a title or capitalised."""
    for name in known:
        parts = name.split()
        for index in range(len(said) - len(parts) + 1):
            if [w.folded for w in said[index : index + len(parts)]] != parts:
                continue
            before = said[index - 1].folded if index else ""
            titled = before in _BARE_TITLES | {"thang", "mu", "nha", "con"}
            if before == "anh" and said[index].marked == "hùng" and not said[index].capital:
                continue  # «anh hùng»
            if len(parts) > 1 or titled or (said[index].capital and index > 0 and before not in _COUNTED):
                yield text.span(said[index].start, said[index + len(parts) - 1].end)


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    lines = (DATA / "given_names.tsv").read_text(encoding="utf-8").splitlines()
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).split())
