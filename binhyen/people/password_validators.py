"""Password validator against obvious passwords: words of the program and the person's name with some digits."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from binhyen.kit.text import fold_text

_COMMON_WORDS = (
    "binhyen",
    "congan",
    "hatinh",
    "matkhau",
    "password",
    "trucban",
    "canbo",
    "vietnam",
    "xinchao",
    "anninh",
)
_MIN_REMAINING = 6  # characters that must remain without those words and plain runs of digits


class NotOurWords:
    """Entry of AUTH_PASSWORD_VALIDATORS. No composition rules: length and the remaining characters count."""

    def validate(self, password: str, user: Any = None) -> None:
        remaining = re.sub(r"[\W_]", "", fold_text(password))
        names = f"{getattr(user, 'username', '')} {getattr(user, 'name', '')}"
        words = [
            *_COMMON_WORDS,
            *(word_part for word_part in re.split(r"[\W_]+", fold_text(names)) if len(word_part) > 2),
        ]
        for word in sorted(words, key=len, reverse=True):
            remaining = remaining.replace(word, "")
        remaining = re.sub(r"(\d)\1+|(?:19|20)\d\d|0?123456789?0?|(.)\2{2,}", "", remaining)
        if len(remaining) < _MIN_REMAINING:
            raise ValidationError(_("Mật khẩu dễ đoán: chỉ gồm tên người, tên đơn vị hoặc từ quen thuộc."), code="ours")

    def get_help_text(self) -> str:
        return _("Không chỉ gồm tên người, tên đơn vị hoặc từ quen thuộc.")
