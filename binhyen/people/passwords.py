"""Passwords that everybody here would guess first: the programme's words, the person's name, with some digits."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from binhyen.kit.text import fold

_OURS = ("binhyen", "congan", "hatinh", "matkhau", "password", "trucban", "canbo", "vietnam", "xinchao", "anninh")
_LEFT = 6  # what must remain of a password when those words and plain runs of digits are taken away


class NotOurWords:
    """A validator for AUTH_PASSWORD_VALIDATORS. No rules of composition: length and what is left count."""

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
