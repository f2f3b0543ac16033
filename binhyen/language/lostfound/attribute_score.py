"""Score of the attributes of two posts: positive if the values agree, negative if they differ."""

from collections.abc import Mapping
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.language.lostfound.attributes import Attributes

_WEIGHTS: Final[Mapping[str, tuple[float, float, str, str]]] = {
    # attribute: weight for agreement, weight for difference, both reasons
    "sex": (0.1, -0.4, L_("cùng là con đực, cùng là con cái"), L_("một con đực, một con cái")),
    "breed": (0.22, -0.4, L_("cùng giống chó"), L_("khác giống chó")),
    "cat": (0.2, -0.4, L_("cùng giống mèo"), L_("khác giống mèo")),
    "coat": (0.15, -0.1, L_("cùng kiểu lông"), L_("khác kiểu lông")),
    "collar": (0.06, -0.2, L_("cùng có vòng cổ, cùng không"), L_("một con đeo vòng cổ, một con không")),
    "nose": (0.08, -0.35, L_("cùng xỏ mũi, cùng chưa xỏ"), L_("một con xỏ mũi, một con chưa")),
    "horn": (0.15, -0.12, L_("sừng giống nhau"), L_("sừng khác nhau")),
    "tail": (0.1, -0.15, L_("đuôi giống nhau"), L_("đuôi khác nhau")),
    "ear": (0.06, -0.1, L_("tai giống nhau"), L_("tai khác nhau")),
    "earside": (0.15, -0.2, L_("dấu ở cùng một tai"), L_("dấu ở tai khác bên")),
    "legside": (0.1, -0.2, L_("dấu ở cùng một chân"), L_("dấu ở chân khác bên")),
    "hornside": (0.1, -0.2, L_("dấu ở cùng một sừng"), L_("dấu ở sừng khác bên")),
    "bud": (0.15, -0.4, L_("cùng một bên tai"), L_("tai khác bên")),
    "lens": (0.08, -0.25, L_("cùng loại kính"), L_("khác loại kính")),
    "fold": (0.12, -0.14, L_("cùng kiểu ví"), L_("khác kiểu ví")),
    "whose": (0.04, -0.16, L_("cùng cho nam, cho nữ hay cho trẻ em"), L_("khác người dùng: nam, nữ, trẻ em")),
    "helmet": (0.08, -0.2, L_("cùng kiểu mũ"), L_("khác kiểu mũ")),
    "cycle": (0.1, -0.2, L_("cùng kiểu xe đạp"), L_("khác kiểu xe đạp")),
    "bank": (0.1, -0.12, L_("cùng ngân hàng"), L_("khác ngân hàng")),
    "metal": (0.06, -0.25, L_("cùng chất vàng, bạc"), L_("một món vàng, một món bạc")),
    "hand": (0.04, -0.2, L_("cùng đeo tay, cùng đeo chân"), L_("một món đeo tay, một món đeo chân")),
    "stuff": (0.08, -0.1, L_("cùng chất liệu"), L_("khác chất liệu")),
    "shade": (0.06, -0.22, L_("cùng sắc xanh"), L_("khác sắc xanh")),
    "charm": (0.14, -0.12, L_("cùng hình trên đồ, trên móc"), L_("hình trên đồ, trên móc khác nhau")),
    "number": (0.15, -0.1, L_("cùng số trên đồ"), L_("số trên đồ khác nhau")),
    "year": (0.25, -0.4, L_("cùng năm sinh"), L_("khác năm sinh")),
    "size": (0.2, -0.22, L_("cùng kích cỡ"), L_("khác kích cỡ")),
    "storage": (0.1, -0.2, L_("cùng dung lượng"), L_("khác dung lượng")),
}
_COUNT: Final = (0.12, -0.2, L_("cùng số lượng: {what}"), L_("khác số lượng: {what}"))
_WRITING: Final = (0.25, -0.2, L_("cùng chữ trên đồ"), L_("chữ trên đồ khác nhau"))
_MISSING_PART: Final = (0.15, -0.14, L_("cùng không có {what}"), L_("một bên nói không có {what}"))
_NONE: Final[frozenset[str]] = frozenset()

ScoredReasons = list[tuple[float, str]]


def score_attributes(left: Attributes, right: Attributes) -> ScoredReasons:
    """Return score and reason of each attribute that both posts have."""
    if not left or not right:
        return []
    scores = _score_missing_parts(left, right)
    for aspect, values in left.items():
        right_values = right.get(aspect)
        if not right_values or aspect in ("with", "without"):
            continue
        if aspect == "@":
            same = any(
                left_value in right_value or right_value in left_value
                for left_value in values
                for right_value in right_values
            )
            scores.append((_WRITING[0], _WRITING[2]) if same else (_WRITING[1], _WRITING[3]))
        elif aspect[0] == "#":
            scores += _score_counts(aspect[1:], values, right_values)
        else:
            agreement, difference, same_reason, other_reason = _WEIGHTS[aspect]
            scores.append((agreement, same_reason) if values & right_values else (difference, other_reason))
    return scores


def _score_missing_parts(left: Attributes, right: Attributes) -> ScoredReasons:
    """Score a part that one post says is missing: the other item has it, or lacks it too."""
    missing = left.get("without", _NONE), right.get("without", _NONE)
    if not any(missing):
        return []
    present = (missing[0] & right.get("with", _NONE)) | (missing[1] & left.get("with", _NONE))
    missing_in_both = missing[0] & missing[1]
    scores = [(_MISSING_PART[1], _MISSING_PART[3].format(what=part)) for part in sorted(present)]
    return scores + [(_MISSING_PART[0], _MISSING_PART[2].format(what=part)) for part in sorted(missing_in_both)]


def _score_counts(noun: str, values: frozenset[str], other_values: frozenset[str]) -> ScoredReasons:
    """Score the quantities; «két và 2 chìa nhà» are three keys, and a quantity of one is no evidence."""
    same = values & other_values
    if same:
        return [] if same == {"1"} else [(_COUNT[0], _COUNT[2].format(what=noun))]
    if noun == "chia" and any(
        abs(int(left_count) - int(right_count)) == 1 for left_count in values for right_count in other_values
    ):
        return []
    return [(_COUNT[1], _COUNT[3].format(what=noun))]
