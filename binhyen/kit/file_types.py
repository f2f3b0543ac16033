"""File types by magic bytes for files that are not pictures: stored unchanged, sealed, never displayed by us.

Nothing is decoded here: the first bytes and the file extension must agree, no more. Opening such a file
is the risk of a disposable machine.
"""

import re

from binhyen.kit.file_storage import MAX_BYTES, NotAPicture
from binhyen.kit.i18n_markers import N_

PICTURE, PDF, AUDIO, VIDEO = "image", "pdf", "audio", "video"
LABELS = {PDF: N_("PDF"), AUDIO: N_("ghi âm"), VIDEO: N_("video")}
_EXTENSIONS = {
    "pdf": PDF,
    "mp3": AUDIO,
    "ogg": AUDIO,
    "oga": AUDIO,
    "opus": AUDIO,
    "m4a": AUDIO,
    "amr": AUDIO,
    "mp4": VIDEO,
    "3gp": VIDEO,
    "mov": VIDEO,
}
# one container format (ISO base media): the extension tells its content
_ISO_MEDIA = frozenset({"m4a", "mp4", "3gp", "mov"})
ACCEPTED_TYPES = "image/*,application/pdf,audio/*,video/mp4,video/3gpp,video/quicktime," + ",".join(
    f".{e}" for e in _EXTENSIONS
)
_SIGNATURES = (
    (re.compile(rb"%PDF-\d\.\d"), frozenset({"pdf"})),
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3\xe2\xe3]"), frozenset({"mp3"})),
    (re.compile(rb"OggS\x00"), frozenset({"ogg", "oga", "opus"})),
    (re.compile(rb"#!AMR(-WB)?\n"), frozenset({"amr"})),
    (
        re.compile(
            rb"\x00\x00[\x00-\x0f].ftyp(isom|iso[2-9]|mp4[12]|avc1|M4[ABV] |3g[2eghprs][0-9a-z]|qt  |MSNV|dash)",
            re.DOTALL,
        ),
        _ISO_MEDIA,
    ),
)
_TOO_LARGE = N_("Tệp quá lớn (tối đa 20 MB).")
_WRONG_EXTENSION = N_("Tệp này không đúng như đuôi tên của nó, nên chưa nhận.")


def detect_file_type(name: str, data: bytes) -> str:
    """Return the file type; PICTURE for any other extension, the image sandbox checks that. Raises NotAPicture."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    possible_extensions = next(
        (extensions for signature, extensions in _SIGNATURES if signature.match(data)), frozenset()
    )
    if extension not in _EXTENSIONS:
        if possible_extensions:
            raise NotAPicture(_WRONG_EXTENSION)
        return PICTURE
    if len(data) > MAX_BYTES:
        raise NotAPicture(_TOO_LARGE)
    if extension not in possible_extensions:
        raise NotAPicture(_WRONG_EXTENSION)
    return _EXTENSIONS[extension]
