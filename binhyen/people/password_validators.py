"""Password validator against obvious passwords: words of the program and the person's name with some digits."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from binhyen.kit.text import fold

_OURS = ("binhyen", "congan", "hatinh", "matkhau", "password", "trucban", "canbo", "vietnam", "xinchao", "anninh")
_LEFT = 6  # characters that must remain without those words and plain runs of digits


class NotOurWords:
    """Entry of AUTH_PASSWORD_VALIDATORS. No composition rules: length and the remaining characters count."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = re.sub(r"[\W_]", "", fold(password))
        names = f"{getattr(user, 'username', '')} {getattr(user, 'name', '')}"
        words = [*_OURS, *(w for w in re.split(r"[\W_]+", fold(names)) if len(w) > 2)]
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, "")
        rest = re.sub(r"(\d)\1+|(?:19|20)\d\d|0?123456789?0?|(.)\2{2,}", "", rest)
        if len(rest) < _LEFT:
            raise ValidationError(_("Mật khẩu dễ đoán: chỉ gồm tên người, tên đơn vị hoặc từ quen thuộc."), code="ours")

    def get_help_text(self) -> str:
        return _("Không chỉ gồm tên người, tên đơn vị hoặc từ quen thuộc.")
