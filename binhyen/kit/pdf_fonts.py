"""Fonts of PDF files."""

from functools import lru_cache
from typing import Final

PDF_PLAIN: Final = "be-vietnam-plain"
PDF_BOLD: Final = "be-vietnam-bold"
PDF_ITALIC: Final = "be-vietnam-italic"
_STYLES = ((PDF_PLAIN, 400, "normal"), (PDF_BOLD, 700, "normal"), (PDF_ITALIC, 400, "italic"))


@lru_cache(maxsize=1)
def register_pdf_fonts() -> None:
    """Register the fonts with reportlab, once in a process; have pictures written as bytes."""
    import fontpkg
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    rl_config.useA85 = 0  # a photo as ASCII85 takes 0.3 s and a quarter more bytes; PDF is binary since version 1.2
    for name, weight, style in _STYLES:
        pdfmetrics.registerFont(TTFont(name, str(fontpkg.path("be-vietnam-pro", weight=weight, style=style))))
