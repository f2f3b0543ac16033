"""Marks a text of a screen where Django may not be imported (rules, words): it is found for the catalogue, not changed.

Whoever draws the screen translates it: `_(LABELS[state])` with Django's `gettext`.
"""


def N_(text: str) -> str:
    """The text itself: `N_("Đang xử lý")`. Placeholders stay for later: `N_("Còn {days} ngày")`."""
    return text
