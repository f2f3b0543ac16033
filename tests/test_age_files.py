"""Files in age format: the standard tool and ours read each other's; complete or refused, in little memory."""

import base64
import io
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from binhyen.backup import age_files, backup_keys
from binhyen.backup.age_files import AgeError, WrongIdentityError

PIECE = 64 * 1024
# Written by age 1.2.1 and age-keygen: an identity file under the passphrase below, and a file encrypted to it.
STANDARD_IDENTITY = """\
-----BEGIN AGE ENCRYPTED FILE-----
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCB5WWx2c1N5TEZSOVM2MUYy
VThFZkZ3IDE4CnVkTHlPWi9OYmpVeG1jODlvazJtanBnclRSZDBUaFBETEg1alNq
R3JDcDgKLS0tIEFnMlozT29vNEVGaHhUTU1xU1E1eHROMnJsRDhMNXhBd3hmSzVm
cHJsVkEKNtSlMN0aZ9Dumqt+RFe/E0q4nsPvl2Y9hcH0qbd+4EoQ3/no5w9TXtPW
hDxzGR38WHU4gBrQBOvYqBqmlVXjl90z9cmcAJuEYAR3E4PBP+SwBd1dY6vwspOq
n5mfD7uLnwbfBD0lBvBcqKidY4Bc5xLzGP4/9UFkalgdyUYxqit4DfssAY3lErF8
fW69dOD8etbfvXsGGHFalbqJyYmzZCe7GF4qI41QXhG+WhY0Mw1mOGqqLPe1UEuQ
KXKpP6LK1J3xRqrXEtr7F+bYZii1GbTPXuVyE21/
-----END AGE ENCRYPTED FILE-----
"""
STANDARD_PASSPHRASE = "sáu từ này chỉ để thử thôi"
STANDARD_FILE = (
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBUZ29iUUd5R09ySW95dHEwNFl0U2NDR3lZYjM0amczYWV3RE9ESUlRR2tJ"
    "CllLNmxVS0IzTWRzQmZid1o2WGsrMUtKWWhCazZNMFpnN1BLeHR0cE1oK28KLS0tIFRycmdDTHk4ZEE4QmlRNFVOV2MrUzNjbEsw"
    "Q01qdFF6ZlRnRDhWT2FjQmsKmC68MEJxtyClTbR9nIr1mX9gGAjRqfao4vzekxz5HTHOhh2Sh1RC4LODy3HYog=="
)


def encrypt(content: bytes, identity: Identity, *, step: int = 1 << 20) -> bytes:
    target = io.BytesIO()
    with age_files.open_encrypting_writer(target, [identity.to_public()]) as writer:
        for index in range(0, len(content), step):
            writer.write(content[index : index + step])
    return target.getvalue()


def decrypt(encrypted: bytes, identity: Identity) -> bytes:
    with age_files.open_decrypting_reader(io.BytesIO(encrypted), identity) as reader:
        return reader.read()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
@pytest.mark.parametrize("step", [1000, 1 << 20])
def test_streams_round_trip(size: int, step: int) -> None:
    identity, content = Identity.generate(), bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    encrypted = encrypt(content, identity, step=step)
    assert decrypt(encrypted, identity) == content and (size < 16 or content[:16] not in encrypted)
    assert age_files.is_encrypted(io.BytesIO(encrypted)) and not age_files.is_encrypted(io.BytesIO(content))


def test_whatever_was_changed_cut_or_added_is_refused() -> None:
    identity = Identity.generate()
    encrypted = encrypt(b"c" * (3 * PIECE), identity)
    start = len(encrypted) - 3 * (PIECE + 16)
    head, pieces = encrypted[:start], [encrypted[start + n * (PIECE + 16) :][: PIECE + 16] for n in range(3)]
    first, second, last = pieces
    assert decrypt(head + first + second + last, identity) == b"c" * (3 * PIECE), "control"
    for harmed in (
        head + first + second,
        head + first,
        head,
        head[:-1],
        b"",
        encrypted[:-1],
        encrypted + b"\0",
        head + second + first + last,
        head + first + last,
        head + first + second + second + last,
    ):
        with pytest.raises(AgeError):
            decrypt(harmed, identity)
    for index in (0, 20, 40, 110, start - 20, start, start + PIECE, len(encrypted) - 1):
        with pytest.raises(AgeError):
            decrypt(encrypted[:index] + bytes([encrypted[index] ^ 1]) + encrypted[index + 1 :], identity)
    with pytest.raises(WrongIdentityError):
        decrypt(encrypted, Identity.generate())


def test_a_reader_may_stop_early_and_its_own_error_stays() -> None:
    identity = Identity.generate()
    encrypted = encrypt(bytes(8 << 20), identity)
    with age_files.open_decrypting_reader(io.BytesIO(encrypted), identity) as reader:
        assert reader.read(10) == bytes(10)
    with (
        pytest.raises(OSError, match="full"),
        age_files.open_decrypting_reader(io.BytesIO(encrypted), identity) as reader,
    ):
        reader.read(10)
        raise OSError(28, "disk full")


class FullDisk(io.BytesIO):
    """A disk with room for so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self.room:
            raise OSError(28, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("room", [4_000_000, 3_900_000, 1_000_000])
def test_a_full_disk_is_an_error_of_the_disk(room: int) -> None:
    """Also one that shows only at the last bytes, which the library writes without looking at the result."""
    identity, content, disk = Identity.generate(), bytes(4_000_000), FullDisk(room)
    with (
        pytest.raises(OSError, match="No space left") as error,
        age_files.open_encrypting_writer(disk, [identity.to_public()]) as writer,
    ):
        writer.write(content)
    assert error.value.errno == 28


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    identity, path, block = Identity.generate(), tmp_path / "long", bytes(1 << 20)
    tracemalloc.start()
    try:
        with path.open("wb") as file, age_files.open_encrypting_writer(file, [identity.to_public()]) as writer:
            for _ in range(48):
                writer.write(block)
        with path.open("rb") as file, age_files.open_decrypting_reader(file, identity) as reader:
            assert sum(iter(lambda: len(reader.read(1 << 16)), 0)) == 48 << 20
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_files_of_the_standard_tool_open_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "standard.key"
    key.write_text(STANDARD_IDENTITY)
    monkeypatch.setattr(backup_keys, "getpass", lambda _: STANDARD_PASSPHRASE)
    identity = backup_keys.open_backup_key(key)
    assert decrypt(base64.b64decode(STANDARD_FILE), identity).decode() == "Bản sao lưu"
    for text in ("", "age1qqqq", "AGE-SECRET-KEY-1QQQQ", f"{identity}\n{identity}"):
        with pytest.raises(ValueError, match="private key"):
            age_files.parse_age_identity(text)
        with pytest.raises(ValueError, match="public key"):
            age_files.read_recipients(text)
    others = [str(Identity.generate().to_public()) for _ in range(2)]
    recipients = age_files.read_recipients("# hai người\n" + "\n".join(others))
    assert [str(recipient) for recipient in recipients] == others


@pytest.mark.skipif(shutil.which("age") is None, reason="apt install age: opens our archive with the standard tool")
def test_the_standard_tool_opens_our_files(tmp_path: Path) -> None:
    identity, content = Identity.generate(), b"tar" * 100_000
    (tmp_path / "id").write_text(str(identity))
    (tmp_path / "a.age").write_bytes(encrypt(content, identity))
    command = ["age", "--decrypt", "--identity", str(tmp_path / "id"), str(tmp_path / "a.age")]
    assert subprocess.run(command, check=True, capture_output=True).stdout == content
