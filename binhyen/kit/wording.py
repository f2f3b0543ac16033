"""Marks a text of a screen where Django may not be imported (rules, words): it is found for the catalogue, not changed.

Whoever draws the screen translates it: `_(LABELS[state])` with Django's `gettext`, a `Said` with `ui/labels.py: told`.
"""

from typing import Any

LETTERS: dict[str, None] = {}  # every form that `L_` marked, of the modules that are loaded


def N_(text: str) -> str:
    """The text itself: `N_("Đang xử lý")`. Placeholders stay for later: `N_("Còn {days} ngày")`."""
    return text


def L_(text: str) -> str:
    """The text itself, of a letter or a note: the program keeps it in Vietnamese, as it was written. Its form is
    remembered, so that a page in another language knows it again (`ui/retold.py`). One line.
    """
    LETTERS[text] = None
    return text


class Said(str):
    """A marked text with its values in place, in Vietnamese: `Said(N_("Trùng với dòng {n}."), n=2)`. It remembers both,
    so that whoever draws the screen can say it in another language.
    """

    __slots__ = ("form", "values")
    form: str
    values: dict[str, Any]

    def __new__(cls, form: str, **values: Any) -> "Said":
        told = super().__new__(cls, form.format(**values))
        told.form, told.values = form, values
        return told
