"""A signature drawn on a screen: strokes of points in a box of 300 × 120, as text, as SVG path and as picture. Pure.

The text is «x,y x,y;x,y …»: whole numbers, strokes separated by «;». Nothing else is accepted, so that no picture of
a stranger has to be decoded.
"""

import re
from io import BytesIO
from typing import Final

WIDTH, HEIGHT = 300, 120
MAX_CHARS: Final = 8000
_MIN_POINTS: Final = 8  # a tap is no signature
_POINT = re.compile(r"\d{1,3},\d{1,3}")
_SCALE: Final = 2

Strokes = tuple[tuple[tuple[int, int], ...], ...]


def parse_strokes(text: str) -> Strokes:
    """Return the strokes of a drawn signature; none for an empty text. Raises ValueError for anything else."""
    text = text.strip()
    if not text:
        return ()
    if (
        len(text) > MAX_CHARS
        or not text.isascii()
        or not all(_POINT.fullmatch(part) for part in re.split("[ ;]", text))
    ):
        raise ValueError("not a drawn signature")
    strokes = tuple(
        tuple((int(x), int(y)) for x, y in (point.split(",") for point in stroke.split(" ")))
        for stroke in text.split(";")
    )
    points = [point for stroke in strokes for point in stroke]
    if len(points) < _MIN_POINTS or any(x > WIDTH or y > HEIGHT for x, y in points):
        raise ValueError("not a drawn signature")
    return strokes


def format_path(strokes: Strokes) -> str:
    """Return the strokes as path data of SVG."""
    return "".join("M" + "L".join(f"{x} {y}" for x, y in stroke) for stroke in strokes)


def draw_png(strokes: Strokes) -> bytes:
    """Return the strokes as a picture for a printed paper."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (WIDTH * _SCALE, HEIGHT * _SCALE), 255)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        points = [(x * _SCALE, y * _SCALE) for x, y in stroke]
        pen.line(points if len(points) > 1 else points * 2, fill=0, width=4, joint="curve")
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
