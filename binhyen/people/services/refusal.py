"""What a person may not do, in words for that person."""

from django.utils.translation import gettext


class Refusal(ValueError):
    """The text goes on the screen: one that rules only marked is translated as it is read."""

    def __str__(self) -> str:
        text = super().__str__()
        return gettext(text) if text else text
