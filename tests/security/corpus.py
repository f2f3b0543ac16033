"""Hostile files, made here: polyglots, decompression bombs, truncated files, metadata, names. Nothing is downloaded.

A `Hostile` declares the permitted result: `shown` (a clean copy), `refused` (no copy), or either.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import Image, PngImagePlugin

CANARY = b"CANARY-5f2e91"  # is placed wherever a file can hide something
SCRIPT = b"<script>alert('" + CANARY + b"')</script>"
HTML = b"<!doctype html><html><body>" + SCRIPT + b"</body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
PDF = (b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert('" + CANARY + b"'))>>>>endobj\n"
       b"trailer<</Root 1 0 R>>\n%%EOF\n")  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    what: str
    data: bytes
    name: str = "anh.jpg"
    shown: bool | None = None  # None: either is safe


def noise(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    return Image.effect_noise(size, 40).convert(mode)


def encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def exif(turn: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = turn
    made[0x010F], made[0x0110], made[0x0131] = (
        CANARY.decode(),
        CANARY.decode(),
        CANARY.decode(),
    )  # maker, model, software
    made[0x013B], made[0x8298], made[0x9286] = CANARY.decode(), CANARY.decode(), CANARY.decode()  # author, owner, note
    made[0x8825] = {1: "N", 2: (18.0, 22.0, 30.0), 3: "E", 4: (105.0, 53.0, 1.0), 29: "2026:11:25"}
    return made


def xmp() -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>18,22.5N</exif:GPSLatitude>' + CANARY + b"</x:xmpmeta>"
    )


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def in_jpeg(*segments: bytes, image: bytes = b"") -> bytes:
    """Return a JPEG with more segments right after its start."""
    plain = image or encoded(noise(), "JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def in_png(*chunks: bytes) -> bytes:
    plain = encoded(noise(), "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def png_of(width: int, height: int, rows: bytes, colour: int = 2) -> bytes:
    """Return a PNG that declares a size and contains these (compressed) rows."""
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zipped(name: str, body: bytes, *, level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        archive.writestr(name, body)
    return out.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


@cache
def files() -> list[Hostile]:
    return [*_metadata(), *_polyglots(), *_bombs(), *_stumps(), *_others(), *_names()]


def file(what: str) -> Hostile:
    return next(h for h in files() if h.what == what)


def _metadata() -> Iterator[Hostile]:
    icc = b"\0" * 36 + b"acsp" + CANARY * 8
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", 40) + b"\x1c\x02\x50\x00\x0d" + CANARY
    for turn in range(1, 9):
        yield Hostile(f"jpeg gps turn {turn}", encoded(noise(), "JPEG", exif=exif(turn)), shown=True)
    yield Hostile("jpeg xmp", in_jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp())), shown=True)
    yield Hostile("jpeg iptc", in_jpeg(segment(0xED, iptc)), shown=True)
    yield Hostile("jpeg icc", encoded(noise(), "JPEG", icc_profile=icc), shown=True)
    yield Hostile("jpeg comment", encoded(noise(), "JPEG", comment=CANARY), shown=True)
    yield Hostile(
        "jpeg thumbnail in exif", in_jpeg(segment(0xE1, b"Exif\0\0" + CANARY + encoded(noise(), "JPEG"))), shown=True
    )
    yield Hostile("jpeg all at once", in_jpeg(segment(0xED, iptc), segment(0xFE, CANARY),
                  image=encoded(noise(), "JPEG", exif=exif(6), icc_profile=icc)), shown=True)  # fmt: skip
    yield Hostile("png exif", encoded(noise(), "PNG", exif=exif()), "a.png", shown=True)
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", CANARY.decode())
    text.add_itxt("XML:com.adobe.xmp", xmp().decode())
    text.add_text("zip", CANARY.decode(), zip=True)
    yield Hostile("png text", encoded(noise(), "PNG", pnginfo=text), "a.png", shown=True)
    yield Hostile("png icc", encoded(noise(), "PNG", icc_profile=icc), "a.png", shown=True)
    yield Hostile("png private chunk", in_png(chunk(b"prVt", CANARY)), "a.png", shown=True)
    yield Hostile(
        "webp exif xmp icc",
        encoded(noise(), "WEBP", exif=exif().tobytes(), xmp=xmp(), icc_profile=icc),
        "a.webp",
        shown=True,
    )
    yield Hostile("gif comment", encoded(noise(mode="P"), "GIF", comment=CANARY), "a.gif", shown=True)
    yield Hostile("cmyk jpeg", encoded(noise(mode="CMYK"), "JPEG", exif=exif()), shown=True)


def _polyglots() -> Iterator[Hostile]:
    jpeg, png = encoded(noise(), "JPEG"), encoded(noise(), "PNG")
    yield Hostile("html behind jpeg", jpeg + HTML, shown=True)
    yield Hostile("html behind png", png + HTML, "a.png", shown=True)
    yield Hostile("html in png text", in_png(chunk(b"tEXt", b"Comment\0" + HTML)), "a.html", shown=True)
    yield Hostile("html in jpeg comment", in_jpeg(segment(0xFE, HTML)), "a.html", shown=True)
    yield Hostile("zip behind jpeg", jpeg + zipped("x.html", HTML), "a.zip", shown=True)
    yield Hostile(
        "jar behind gif", encoded(noise(mode="P"), "GIF") + zipped("META-INF/MANIFEST.MF", CANARY), "a.jar", shown=True
    )
    yield Hostile("pdf behind jpeg", jpeg + PDF, "a.pdf", shown=True)
    yield Hostile("jpeg behind pdf", PDF + jpeg, shown=False)
    yield Hostile("php in gif", b"GIF89a" + b"<?php system($_GET['c']); ?>" + CANARY, "a.gif", shown=False)
    yield Hostile("gif as script", b"GIF89a/*" + CANARY + b"*/=1;alert(1)", "a.js", shown=False)
    yield Hostile("bmp as script", b"BM" + SCRIPT * 20, "a.bmp", shown=False)
    yield Hostile("png magic, then html", b"\x89PNG\r\n\x1a\n" + HTML, "a.png", shown=False)
    yield Hostile("jpeg magic, then html", b"\xff\xd8\xff\xe0" + HTML, shown=False)
    yield Hostile("webp magic, then html", b"RIFF\x40\0\0\0WEBP" + HTML, "a.webp", shown=False)
    yield Hostile("html", HTML, "a.jpg", shown=False)
    yield Hostile("html with mark", b"\xef\xbb\xbf" + HTML, "a.png", shown=False)
    yield Hostile("svg", SVG, "a.svg", shown=False)
    yield Hostile("svg as jpg", SVG, "a.jpg", shown=False)
    yield Hostile(
        "svg with entities", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG, "a.svg", shown=False
    )
    yield Hostile("gzip svg", zlib.compress(SVG), "a.svgz", shown=False)


def _bombs() -> Iterator[Hostile]:
    yield Hostile("png pixel bomb", png_of(60_000, 60_000, zlib.compress(b"\0" * 1_000_000, 9)), "a.png", shown=False)
    yield Hostile("png of 2^31 pixels a side", png_of(2**31 - 1, 2**31 - 1, b""), "a.png", shown=False)
    yield Hostile(
        "png that unpacks to 400 MB",
        png_of(20_000, 20_000, zlib.compress(b"\0" * 20_001 * 600, 9), 0),
        "a.png",
        shown=False,
    )
    yield Hostile(
        "png just within the limit",
        encoded(Image.new("RGB", (7000, 7000)), "PNG", compress_level=1),
        "a.png",
        shown=True,
    )
    yield Hostile("png text bomb", in_png(chunk(b"zTXt", b"c\0\0" + zlib.compress(b"\0" * 80_000_000, 9))), "a.png")
    yield Hostile("png icc bomb", in_png(chunk(b"iCCP", b"c\0\0" + zlib.compress(b"\0" * 80_000_000, 9))), "a.png")
    large = bytearray(encoded(noise(), "JPEG"))
    at = large.index(b"\xff\xc0") + 5
    large[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    yield Hostile("jpeg that claims 4 gigapixels", bytes(large), shown=False)
    gif = b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x80\0\0" + b"\0" * 6 + b";"
    yield Hostile("gif of 4 gigapixels", gif, "a.gif", shown=False)
    frames = [Image.new("P", (300, 300), n) for n in range(200)]
    yield Hostile(
        "gif of 200 frames", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "a.gif", shown=True
    )
    yield Hostile("zip bomb", zipped("x", b"\0" * 50_000_000), "a.zip", shown=False)
    yield Hostile("zip bomb as docx", zipped("word/document.xml", b"\0" * 50_000_000), "a.docx", shown=False)
    yield Hostile("larger than a file may be", b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024), shown=False)


def _stumps() -> Iterator[Hostile]:
    jpeg, png, webp = encoded(noise(), "JPEG"), encoded(noise(), "PNG"), encoded(noise(), "WEBP")
    yield Hostile("empty", b"", shown=False)
    yield Hostile("one byte", b"\xff", shown=False)
    yield Hostile("half a jpeg", jpeg[: len(jpeg) // 2])
    yield Hostile("half a png", png[: len(png) // 2], "a.png")
    yield Hostile("half a webp", webp[: len(webp) // 2], "a.webp", shown=False)
    yield Hostile("jpeg head alone", jpeg[:20], shown=False)
    yield Hostile("png head alone", png[:33], "a.png", shown=False)
    yield Hostile("jpeg with broken tables", jpeg.replace(b"\xff\xc4", b"\xff\xfe", 1))
    yield Hostile("png with a wrong sum", png[:29] + b"\0\0\0\0" + png[33:], "a.png", shown=False)
    yield Hostile("noise", bytes(range(256)) * 40, shown=False)
    yield Hostile("zeros", b"\0" * 4096, shown=False)


def _others() -> Iterator[Hostile]:
    heic = box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", CANARY * 10)
    yield Hostile("heic", heic, "IMG_1.HEIC", shown=False)
    yield Hostile("avif", box(b"ftyp", b"avif\0\0\0\0avifmif1") + box(b"meta", CANARY), "a.avif", shown=False)
    yield Hostile("pdf with script", PDF, "a.pdf", shown=False)
    yield Hostile("mp4", box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", box(b"udta", CANARY)), "a.mp4", shown=False)
    yield Hostile("voice", box(b"ftyp", b"M4A \0\0\0\0M4A ") + box(b"moov", CANARY), "a.m4a", shown=False)
    yield Hostile("ogg", b"OggS\0\2" + CANARY, "a.ogg", shown=False)
    yield Hostile("tiff with gps", encoded(noise(), "TIFF", tiffinfo={271: CANARY.decode()}), "a.tif", shown=False)
    yield Hostile("bmp", encoded(noise(), "BMP"), "a.bmp", shown=False)
    yield Hostile("ico", encoded(noise((32, 32)), "ICO"), "a.ico", shown=False)
    yield Hostile("postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n(" + CANARY + b") run", "a.eps", shown=False)
    yield Hostile("program", b"\x7fELF" + CANARY, "a.jpg", shown=False)
    yield Hostile("windows program", b"MZ" + CANARY, "a.jpg.exe", shown=False)
    yield Hostile("shortcut", b"[InternetShortcut]\nURL=file:///" + CANARY, "a.url", shown=False)


def _names() -> Iterator[Hostile]:
    picture = encoded(noise(), "JPEG", exif=exif())
    for what, name in {
        "10,000 letters": "a" * 10_000 + ".jpg",
        "bidi": "anh\u202egpj.exe",
        "isolates": "\u2066\u2067anh\u2069.jpg",
        "hidden letters": "an\u200bh\u00ad.jpg",
        "a path": "../../../../etc/passwd",
        "a windows path": "..\\..\\windows\\system32\\a.jpg",
        "html": "<img src=x onerror=alert(1)>.jpg",
        "lines": "a.jpg\r\nSet-Cookie: a=b",
        "nothing": "",
        "nul": "a.jpg\0.html",
        "a lone surrogate": "a\ud800.jpg",
        "marks without end": "a" + "\u0301" * 3000 + ".jpg",
        "a formula": "=HYPERLINK(1).jpg",
    }.items():
        yield Hostile(f"named with {what}", picture, name, shown=True)


@dataclass(frozen=True)
class Paper:
    """A file that claims to be PDF, sound or film. `kind`: type under which it is stored, encrypted; "" if it is
    refused.
    """

    what: str
    data: bytes
    name: str
    kind: str = ""


def boxed(brand: bytes) -> bytes:
    return box(b"ftyp", brand + b"\0\0\0\0" + brand) + box(b"moov", box(b"udta", CANARY))


def papers() -> list[Paper]:
    """Return real files from phones, and fakes."""
    jpeg, mp3 = encoded(noise(), "JPEG"), b"ID3\x04\0\0\0\0\0\x10" + CANARY + b"\xff\xfb\x90\x64" + bytes(400)
    kept = [
        Paper("a page", PDF, "đơn.PDF", "pdf"),
        Paper("a page with html behind it", PDF + HTML, "a.pdf", "pdf"),
        Paper("a song", mp3, "a.mp3", "audio"),
        Paper("a song without a label", b"\xff\xfb\x90\x64" + CANARY + bytes(400), "a.b.mp3", "audio"),
        Paper("a voice in ogg", b"OggS\0\2" + CANARY, "ptt-20261126.ogg", "audio"),
        Paper("a voice in opus", b"OggS\0\2" + CANARY, "a.opus", "audio"),
        Paper("a voice of an iPhone", boxed(b"M4A "), "Ghi âm mới.m4a", "audio"),
        Paper("a voice of an old phone", b"#!AMR\n" + CANARY, "a.amr", "audio"),
        Paper("a film", boxed(b"isom"), "VID_1.mp4", "video"),
        Paper("a film of an old phone", boxed(b"3gp4"), "a.3gp", "video"),
        Paper("a film of an iPhone", boxed(b"qt  "), "IMG_1.MOV", "video"),
    ]
    lies = [
        ("html as a page", HTML, "a.pdf"), ("svg as a page", SVG, "a.pdf"), ("a picture as a page", jpeg, "a.pdf"),
        ("a page behind html", HTML + PDF, "a.pdf"), ("a page as a film", PDF, "a.mp4"),
        ("a film as a page", boxed(b"isom"), "a.pdf"), ("a program as a voice", b"\x7fELF" + CANARY, "a.mp3"),
        ("a windows program as a film", b"MZ" + CANARY, "a.mp4"), ("an archive as a voice", b"PK\3\4" + CANARY, "a.m4a"),
        ("heic as a film", box(b"ftyp", b"heic\0\0\0\0mif1heic"), "a.mp4"), ("empty file as a page", b"", "a.pdf"),
        ("a stump of a page", b"%PDF", "a.pdf"), ("a stump of a film", b"\0\0\0\x18ftyp", "a.mp4"),
        ("a page as a picture", PDF, "a.jpg"), ("a film as a picture", boxed(b"isom"), "a.jpg"),
        ("a page without an ending", PDF, "tài liệu"), ("a page as a program", PDF, "a.pdf.exe"),
        ("a macro document", b"\xd0\xcf\x11\xe0" + CANARY, "a.doc"), ("a page with a hidden ending", PDF, "a.pdf\u202egpj"),
    ]  # fmt: skip
    return kept + [Paper(*lie) for lie in lies]
