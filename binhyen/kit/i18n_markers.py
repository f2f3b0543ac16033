"""Gettext markers for modules that must not import Django (rules, texts): extracted for the catalogue, not translated.

The screen code translates: `_(LABELS[state])` with Django's `gettext`, a `DeferredText` with `ui/label_cache.py`.
"""

from typing import Any

STORED_FORMS: dict[str, None] = {}  # every form marked by `L_` in the loaded modules


def N_(text: str) -> str:
    """Return the text unchanged: `N_("Đang xử lý")`. Placeholders stay for later: `N_("Còn {days} ngày")`."""
    return text


def L_(text: str) -> str:
    """Return the text unchanged, of a message or a note that is stored in Vietnamese. One line.

    Its form is remembered, so that a page in another language can translate it (`ui/stored_text_i18n.py`).
    """
    STORED_FORMS[text] = None
    return text


class DeferredText(str):
    """A marked text with its values filled in, in Vietnamese: `DeferredText(N_("Trùng với dòng {n}."), n=2)`.

    It keeps the form and the values, so that a page can show it in another language.
    """

    __slots__ = ("form", "values")
    form: str
    values: dict[str, Any]

    def __new__(cls, form: str, **values: Any) -> "DeferredText":
        instance = super().__new__(cls, form.format(**values))
        instance.form, instance.values = form, values
        return instance
