"""User-facing error: a rule forbids the action."""

from django.utils.translation import gettext


class RuleViolation(ValueError):
    """Error with a text for the screen: a text that rules only marked for translation is translated when it is read."""

    def __str__(self) -> str:
        text = super().__str__()
        return gettext(text) if text else text
