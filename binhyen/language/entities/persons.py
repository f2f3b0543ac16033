"""PERSON: names and nicknames, without their title; full names anywhere, given names after a title."""

from binhyen.language.aligned_text import View
from binhyen.language.entities import person_cues as words
from binhyen.language.entities.gazetteers import brands, given_names
from binhyen.language.entities.person_context import couple, is_given, signature, stands_out, subject
from binhyen.language.entities.place_cues import FAMILY, MARKED_FAMILY
from binhyen.language.entities.span_registry import Found


def find(found: Found) -> None:
    """Add PERSON spans; the norm is the folded name."""
    signature(found)
    view = found.view
    mixed = view.names
    free = 0
    for index, word in enumerate(view.words):
        titled = not index or view.marks[index - 1] in words.TITLES
        if not (titled or word in FAMILY or view.capital(index)) or index < free:
            continue
        if index and view.words[index - 1] in ("nha", "chong") and couple(found, index, mixed=mixed):
            free = index + 2
            continue
        end = _full_name(found, index, mixed=mixed) or _after_title(found, index, mixed=mixed)
        if end is None or not found.free(view.starts[index], view.ends[end[1] - 1]):
            continue
        found.add_words("PERSON", *end)
        free = end[1]


def _full_name(found: Found, index: int, *, mixed: bool) -> tuple[int, int] | None:
    """Match a family name and one to three more names, beginning at word `index`."""
    view = found.view
    if view.words[index] not in FAMILY or not found.word_free(index) or view.marks[index] in words.MARKED_KIN:
        return None
    family = view.marks[index] in MARKED_FAMILY or (view.unmarked(index) and view.capital(index))
    if not view.bare and not family:
        return None  # «làm phục vụ», «đăng ký», «đầu tư»
    if (shout := _in_capitals(found, index)) is not None:
        return index, shout
    end = index + 1
    while end < len(view.words) and end - index < 5 and view.gap(end - 1) == " " and found.word_free(end):
        if mixed and view.capital(index):
            if not view.capital(end) or _abbreviation(view, end):
                break
        elif (view.words[end] not in words.FOLDED_GIVEN and view.words[end] not in words.MIDDLE) or (
            view.words[end] in words.NOT_NAME and end - index >= 2
        ):
            break
        end += 1
    count = end - index
    if mixed and view.capital(index):
        return (index, end) if count >= 2 and all(view.words[k].isalpha() for k in range(index, end)) else None
    if not view.bare and any(
        view.marks[k] not in given_names() and view.marks[k] not in words.MARKED_MIDDLE for k in range(index + 1, end)
    ):
        return None  # «đoàn hành hương», «trương đúng đắn»
    if view.words[index + 1 : index + 3] == ["thi", "truong"]:
        return None  # «quản lý thị trường»
    if count < 3 or view.words[end - 1] in ("thi",) or not _like_full_name(view, index, end):
        return None
    return index, end


def _in_capitals(found: Found, index: int) -> int | None:
    """Match the holder of an account («stk … VO THI TU»), all in capitals in a text that is not."""
    view = found.view
    end = index
    while end < len(view.words) and end - index < 5 and found.word_free(end) and _shouted(view, end):
        if end > index and view.gap(end - 1) != " ":
            break
        end += 1
    if end - index < 2 or len(view.words[index]) < 2:
        return None
    near = range(max(0, index - 8), min(len(view.words), end + 8))
    if sum(_shouted(view, k) for k in near) - (end - index) >= 4:
        return None  # the whole message is in capitals
    around = [k for k in (index - 1, index - 2, end, end + 1) if 0 <= k < len(view.words)]
    calm = not any(_shouted(view, k) and len(view.words[k]) > 4 and view.words[k].isalpha() for k in around)
    return end if calm else None


def _shouted(view: View, index: int) -> bool:
    start, end = view.starts[index], view.ends[index]
    return view.words[index].isalpha() and view.cased[start:end].isupper()


def _like_full_name(view: View, index: int, end: int) -> bool:
    """Return True for a lower-case full name, «nguyen van an», with a common middle or capitalised family name."""
    if view.words[index + 1] in words.USUAL_MIDDLE and view.words[index] not in words.DOUBTFUL_FAMILY:
        return True
    return view.capital(index) and view.words[index] in words.USUAL_FAMILY and end - index >= 3


def _after_title(found: Found, index: int, *, mixed: bool) -> tuple[int, int] | None:
    """Match a given name or nickname right after a title or «tên là»."""
    view = found.view
    if not found.word_free(index) or not view.words[index].isalpha():
        return None
    if not index:
        return (0, 1) if _begins(view, mixed=mixed) else None
    title = view.marks[index - 1]
    if view.words[index] in words.NO_NAMES and (view.capital(index) or view.words[index] not in words.FOLDED_GIVEN):
        return None
    if (view.words[index - 1], view.words[index]) in words.NO_PAIRS:
        return None
    if view.words[max(0, index - 2) : index] == ["ba", "con"] or (
        view.words[index] == "cong" and view.words[index + 1 : index + 2] in (["an"], ["tac"], ["ty"])
    ):
        return None  # «bà con Lộc Yên» are the residents of a place
    given = is_given(view, index)
    likely = view.capital(index) and (given or view.words[index - 1] in ("la", "nha"))
    if likely and stands_out(found, index, given=given, mixed=mixed):
        return index, _run(found, index)
    alone = mixed and view.capital(index) and given and _lone_name(found, index)
    if alone or _called(found, index):
        return index, _run(found, index)
    if not _titled(view, index, title):
        return None
    if mixed and view.capital(index) and (len(view.words[index]) > 1 or _initial(view, index)):
        make = not given and brands().starts(view.words[index]) and brands().find(view, index)  # «đi Vision»
        return None if make else (index, _run(found, index))
    return (index, _nick(view, index + 1)) if _small(view, index, title, mixed=mixed) else None


