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
PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert('" + CANARY + b"'))>>>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass(frozen=True)
class HostileFile:
    what: str
    data: bytes
    name: str = "anh.jpg"
    shown: bool | None = None  # None: either is safe


def make_noise(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    return Image.effect_noise(size, 40).convert(mode)


def encode_image(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def build_exif(turn: int = 1) -> Image.Exif:
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


def build_xmp() -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>18,22.5N</exif:GPSLatitude>' + CANARY + b"</x:xmpmeta>"
    )


def build_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def embed_in_jpeg(*segments: bytes, image: bytes = b"") -> bytes:
    """Return a JPEG with more segments right after its start."""
    plain = image or encode_image(make_noise(), "JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


def build_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def embed_in_png(*chunks: bytes) -> bytes:
    plain = encode_image(make_noise(), "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def build_png(width: int, height: int, rows: bytes, colour: int = 2) -> bytes:
    """Return a PNG that declares a size and contains these (compressed) rows."""
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + build_chunk(b"IHDR", head) + build_chunk(b"IDAT", rows) + build_chunk(b"IEND", b"")


def build_zip(name: str, body: bytes, *, level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        archive.writestr(name, body)
    return out.getvalue()


def build_box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


@cache
def list_files() -> list[HostileFile]:
    return [
        *_build_metadata_files(),
        *_build_polyglots(),
        *_build_bombs(),
        *_build_truncated_files(),
        *_build_other_files(),
        *_build_odd_names(),
    ]


def get_file(what: str) -> HostileFile:
    return next(h for h in list_files() if h.what == what)


def _build_metadata_files() -> Iterator[HostileFile]:
    icc = b"\0" * 36 + b"acsp" + CANARY * 8
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", 40) + b"\x1c\x02\x50\x00\x0d" + CANARY
    for turn in range(1, 9):
        yield HostileFile(
            f"jpeg gps turn {turn}", encode_image(make_noise(), "JPEG", exif=build_exif(turn)), shown=True
        )
    yield HostileFile(
        "jpeg xmp", embed_in_jpeg(build_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + build_xmp())), shown=True
    )
    yield HostileFile("jpeg iptc", embed_in_jpeg(build_segment(0xED, iptc)), shown=True)
    yield HostileFile("jpeg icc", encode_image(make_noise(), "JPEG", icc_profile=icc), shown=True)
    yield HostileFile("jpeg comment", encode_image(make_noise(), "JPEG", comment=CANARY), shown=True)
    yield HostileFile(
        "jpeg thumbnail in exif",
        embed_in_jpeg(build_segment(0xE1, b"Exif\0\0" + CANARY + encode_image(make_noise(), "JPEG"))),
        shown=True,
    )
    yield HostileFile(
        "jpeg all at once",
        embed_in_jpeg(
            build_segment(0xED, iptc),
            build_segment(0xFE, CANARY),
            image=encode_image(make_noise(), "JPEG", exif=build_exif(6), icc_profile=icc),
        ),
        shown=True,
    )
    yield HostileFile("png exif", encode_image(make_noise(), "PNG", exif=build_exif()), "a.png", shown=True)
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", CANARY.decode())
    text.add_itxt("XML:com.adobe.xmp", build_xmp().decode())
    text.add_text("zip", CANARY.decode(), zip=True)
    yield HostileFile("png text", encode_image(make_noise(), "PNG", pnginfo=text), "a.png", shown=True)
    yield HostileFile("png icc", encode_image(make_noise(), "PNG", icc_profile=icc), "a.png", shown=True)
    yield HostileFile("png private chunk", embed_in_png(build_chunk(b"prVt", CANARY)), "a.png", shown=True)
    yield HostileFile(
        "webp exif xmp icc",
        encode_image(make_noise(), "WEBP", exif=build_exif().tobytes(), xmp=build_xmp(), icc_profile=icc),
        "a.webp",
        shown=True,
    )
    yield HostileFile("gif comment", encode_image(make_noise(mode="P"), "GIF", comment=CANARY), "a.gif", shown=True)
    yield HostileFile("cmyk jpeg", encode_image(make_noise(mode="CMYK"), "JPEG", exif=build_exif()), shown=True)


def _build_polyglots() -> Iterator[HostileFile]:
    jpeg, png = encode_image(make_noise(), "JPEG"), encode_image(make_noise(), "PNG")
    yield HostileFile("html behind jpeg", jpeg + HTML, shown=True)
    yield HostileFile("html behind png", png + HTML, "a.png", shown=True)
    yield HostileFile("html in png text", embed_in_png(build_chunk(b"tEXt", b"Comment\0" + HTML)), "a.html", shown=True)
    yield HostileFile("html in jpeg comment", embed_in_jpeg(build_segment(0xFE, HTML)), "a.html", shown=True)
    yield HostileFile("zip behind jpeg", jpeg + build_zip("x.html", HTML), "a.zip", shown=True)
    yield HostileFile(
        "jar behind gif",
        encode_image(make_noise(mode="P"), "GIF") + build_zip("META-INF/MANIFEST.MF", CANARY),
        "a.jar",
        shown=True,
    )
    yield HostileFile("pdf behind jpeg", jpeg + PDF, "a.pdf", shown=True)
    yield HostileFile("jpeg behind pdf", PDF + jpeg, shown=False)
    yield HostileFile("php in gif", b"GIF89a" + b"<?php system($_GET['c']); ?>" + CANARY, "a.gif", shown=False)
    yield HostileFile("gif as script", b"GIF89a/*" + CANARY + b"*/=1;alert(1)", "a.js", shown=False)
    yield HostileFile("bmp as script", b"BM" + SCRIPT * 20, "a.bmp", shown=False)
    yield HostileFile("png magic, then html", b"\x89PNG\r\n\x1a\n" + HTML, "a.png", shown=False)
    yield HostileFile("jpeg magic, then html", b"\xff\xd8\xff\xe0" + HTML, shown=False)
    yield HostileFile("webp magic, then html", b"RIFF\x40\0\0\0WEBP" + HTML, "a.webp", shown=False)
    yield HostileFile("html", HTML, "a.jpg", shown=False)
    yield HostileFile("html with mark", b"\xef\xbb\xbf" + HTML, "a.png", shown=False)
    yield HostileFile("svg", SVG, "a.svg", shown=False)
    yield HostileFile("svg as jpg", SVG, "a.jpg", shown=False)
    yield HostileFile(
        "svg with entities", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG, "a.svg", shown=False
    )
    yield HostileFile("gzip svg", zlib.compress(SVG), "a.svgz", shown=False)


def _build_bombs() -> Iterator[HostileFile]:
    yield HostileFile(
        "png pixel bomb", build_png(60_000, 60_000, zlib.compress(b"\0" * 1_000_000, 9)), "a.png", shown=False
    )
    yield HostileFile("png of 2^31 pixels a side", build_png(2**31 - 1, 2**31 - 1, b""), "a.png", shown=False)
    yield HostileFile(
        "png that unpacks to 400 MB",
        build_png(20_000, 20_000, zlib.compress(b"\0" * 20_001 * 600, 9), 0),
        "a.png",
        shown=False,
    )
    yield HostileFile(
        "png just within the limit",
        encode_image(Image.new("RGB", (7000, 7000)), "PNG", compress_level=1),
        "a.png",
        shown=True,
    )
    yield HostileFile(
        "png text bomb", embed_in_png(build_chunk(b"zTXt", b"c\0\0" + zlib.compress(b"\0" * 80_000_000, 9))), "a.png"
    )
    yield HostileFile(
        "png icc bomb", embed_in_png(build_chunk(b"iCCP", b"c\0\0" + zlib.compress(b"\0" * 80_000_000, 9))), "a.png"
    )
    large = bytearray(encode_image(make_noise(), "JPEG"))
    marker_offset = large.index(b"\xff\xc0") + 5
    large[marker_offset : marker_offset + 4] = struct.pack(">HH", 65_000, 65_000)
    yield HostileFile("jpeg that claims 4 gigapixels", bytes(large), shown=False)
    gif = b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x80\0\0" + b"\0" * 6 + b";"
    yield HostileFile("gif of 4 gigapixels", gif, "a.gif", shown=False)
    frames = [Image.new("P", (300, 300), n) for n in range(200)]
    yield HostileFile(
        "gif of 200 frames",
        encode_image(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "a.gif",
        shown=True,
    )
    yield HostileFile("zip bomb", build_zip("x", b"\0" * 50_000_000), "a.zip", shown=False)
    yield HostileFile("zip bomb as docx", build_zip("word/document.xml", b"\0" * 50_000_000), "a.docx", shown=False)
    yield HostileFile("larger than a file may be", b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024), shown=False)


def _build_truncated_files() -> Iterator[HostileFile]:
    jpeg, png, webp = (
        encode_image(make_noise(), "JPEG"),
        encode_image(make_noise(), "PNG"),
        encode_image(make_noise(), "WEBP"),
    )
    yield HostileFile("empty", b"", shown=False)
    yield HostileFile("one byte", b"\xff", shown=False)
    yield HostileFile("half a jpeg", jpeg[: len(jpeg) // 2])
    yield HostileFile("half a png", png[: len(png) // 2], "a.png")
    yield HostileFile("half a webp", webp[: len(webp) // 2], "a.webp", shown=False)
    yield HostileFile("jpeg head alone", jpeg[:20], shown=False)
    yield HostileFile("png head alone", png[:33], "a.png", shown=False)
    yield HostileFile("jpeg with broken tables", jpeg.replace(b"\xff\xc4", b"\xff\xfe", 1))
    yield HostileFile("png with a wrong sum", png[:29] + b"\0\0\0\0" + png[33:], "a.png", shown=False)
    yield HostileFile("noise", bytes(range(256)) * 40, shown=False)
    yield HostileFile("zeros", b"\0" * 4096, shown=False)


def _build_other_files() -> Iterator[HostileFile]:
    heic = build_box(b"ftyp", b"heic\0\0\0\0mif1heic") + build_box(b"meta", CANARY * 10)
    yield HostileFile("heic", heic, "IMG_1.HEIC", shown=False)
    yield HostileFile(
        "avif", build_box(b"ftyp", b"avif\0\0\0\0avifmif1") + build_box(b"meta", CANARY), "a.avif", shown=False
    )
    yield HostileFile("pdf with script", PDF, "a.pdf", shown=False)
    yield HostileFile(
        "mp4",
        build_box(b"ftyp", b"isom\0\0\0\0isom") + build_box(b"moov", build_box(b"udta", CANARY)),
        "a.mp4",
        shown=False,
    )
    yield HostileFile(
        "voice", build_box(b"ftyp", b"M4A \0\0\0\0M4A ") + build_box(b"moov", CANARY), "a.m4a", shown=False
    )
    yield HostileFile("ogg", b"OggS\0\2" + CANARY, "a.ogg", shown=False)
    yield HostileFile(
        "tiff with gps", encode_image(make_noise(), "TIFF", tiffinfo={271: CANARY.decode()}), "a.tif", shown=False
    )
    yield HostileFile("bmp", encode_image(make_noise(), "BMP"), "a.bmp", shown=False)
    yield HostileFile("ico", encode_image(make_noise((32, 32)), "ICO"), "a.ico", shown=False)
    yield HostileFile("postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n(" + CANARY + b") run", "a.eps", shown=False)
    yield HostileFile("program", b"\x7fELF" + CANARY, "a.jpg", shown=False)
    yield HostileFile("windows program", b"MZ" + CANARY, "a.jpg.exe", shown=False)
    yield HostileFile("shortcut", b"[InternetShortcut]\nURL=file:///" + CANARY, "a.url", shown=False)


def _build_odd_names() -> Iterator[HostileFile]:
    picture = encode_image(make_noise(), "JPEG", exif=build_exif())
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
        yield HostileFile(f"named with {what}", picture, name, shown=True)


@dataclass(frozen=True)
class OtherFile:
    """A file that claims to be PDF, sound or film. `kind`: type under which it is stored, encrypted; "" if it is
    refused.
    """

    what: str
    data: bytes
    name: str
    kind: str = ""


def build_boxed_file(brand: bytes) -> bytes:
    return build_box(b"ftyp", brand + b"\0\0\0\0" + brand) + build_box(b"moov", build_box(b"udta", CANARY))


def list_other_files() -> list[OtherFile]:
    """Return real files from phones, and fakes."""
    jpeg, mp3 = encode_image(make_noise(), "JPEG"), b"ID3\x04\0\0\0\0\0\x10" + CANARY + b"\xff\xfb\x90\x64" + bytes(400)
    real_files = [
        OtherFile("a page", PDF, "đơn.PDF", "pdf"),
        OtherFile("a page with html behind it", PDF + HTML, "a.pdf", "pdf"),
        OtherFile("a song", mp3, "a.mp3", "audio"),
        OtherFile("a song without a label", b"\xff\xfb\x90\x64" + CANARY + bytes(400), "a.b.mp3", "audio"),
        OtherFile("a voice in ogg", b"OggS\0\2" + CANARY, "ptt-20261126.ogg", "audio"),
        OtherFile("a voice in opus", b"OggS\0\2" + CANARY, "a.opus", "audio"),
        OtherFile("a voice of an iPhone", build_boxed_file(b"M4A "), "Ghi âm mới.m4a", "audio"),
        OtherFile("a voice of an old phone", b"#!AMR\n" + CANARY, "a.amr", "audio"),
        OtherFile("a voice message of Zalo", b"\xff\xf1P\x80" + CANARY, "a.aac", "audio"),
        OtherFile("a film", build_boxed_file(b"isom"), "VID_1.mp4", "video"),
        OtherFile("a film of an old phone", build_boxed_file(b"3gp4"), "a.3gp", "video"),
        OtherFile("a film of an iPhone", build_boxed_file(b"qt  "), "IMG_1.MOV", "video"),
    ]
    lies = [
        ("html as a page", HTML, "a.pdf"),
        ("svg as a page", SVG, "a.pdf"),
        ("a picture as a page", jpeg, "a.pdf"),
        ("a page behind html", HTML + PDF, "a.pdf"),
        ("a page as a film", PDF, "a.mp4"),
        ("a film as a page", build_boxed_file(b"isom"), "a.pdf"),
        ("a program as a voice", b"\x7fELF" + CANARY, "a.mp3"),
        ("a windows program as a film", b"MZ" + CANARY, "a.mp4"),
        ("an archive as a voice", b"PK\3\4" + CANARY, "a.m4a"),
        ("heic as a film", build_box(b"ftyp", b"heic\0\0\0\0mif1heic"), "a.mp4"),
        ("empty file as a page", b"", "a.pdf"),
        ("a stump of a page", b"%PDF", "a.pdf"),
        ("a stump of a film", b"\0\0\0\x18ftyp", "a.mp4"),
        ("a page as a picture", PDF, "a.jpg"),
        ("a film as a picture", build_boxed_file(b"isom"), "a.jpg"),
        ("a page without an ending", PDF, "tài liệu"),
        ("a page as a program", PDF, "a.pdf.exe"),
        ("a macro document", b"\xd0\xcf\x11\xe0" + CANARY, "a.doc"),
        ("a page with a hidden ending", PDF, "a.pdf\u202egpj"),
    ]
    return real_files + [OtherFile(*lie) for lie in lies]
