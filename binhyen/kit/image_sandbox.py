"""Image sandbox: decodes and re-encodes one untrusted picture in a process that lives for this one picture.

`kit/file_storage.py` runs it as a script: the picture on standard input, the clean one on standard output. Even if a
hostile file takes over the decoder, it has little memory and time, can open no file and no connection (all descriptors
are closed, even in place of one of the three standard ones), cannot use paths, starts no process, and drops root.
Imports neither Django nor us; a process that needs only its constants (`kit/file_storage.py`, in every process) does
not pay for Pillow.
"""

import ctypes
import io
import os
import resource
import struct
import sys
import warnings

MAX_MEMORY = 512 * 1024 * 1024  # bytes of address space
MAX_CPU_SECONDS = 8
MAX_PIXELS = 50_000_000
MAX_SIDE = 2048  # longer side of the clean copy
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
TOO_LARGE, UNREADABLE = 3, 4  # exit statuses
SIZE_HEADER = struct.Struct(">II")  # width and height, before the JPEG
_NOBODY_ID = 65534
_NO_NEW_PRIVS, _PDEATHSIG, _KILL = 38, 1, 9
# System calls that decoding never needs and a resource limit does not block: files by path, other processes, sockets,
# shared memory. By machine: the architecture constant of the filter, and numbers of asm/unistd.h.
_SECCOMP, _FILTER, _REFUSED = 22, 2, 0x00050001  # SECCOMP_RET_ERRNO | EPERM
_BLOCKED_CALLS: dict[str, tuple[int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        (
            2,
            29,
            30,
            41,
            42,
            57,
            58,
            59,
            62,
            64,
            68,
            76,
            *range(82, 89),
            90,
            92,
            94,
            101,
            132,
            133,
            161,
            165,
            166,
            188,
            189,
            197,
            198,
            200,
            234,
            235,
            240,
            241,
            248,
            249,
            250,
            257,
            258,
            259,
            260,
            261,
            263,
            264,
            265,
            266,
            268,
            272,
            280,
            298,
            308,
            310,
            311,
            316,
            319,
            321,
            322,
            323,
            424,
            425,
            434,
            437,
            438,
            452,
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            5,
            6,
            14,
            15,
            *range(33, 41),
            45,
            51,
            53,
            54,
            56,
            88,
            97,
            117,
            129,
            130,
            131,
            180,
            181,
            186,
            190,
            194,
            196,
            198,
            203,
            217,
            218,
            219,
            221,
            241,
            268,
            270,
            271,
            276,
            279,
            280,
            281,
            282,
            424,
            425,
            434,
            437,
            438,
            452,
        ),
    ),
}


def confine() -> None:
    """Drop every privilege that decoding does not need, irreversibly; root becomes an unprivileged user."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PDEATHSIG, _KILL, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY_ID, _NOBODY_ID, _NOBODY_ID)
        os.setresuid(_NOBODY_ID, _NOBODY_ID, _NOBODY_ID)
    libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    limits = {
        resource.RLIMIT_AS: MAX_MEMORY,
        resource.RLIMIT_CPU: MAX_CPU_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    for resource_id, limit in limits.items():
        resource.setrlimit(resource_id, (limit, limit))
    _install_seccomp(libc)


def _install_seccomp(libc: ctypes.CDLL) -> None:
    """Install a seccomp filter where the kernel supports it; the limits above hold without it too."""
    machine_filter = _BLOCKED_CALLS.get(os.uname().machine)
    if machine_filter is None:
        return
    machine, blocked = machine_filter
    load, equal, at_least, return_value = 0x20, 0x15, 0x35, 0x06  # LD W ABS, JEQ K, JGE K, RET K
    instructions = [(load, 0, 0, 4), (equal, 1, 0, machine), (return_value, 0, 0, _REFUSED), (load, 0, 0, 0)]
    instructions += [(at_least, 0, 1, 1 << 30), (return_value, 0, 0, _REFUSED)]  # calls of the x32 ABI
    for call in blocked:
        instructions += [(equal, 0, 1, call), (return_value, 0, 0, _REFUSED)]
    program = b"".join(struct.pack("HBBI", *line) for line in [*instructions, (return_value, 0, 0, 0x7FFF0000)])
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    libc.prctl(_SECCOMP, _FILTER, header, 0, 0)


def reencode(data: bytes) -> tuple[int, int, bytes]:
    """Return width, height and JPEG: upright, at most MAX_SIDE long, without metadata. Exit the process on failure."""
    from PIL import Image, ImageOps

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        sys.exit(TOO_LARGE)
    orientation = image.getexif().get(0x0112, 1)
    if image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    image.thumbnail((MAX_SIDE, MAX_SIDE), reducing_gap=2.0)  # a JPEG is decoded no larger than needed
    reencoded = Image.new("RGB", image.size)
    reencoded.paste(image)
    if orientation in range(2, 9):
        exif = reencoded.getexif()
        exif[0x0112] = orientation
        reencoded = ImageOps.exif_transpose(reencoded)
    out = io.BytesIO()
    reencoded.save(out, "JPEG", quality=85, optimize=True)
    return *reencoded.size, out.getvalue()


def main() -> None:
    from PIL.Image import DecompressionBombError as BombError
    from PIL.Image import DecompressionBombWarning as BombWarning

    _preload_decoders()
    confine()
    data = sys.stdin.buffer.read()
    try:
        width, height, jpeg = reencode(data)
    except (BombError, BombWarning, MemoryError):
        sys.exit(TOO_LARGE)
    except Exception:  # any exception that a decoder raises for a broken file
        sys.exit(UNREADABLE)
    sys.stdout.buffer.write(SIZE_HEADER.pack(width, height) + jpeg)
    sys.stdout.buffer.flush()


def _preload_decoders() -> None:
    """Decode one own picture of each format, so that lazy decoder modules are loaded before file access ends."""
    from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401  later no file opens

    exif = Image.Exif()
    exif[0x0112] = 6
    for name in FORMATS:
        out = io.BytesIO()
        Image.new("P" if name == "GIF" else "RGB", (8, 8)).save(out, name, exif=exif)
        reencode(out.getvalue())


if __name__ == "__main__":
    main()
