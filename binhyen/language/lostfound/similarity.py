"""Similarity of two items: exact numbers, names, kind, colour and brand, each with a weight and a reason."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text, to_name_key
from binhyen.language.entities.gazetteers import read_rows_of
from binhyen.language.lostfound.post_features import AbbreviatedName, PostFeatures, is_one_edit_apart
from binhyen.language.phrase_trie import word_set

# Comparison of personal names in two posts: equal, equal but for diacritics, abbreviated, or different.


def matches_abbreviation(abbreviation: AbbreviatedName, names: Iterable[str]) -> bool:
    """Return True if one of the full names matches the abbreviation."""
    for name in names:
        parts = name.split()
        if len(abbreviation) <= len(parts) <= len(abbreviation) + 1 and all(map(str.startswith, parts, abbreviation)):
            return True
    return False


def differs_only_in_diacritics(left_names: frozenset[str], right_names: frozenset[str]) -> bool:
    """Return True if accented names differ, but some pair is equal without diacritics: «Hương», «Hường».

    A partial name is equal to the full one: «Hương» and «Thị Hương».
    """
    if any(_is_same_name(_name_key(left), _name_key(right)) for left in left_names for right in right_names):
        return False
    return any(_is_same_name(_fold_name(left), _fold_name(right)) for left in left_names for right in right_names)


# One new post is compared with hundreds of others.
_name_key, _fold_name = lru_cache(maxsize=16_384)(to_name_key), lru_cache(maxsize=16_384)(fold_text)


def _is_same_name(left: str, right: str) -> bool:
    return left == right or left.endswith(" " + right) or right.endswith(" " + left)


_SAME_NAME: Final = L_("cùng tên trên giấy tờ")
_HALF_NAME: Final = L_("cùng tên, một bên thiếu họ")
_OTHER_MARKS: Final = L_("tên khác dấu")
_NEAR_NAME: Final = L_("tên gần giống, lệch một chữ")
_CUT_NAME: Final = L_("tên viết tắt khớp")
_OTHER_NAME: Final = L_("khác tên trên giấy tờ")
_NAMED_BOTH: Final = L_("cùng nhắc một tên người")
_SAME_SUM: Final = L_("cùng số tiền")
_OTHER_SUM: Final = L_("khác số tiền")
_NEAR_KIND: Final = L_("loại đồ gần nhau")
_OTHER_KIND: Final = L_("khác loại đồ vật")
_OTHER_COLOUR: Final = L_("khác màu")
_OTHER_BRAND: Final = L_("khác hiệu")
_SAME_KIND: Final = L_("cùng loại: {what}")
_SAME_BRAND: Final = L_("cùng hiệu {what}")
_SAME_COLOUR: Final = L_("cùng màu {what}")
_OTHER_MODEL: Final = L_("khác dòng {what}")
_HUE_NAMES: Final = {
    "do": L_("đỏ"),
    "tim": L_("tím"),
    "vang": L_("vàng"),
    "trang": L_("trắng"),
    "den": L_("đen"),
    "nau": L_("nâu"),
    "xam": L_("xám"),
    "hong": L_("hồng"),
    "bac": L_("bạc"),
    "ran": L_("rằn ri"),
}
# An item has one plate, a card one number: different numbers mean different items. Phone numbers are the writers' own.
_CONFLICT_REASONS: Final = {
    "PLATE": L_("khác biển số"),
    "ID_NUMBER": L_("khác số giấy tờ"),
    "SERIAL": L_("khác số máy, số thẻ"),
}
_NAMED_PAPERS: Final = word_set("idcard licence bankcard healthcard studentcard passport papers wallet registration")
_TAILED: Final = frozenset(("PLATE", "ID_NUMBER", "BANK_ACCOUNT", "SERIAL"))
_SAME_TAIL: Final = L_("khớp số cuối")
_OTHER_TAIL: Final = L_("khác số cuối")
_KEY_NAMES: Final = {
    "PLATE": L_("cùng biển số"),
    "ID_NUMBER": L_("cùng số giấy tờ"),
    "PHONE": L_("cùng số điện thoại"),
    "BANK_ACCOUNT": L_("cùng số tài khoản"),
    "SERIAL": L_("cùng số máy, số thẻ"),
    "URL": L_("cùng liên kết"),
}


def score_identifiers(left: PostFeatures, right: PostFeatures) -> list[tuple[float, str]]:
    same = left.keys & right.keys
    scores: list[tuple[float, str]] = [(0.9, _KEY_NAMES[key.split(":")[0]]) for key in sorted(same)[:2]]
    if left.keys and right.keys:
        scores += [(-0.5, reason) for kind, reason in _CONFLICT_REASONS.items() if _has_conflict(kind, left, right)]
    if not same and (left.keys or right.keys or (left.tails and right.tails)):
        scores += _score_partial_numbers(left, right)
    if left.full_names or right.full_names or ((left.people or left.hidden) and (right.people or right.hidden)):
        scores += _score_names(left, right)
    if left.sums and right.sums:
        scores.append((0.2, _SAME_SUM) if left.sums & right.sums else (-0.1, _OTHER_SUM))
    return scores


def _score_partial_numbers(left: PostFeatures, right: PostFeatures) -> list[tuple[float, str]]:
    """Score «biển đuôi 7.09»: the end of a number that the other post gives in full."""
    for partial, full in ((left, right), (right, left)):
        whole = [digits for key in full.keys if key.split(":")[0] in _TAILED and (digits := _extract_digits(key))]
        if whole and any(
            len(partial_digits) < 6 and number.endswith(partial_digits)
            for partial_digits in partial.digits
            for number in whole
        ):
            return [(0.4, _SAME_TAIL)]
        if (
            whole
            and partial.tails
            and not any(full_number.endswith(tail) for tail in partial.tails for full_number in whole)
        ):
            return [(-0.3, _OTHER_TAIL)]
    if left.tails and right.tails:
        return [(0.3, _SAME_TAIL) if left.tails & right.tails else (-0.25, _OTHER_TAIL)]
    return []


def _extract_digits(key: str) -> str:
    return "".join(char for char in key.split(":", 1)[1] if char.isdigit())


def _score_names(left: PostFeatures, right: PostFeatures) -> list[tuple[float, str]]:
    """Score the name on the papers: full, without family name, with other diacritics, abbreviated, or different."""
    left_names, right_names = left.full_names, right.full_names
    papers = all(not _NAMED_PAPERS.isdisjoint(post.items) for post in (left, right))
    if differs_only_in_diacritics(left.names, right.names):
        return [(-0.3, _OTHER_MARKS)]
    if left_names & right_names or _is_name_in_text(left_names, right) or _is_name_in_text(right_names, left):
        is_on_item = papers or " ten " in left.text or " ten " in right.text
        return [(0.7, _SAME_NAME) if is_on_item else (0.5, _NAMED_BOTH)]
    if any(
        left_name.endswith(" " + right_name) or right_name.endswith(" " + left_name)
        for left_name in left_names
        for right_name in right_names
    ):
        return [(0.55, _HALF_NAME)]
    if any(
        matches_abbreviation(cut, names)
        for cuts, names in ((left.hidden, right_names), (right.hidden, left_names))
        for cut in cuts
    ):
        return [(0.5, _CUT_NAME)]
    if any(_is_misspelt_name(left_name, right_name) for left_name in left_names for right_name in right_names):
        return [(0.45, _NEAR_NAME)]
    if left_names and right_names and papers:
        return [(-0.35, _OTHER_NAME)]
    if left.people & right.people:
        return [(0.3 if papers else 0.15, _NAMED_BOTH)]
    if left.people and right.people and papers:
        return [(-0.2, _OTHER_NAME)]
    return []


def _is_misspelt_name(left: str, right: str) -> bool:
    """Return True if two names differ in one letter, the given name included; a family name may be missing."""
    left_words, right_words = left.split(), right.split()
    count = min(len(left_words), len(right_words))
    return count > 1 and is_one_edit_apart(" ".join(left_words[-count:]), " ".join(right_words[-count:]))


def _is_name_in_text(names: frozenset[str], post: PostFeatures) -> bool:
    """Return True if a full name occurs in the other text too, where no name was recognised."""
    return not post.full_names and any(name.count(" ") > 1 and f" {name} " in post.text for name in names)


def _has_conflict(kind: str, left: PostFeatures, right: PostFeatures) -> bool:
    """Return True if both contain a number of this kind, and none in common."""
    left_keys, right_keys = ({key for key in post.keys if key.startswith(kind)} for post in (left, right))
    return bool(left_keys and right_keys) and not left_keys & right_keys


def score_appearance(left: PostFeatures, right: PostFeatures) -> list[tuple[float, str]]:
    scores: list[tuple[float, str]] = []
    shared = left.items & right.items
    if shared:
        part = len(shared) / len(left.items | right.items)
        scores.append((0.25 + 0.1 * part, _SAME_KIND.format(what=_format_groups(shared))))
    elif left.items and right.items:
        related = max(
            _load_related_groups().get(frozenset((left_item, right_item)), 0.0)
            for left_item in left.items
            for right_item in right.items
        )
        is_list = len(left.items) > 1 or len(right.items) > 1  # a list may mix the item with others that were with it
        scores.append((0.25 * related, _NEAR_KIND) if related else (-0.15 if is_list else -0.25, _OTHER_KIND))
    elif left.items or right.items:
        scores.append((-0.05, ""))
    scores += _score_colors(left, right)
    if left.brands and right.brands:
        scores.append(_score_brand(left, right))
    return scores


def _score_colors(left: PostFeatures, right: PostFeatures) -> list[tuple[float, str]]:
    """Score colours: those of the item for and against, those of its accessories only for."""
    if shared := left.colors & right.colors:
        return [(0.16, _SAME_COLOUR.format(what=_format_hues(shared)))]
    scores = [(-0.31, _OTHER_COLOUR)] if left.colors and right.colors else []
    if accent_matches := (left.accents & (right.colors | right.accents)) | (right.accents & left.colors):
        scores.append((0.1, _SAME_COLOUR.format(what=_format_hues(accent_matches))))
    return scores


def _score_brand(left: PostFeatures, right: PostFeatures) -> tuple[float, str]:
    """Score brands: the same maker counts a little; two models of one maker count against."""
    same = left.brands & right.brands
    left_models, right_models = ({word for word in post.brands if word[-1].isdecimal()} for post in (left, right))
    if same and left_models and right_models and not left_models & right_models:
        return -0.12, _OTHER_MODEL.format(what=" ".join(sorted(same)))
    if same - left.makers:
        return 0.12 + 0.04 * min(3, len(same)), _SAME_BRAND.format(what=" ".join(sorted(same)))
    shared_makers = left.makers & right.makers
    if not shared_makers:
        return -0.14, _OTHER_BRAND
    both_have_models = left.brands - left.makers and right.brands - right.makers
    makers = " ".join(sorted(shared_makers))
    return (-0.06, _OTHER_MODEL.format(what=makers)) if both_have_models else (0.12, _SAME_BRAND.format(what=makers))


def _format_hues(hues: frozenset[str]) -> str:
    return ", ".join(_HUE_NAMES.get(hue, hue) for hue in sorted(hues))


@lru_cache(maxsize=1)
def _load_related_groups() -> dict[frozenset[str], float]:
    """Return the similarity (0..1) of two groups of items."""
    return {frozenset((left, right)): float(weight) for left, right, weight in read_rows_of("related.tsv")}


@lru_cache(maxsize=1)
def _load_group_names() -> dict[str, str]:
    return {row[0]: row[1] for row in read_rows_of("things.tsv")}


def _format_groups(groups: frozenset[str]) -> str:
    return ", ".join(_load_group_names().get(group, "đồ vật") for group in sorted(groups)[:3])
