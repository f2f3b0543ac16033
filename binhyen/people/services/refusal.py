"""What a person may not do, in words for that person."""


class Refusal(ValueError):
    """The text is Vietnamese and goes on the screen."""
