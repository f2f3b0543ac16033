"""The colours meet WCAG 2.2 AA in both themes, and the two dark blocks are equal."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[1] / "static" / "ui" / "css"
SOURCE = (CSS / "tokens.css").read_text()
TEXT, LARGE_OR_PART = 4.5, 3.0


def parse_block(start: str) -> dict[str, str]:
    body = SOURCE[SOURCE.index(start) + len(start) :].partition("}")[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))


LIGHT = parse_block(":root {")
DARK_SYSTEM = parse_block(':root:not([data-theme="light"]) {')
DARK_CHOSEN = parse_block(':root[data-theme="dark"] {')
THEMES = {"light": LIGHT, "dark": {**LIGHT, **DARK_CHOSEN}}


def compute_luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def compute_contrast(colour: str, other: str) -> float:
    low, high = sorted((compute_luminance(colour), compute_luminance(other)))
    return (high + 0.05) / (low + 0.05)


GROUNDS = ("paper", "surface", "sunken")
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-soft", "jade", "red", "amber", "good", "info") for ground in GROUNDS],
    *[(t, f"{t}-soft", TEXT) for t in ("jade", "red", "amber", "good", "info")],
    *[(ink, f"{t}-soft", TEXT) for ink in ("ink", "ink-soft") for t in ("jade", "red", "amber", "good", "info")],
    ("jade-strong", "jade-soft", TEXT),
    ("on-jade", "jade", TEXT),
    ("on-jade", "jade-strong", TEXT),
    ("on-red", "red-fill", TEXT),
    ("on-red", "red-fill-strong", TEXT),
    ("on-header", "header", TEXT),
    ("on-header-soft", "header", TEXT),
    *[("line-strong", ground, LARGE_OR_PART) for ground in GROUNDS],  # edges of inputs and buttons
    *[("focus-ink", ground, LARGE_OR_PART) for ground in GROUNDS],
    ("focus", "header", LARGE_OR_PART),
    ("focus", "focus-ink", LARGE_OR_PART),
    *[("red-fill", ground, LARGE_OR_PART) for ground in GROUNDS],
    *[("ink", f"map-{shade}", TEXT) for shade in range(3)],
    *[("on-map", f"map-{shade}", TEXT) for shade in (3, 4)],
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_pair_is_readable(theme: str, front: str, ground: str, least: float) -> None:
    colours = THEMES[theme]
    if theme == "dark" and front == "focus-ink" and ground != "focus":
        front = "focus"  # in the dark theme the turmeric ring is the visible one, in the light one the ink line
    assert compute_contrast(colours[front], colours[ground]) >= least, f"{front} on {ground}, {theme}"


def test_a_pair_that_is_too_pale_would_be_seen() -> None:
    assert compute_contrast("#aaaaaa", "#ffffff") < TEXT
    assert compute_contrast("#000000", "#ffffff") == pytest.approx(21)


def test_both_dark_blocks_are_equal() -> None:
    assert DARK_SYSTEM == DARK_CHOSEN


def test_no_colour_outside_the_tokens() -> None:
    """Components use names; white on the alarm's red and shadows of dialogs are the exceptions."""
    allowed_colours = {"#fff", "#000", "#333", "#999", "#8c1712", "#fdebe7"}
    for name in ("base.css", "components.css", "pages.css"):
        colours = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", (CSS / name).read_text()))
        assert colours <= allowed_colours, f"{name}: {colours - allowed_colours}"


def test_every_token_that_is_used_exists() -> None:
    defined = set(re.findall(r"--([\w-]+):", SOURCE)) | {"urg-cut"}
    for sheet in CSS.glob("*.css"):
        used = set(re.findall(r"var\(--([\w-]+)", sheet.read_text()))
        assert used <= defined, f"{sheet.name}: {used - defined}"
