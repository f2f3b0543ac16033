"""File types by magic bytes for files that are not pictures: stored unchanged, sealed, never displayed by us.

Nothing is decoded here: the first bytes and the file extension must agree, no more. Opening such a file
is the risk of a disposable machine.
"""

import re

from binhyen.kit.file_storage import LIMIT, NotAPicture
from binhyen.kit.i18n_markers import N_

PICTURE, PDF, SOUND, FILM = "image", "pdf", "audio", "video"
LABELS = {PDF: N_("PDF"), SOUND: N_("ghi âm"), FILM: N_("video")}
_ENDINGS = {
    "pdf": PDF, "mp3": SOUND, "ogg": SOUND, "oga": SOUND, "opus": SOUND, "m4a": SOUND, "amr": SOUND,
    "mp4": FILM, "3gp": FILM, "mov": FILM,
}  # fmt: skip
# one container format (ISO base media): the extension tells its content
_BOXED = frozenset({"m4a", "mp4", "3gp", "mov"})
ACCEPT = "image/*,application/pdf,audio/*,video/mp4,video/3gpp,video/quicktime," + ",".join(f".{e}" for e in _ENDINGS)
_STARTS = (
    (re.compile(rb"%PDF-\d\.\d"), frozenset({"pdf"})),
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3\xe2\xe3]"), frozenset({"mp3"})),
    (re.compile(rb"OggS\x00"), frozenset({"ogg", "oga", "opus"})),
    (re.compile(rb"#!AMR(-WB)?\n"), frozenset({"amr"})),
    (re.compile(rb"\x00\x00[\x00-\x0f].ftyp(isom|iso[2-9]|mp4[12]|avc1|M4[ABV] |3g[2eghprs][0-9a-z]|qt  |MSNV|dash)",
                re.DOTALL), _BOXED),
)  # fmt: skip
_LARGE = N_("Tệp quá lớn (tối đa 20 MB).")
_OTHER = N_("Tệp này không đúng như đuôi tên của nó, nên chưa nhận.")


def kind_of(name: str, data: bytes) -> str:
    """Return the file type; PICTURE for any other extension, the image sandbox checks that. Raises NotAPicture."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    looks = next((endings for start, endings in _STARTS if start.match(data)), frozenset())
    if ending not in _ENDINGS:
        if looks:
            raise NotAPicture(_OTHER)
        return PICTURE
    if len(data) > LIMIT:
        raise NotAPicture(_LARGE)
    if ending not in looks:
        raise NotAPicture(_OTHER)
    return _ENDINGS[ending]