def _begins(view: View, *, mixed: bool) -> bool:
    """Return True if a given name opens the message: «Tùng "sẹo" nhắn …», «Tú ơi», «Hoàng con chị Lài»."""
    if not view.capital(0):
        return False
    if mixed and view.gap(0).strip()[:1] in words.QUOTED and view.marks[0] in given_names():
        return True
    if mixed and len(view.words) > 1 and is_given(view, 0) and subject(view, 0):
        return True
    named = view.words[1:2] == ["oi"] or (view.words[1:2] == ["con"] and set(view.marks[2:3]) & words.PARENTS)
    return bool(named) and view.words[0] in words.SURE_GIVEN and view.words[0] not in words.COMMON


def _titled(view: View, index: int, title: str) -> bool:
    """Return True if a title stands right before word `index`, which may be a name."""
    if view.bare and title in words.VERB_TITLES and not view.capital(index):
        return False  # «đi», «thấy»
    gap = view.gap(index - 1)
    dotted = gap == ". " and (len(title) == 1 or title == "đc")
    fits = title in words.TITLES and (gap.isspace() or gap in (": ", ":") or dotted)
    return fits and view.words[index] not in ("la", "gi", "day", "oi")


def _small(view: View, index: int, title: str, *, mixed: bool) -> bool:
    """Return True for a given name without a capital, after a title that is regularly used with names."""
    strong = title in words.STRONG_TITLES or (title in words.MARKED_TITLES and not view.bare)
    if not strong or (index > 1 and view.words[index - 2] in ("cac", "may", "nhieu", "nhung")):
        return False
    word, name = view.words[index], view.marks[index]
    known = name in given_names() if not view.bare or name != word else word in words.FOLDED_GIVEN
    if not known or word in words.COMMON or word in words.NOT_NAME or (mixed and not view.bare):
        return False
    if not view.bare:
        return name not in words.QUALITIES  # «Ông hiền, không làm hại ai»
    after = view.words[index + 1] if index + 1 < len(view.words) and view.gap(index).isspace() else ""
    return not after or after in words.AFTER_GIVEN


def _initial(view: View, index: int) -> bool:
    """Return True for «ông V.», «cháu Y Loan»."""
    return view.gap(index)[:1] == "." or (view.gap(index) == " " and view.capital(min(index + 1, len(view.words) - 1)))


def _abbreviation(view: View, index: int) -> bool:
    """Return True for «SN», «CA» after a name that is not itself in capitals."""
    start, end = view.starts[index], view.ends[index]
    before = view.cased[view.starts[index - 1] : view.ends[index - 1]]
    return 1 < end - start <= 4 and view.cased[start:end].isupper() and not before.isupper()


def _called(found: Found, index: int) -> bool:
    """Return True for a capitalised given name between «liên hệ», «gặp», «Mr» and a phone."""
    view = found.view
    if not view.capital(index) or view.words[index] not in words.FOLDED_GIVEN or len(view.words[index]) < 2:
        return False
    before = view.words[index - 1]
    if before in ("mr", "ms", "mrs"):
        return True
    return before in words.BEFORE_CALLED and (
        found.kind_at(index + 1) == "PHONE"
        or (view.gap(index).strip() in ("", ",", ".") and before in ("lh", "he", "gap"))
    )


def _lone_name(found: Found, index: int) -> bool:
    """Return True for a name that is called («Tú ơi»), listed after a person, or after a cue word of names."""
    view = found.view
    after = view.words[index + 1] if index + 1 < len(view.words) and view.gap(index) == " " else ""
    if after == "con" and view.marks[index + 2 : index + 3] and view.marks[index + 2] in words.PARENTS:
        return True  # «Hoàng con chị Lài»
    if after == "oi" or (found.kind_before(index) == "PERSON" and view.gap(index - 1).strip() in (",", "và", "&")):
        return True
    if view.words[index - 1] in words.MINE:
        return view.gap(index - 1) == " "  # «con gái tôi Mai», «thằng em tui Hoan»
    opens = index == 1 or not view.capital(index - 1)  # false for «Bộ Quốc phòng»
    return opens and view.gap(index - 1) == " " and view.words[index - 1] in words.BEFORE_NAME


def _run(found: Found, index: int) -> int:
    view = found.view
    end = index + 1
    while (
        end < len(view.words)
        and end - index < 5
        and view.gap(end - 1) == " "
        and view.capital(end)
        and found.word_free(end)
    ):
        if not view.words[end].isalpha() or _abbreviation(view, end):
            break
        end += 1
    return _nick(view, end)


def _nick(view: View, end: int) -> int:
    """Return the end including a nickname, «Hùng sẹo»; a nickname in quotes is not part of the name."""
    if end >= len(view.words):
        return end
    gap = view.gap(end - 1)
    if gap == " " and view.marks[end] in words.NICK and not view.capital(end):
        after = view.words[end + 1] if end + 1 < len(view.words) and view.gap(end).isspace() else ""
        return end + 1 if after not in ("thui", "om", "hon", "lam", "tong", "tien") else end
    if gap == " " and end + 1 < len(view.words) and view.marks[end + 1] in words.NICK_ENDS and view.gap(end) == " ":
        pair = view.marks[end] in words.NICK_PAIRS or " ".join(view.marks[end : end + 2]) in words.NICK_PAIRS
        return end + 2 if pair else end
    return end
