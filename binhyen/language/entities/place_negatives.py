"""False positives of places: type words with another meaning, and places that are only a person's origin.

A type word may be part of a person's name, «trưởng thôn Bính», or unaccented «cho gọi».
"""

from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import place_cues as words
from binhyen.language.entities.gazetteers import load_given_names
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.place import Place

GazetteerMatch = tuple[int, list[Place]]
"""Gazetteer match at a word: the index after the name, and the places of that name."""
_VERBS_AFTER_CHO: Final = word_set("goi hoi moi choi lu diem thuong lao tot")
# Unaccented lower-case «chua» is «chưa», «den» is «đến»: a pagoda or temple needs one of these before it.
_TEMPLE_CUES: Final = word_set("o tai gan canh sau truoc cong di le ngoai trong giua vao doan")
_GIVING_VERBS: Final = word_set("gui dua tra nop tang giao chuyen")
_GIVING_PARTICLES: Final = word_set("lai tien qua ca het luon giup do")
_NAME_CUES: Final = words.TITLES | {"la"}
_SELF_WORDS: Final = word_set("em toi tui minh chau con bac la no han anh chi ong ba chu von goc cung deu")
_HOME_PREPOSITIONS: Final = word_set("o ve tai duoi ngoai trong den ra vo vao tu")
_WORDS_BEFORE_ORIGIN: Final = _SELF_WORDS | word_set("o tai ngoai noi chong vo me bo cha xa phuong huyen thi tran thon")
_AMBIGUOUS_TYPES: Final = word_set("den cho ho dong cau ban chua deo quan")


def _follows_giving(view: AlignedText, index: int) -> bool:
    """Return True after a verb of giving: «gui tien cho Phuong», «tra lai cho Chu Hung» name a person, not a market."""
    if not index or view.is_capitalized(index) or view.gap_after(index - 1) != " ":
        return False
    previous_word = view.words[index - 1]
    return previous_word in _GIVING_VERBS or (
        index > 1 and previous_word in _GIVING_PARTICLES and view.words[index - 2] in _GIVING_VERBS
    )


def is_cho_for_person(view: AlignedText, index: int) -> bool:
    """Return True for «cho goi», «Cho hoi», «cho van ho»: an unaccented lower-case market needs a preposition."""
    next_word = view.words[index + 1] if index + 1 < len(view.words) else ""
    if not next_word or view.is_capitalized(index + 1):
        return bool(next_word) and _follows_giving(view, index)
    follows_preposition = index > 0 and view.words[index - 1] in words.PREPOSITIONS
    return next_word in _VERBS_AFTER_CHO or (not follows_preposition and not view.is_capitalized(index))


def continues_beyond_known(view: AlignedText, gazetteer: Gazetteer, start: int, end: int, *, cased: bool) -> bool:
    """Return True if the name continues: «cho Phu» is a known market, «cho Phu Mau» another.

    The name begins at `start`, the known one is over at `end`.
    """
    hit = gazetteer.find_at(view, start)
    if hit and hit[0] > end:
        return True
    has_capital_after = (
        end < len(view.words)
        and view.gap_after(end - 1) == " "
        and view.is_capitalized(end - 1)
        and view.is_capitalized(end)
    )
    return cased and has_capital_after and view.words[end] not in words.TITLES and gazetteer.find_at(view, end) is None


def is_part_of_person_name(view: AlignedText, index: int) -> bool:
    """Return True if the type word is part of a person's name: «Phan Đình Phùng», «tên là Hồ Sỹ Bằng», «… lại.

    Hồ Phúc Thiện».
    """
    if not view.is_capitalized(index):
        return False
    if view.gap_after(index - 1) == " " and view.is_capitalized(index - 1) and view.words[index - 1] in words.FAMILY:
        return True
    follows_name_cue = view.gap_after(index - 1) == " " and view.words[index - 1] in _NAME_CUES
    return (follows_name_cue and view.words[index] in words.FAMILY) or _is_signature(view, index)


def is_official_title(view: AlignedText, index: int) -> bool:
    """Return True for «trưởng thôn Bính», «trưởng thôn thu tiền»: one word or a full name belongs to the person."""
    start = index + 1
    if view.words[index - 1] not in ("truong", "pho"):
        return False
    if view.words[start - 1] not in ("thon", "xom", "ban", "khoi") or start >= len(view.words):
        return False
    if not view.is_capitalized(start):
        return not view.words[start].isdecimal() and not view.is_unaccented
    has_second_capital = start + 1 < len(view.words) and view.gap_after(start) == " " and view.is_capitalized(start + 1)
    return not has_second_capital or view.marks[start] in words.MARKED_FAMILY - {"đông", "trường", "hòa"}


def is_unaccented_homograph(
    view: AlignedText, index: int, start: int, match: GazetteerMatch | None, landmark: tuple[int, str] | None
) -> bool:
    """Return True for an unaccented homograph: «den ben xe» is «đến», «cho vong xuyen» is «chỗ», «cua» is «của»."""
    if view.words[index] == "cua":
        return not landmark and not (match and match[0] > start)
    if view.is_capitalized(index) or view.words[index] not in _AMBIGUOUS_TYPES:
        return False
    if view.words[index] in ("chua", "den", "deo", "quan") and start == index + 1:
        return not (landmark or (match and match[0] > start)) and view.words[index - 1] not in _TEMPLE_CUES
    if view.words[index] == "ho" and view.words[start] in words.TITLES:
        return True  # «cứu người xuống hộ bà …»
    inner = words.TYPES.find(view, start)
    return inner is not None and inner[0] > start + 1


def _is_signature(view: AlignedText, index: int) -> bool:
    """Return True for a sentence that begins with a full name: «… đo đạc lại. Hồ Phúc Thiện, tổ …»."""
    is_sentence_start = not index or view.is_sentence_end(index - 1)
    if view.words[index] != "ho" or not view.is_capitalized(index):
        return False
    names = view.marks[index + 1 : index + 3]
    are_capitalized = (
        len(names) == 2
        and view.is_contiguous(index, index + 3)
        and view.is_capitalized(index + 1)
        and view.is_capitalized(index + 2)
    )
    return (
        are_capitalized
        and (is_sentence_start or names[0] in ("văn", "thị", "sỹ", "sĩ", "hữu", "đình"))
        and (names[0] in load_given_names() or names[0] in ("văn", "thị", "sỹ", "sĩ", "hữu", "đình"))
        and (names[1] in load_given_names())
    )


def is_origin_only(view: AlignedText, index: int) -> bool:
    """Return True for the origin of a person: «quê em Can Lộc», «em là người Can Lộc»; «ở quê em» may be the scene."""
    for position in range(index - 1, max(-1, index - 6), -1):
        word = view.words[position]
        if not view.gap_after(position).isspace() and view.gap_after(position) not in (": ", ", "):
            return False
        if word == "quan" and position and view.words[position - 1] in ("que", "nguyen"):
            return True
        if word == "que" and view.marks[position] in ("quê", "que"):
            previous_word = view.words[position - 1] if position else ""
            is_person_name = (
                view.is_capitalized(position) and position > 0 and not view.is_sentence_end(position - 1)
            )  # «Đậu Thị Quê»
            return not is_person_name and previous_word not in _HOME_PREPOSITIONS
        if word == "nguoi":
            return position == index - 1 and position > 0 and view.words[position - 1] in _SELF_WORDS
        if word not in _WORDS_BEFORE_ORIGIN:
            return False
    return False
