"""What a file is by its own bytes, where it is no picture: kept as it came, sealed, and shown to nobody by us.

Nothing here decodes: the first bytes and the ending of the name must say the same, that is all. What a reader of such
files makes of them is the business of a machine that may be lost.
"""

import re

from binhyen.kit.files import LIMIT, NotAPicture
from binhyen.kit.wording import N_

PICTURE, PDF, SOUND, FILM = "image", "pdf", "audio", "video"
LABELS = {PDF: N_("PDF"), SOUND: N_("ghi âm"), FILM: N_("video")}
_ENDINGS = {
    "pdf": PDF, "mp3": SOUND, "ogg": SOUND, "oga": SOUND, "opus": SOUND, "m4a": SOUND, "amr": SOUND,
    "mp4": FILM, "3gp": FILM, "mov": FILM,
}  # fmt: skip
_BOXED = frozenset({"m4a", "mp4", "3gp", "mov"})  # one container (ISO base media): the ending says what is in it
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
    """PICTURE for whatever does not call itself something else: the decoder judges that. Raises NotAPicture."""
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
