"""Streams and key files in age format (age-encryption.org/v1), also readable with the standard `age` tool.

pyrage copies from a reader to a writer in one call. A pipe and a thread turn that into a file to write to or to read
from, so that memory stays constant. Each piece is authenticated before it is released; a truncated file is refused at
its end.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import IO

import pyrage
from pyrage import passphrase as age_passphrase
from pyrage.x25519 import Identity, Recipient

from binhyen.kit.text import normalize
from binhyen.vault.rules import find_passphrase_problem

SUFFIX = ".age"
_MAGIC = b"age-encryption.org/v1\n"
_ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----"
_BUFFER_SIZE = 1 << 20  # bytes between the thread and the caller


class AgeError(Exception):
    """This file was changed or truncated, or is no age file."""


class WrongIdentityError(AgeError):
    """This file is encrypted to another key."""


class _ErrorRecorder:
    """File that keeps its first OSError: pyrage turns them into text and ignores one of its last flush."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        with self._recorded():
            return self._file.read(size)

    def write(self, data: bytes) -> int:
        with self._recorded():
            return self._file.write(data)

    def flush(self) -> None:
        with self._recorded():
            self._file.flush()

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.error = self.error or error
            raise


def is_encrypted(file: IO[bytes]) -> bool:
    """Return whether an age file begins here."""
    return file.read(len(_MAGIC)) == _MAGIC


@contextmanager
def open_encrypting_writer(target: IO[bytes], recipients: Sequence[Recipient]) -> Iterator[IO[bytes]]:
    """Open a file for writing whose content goes encrypted into `target`; complete when the block ends normally."""
    read_end, write_end = os.pipe()
    with ThreadPoolExecutor(max_workers=1) as executor:
        encryption = executor.submit(_encrypt, read_end, target, recipients)
        try:
            with os.fdopen(write_end, "wb", buffering=_BUFFER_SIZE) as content:
                yield content
        except BrokenPipeError:  # the thread stopped; its error is the cause
            encryption.result()
            raise
        encryption.result()


def _encrypt(read_end: int, target: IO[bytes], recipients: Sequence[Recipient]) -> None:
    output = _ErrorRecorder(target)
    with os.fdopen(read_end, "rb", buffering=_BUFFER_SIZE) as content:
        try:
            pyrage.encrypt_io(content, output, list(recipients))
        finally:
            if output.error:
                raise output.error


@contextmanager
def open_decrypting_reader(source: IO[bytes], identity: Identity) -> Iterator[IO[bytes]]:
    """Open the content of an encrypted file for reading. Raises AgeError, at the end of the block at the latest.

    Only content that was read to its end is proven complete.
    """
    read_end, write_end = os.pipe()
    with ThreadPoolExecutor(max_workers=1) as executor:
        decryption = executor.submit(_decrypt, source, write_end, identity)
        try:
            with os.fdopen(read_end, "rb", buffering=_BUFFER_SIZE) as content:
                yield content
        except Exception as error:  # content that ends early because decryption failed looks damaged to the caller
            if cause := decryption.exception():
                raise cause from error
            raise
        decryption.result()


def _decrypt(source: IO[bytes], write_end: int, identity: Identity) -> None:
    stored = _ErrorRecorder(source)
    try:
        with os.fdopen(write_end, "wb", buffering=_BUFFER_SIZE) as pipe:
            content = _ErrorRecorder(pipe)
            try:
                pyrage.decrypt_io(stored, content, [identity])
            finally:
                if stored.error:
                    raise stored.error
                if content.error:
                    raise content.error
    except BrokenPipeError:  # the caller has read enough
        return
    except (pyrage.DecryptError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise (WrongIdentityError if "No matching keys" in str(error) else AgeError)(str(error)) from error


def read_recipients(text: str) -> tuple[Recipient, ...]:
    """Parse a recipients file: public keys, one a line, `#` begins a comment. Raises ValueError."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        recipients = tuple(Recipient.from_str(line) for line in lines)
    except pyrage.RecipientError as error:
        raise ValueError(f"no public key in age format: {error}") from error
    if not recipients:
        raise ValueError("no public key in it")
    return recipients


def format_key_pair(passphrase: str) -> tuple[str, str, str]:
    """Create a key pair. Return its identity file under the passphrase, its recipients file, and its public key."""
    identity = Identity.generate()
    public = str(identity.to_public())
    secret_file = age_passphrase.encrypt(
        f"# public key: {public}\n{identity}\n".encode(), normalize("NFC", passphrase), armored=True
    )
    return secret_file.decode(), f"# Bình Yên backup\n{public}\n", public


def is_locked(identity_file: str) -> bool:
    """Return whether an identity file is under a passphrase."""
    return identity_file.startswith(_ARMOR)


def unlock_identity_file(identity_file: str, passphrase: str) -> str:
    """Decrypt an identity file. Raises AgeError where the passphrase is wrong.

    The passphrase is normalized: keyboards write the same Vietnamese letter in two ways.
    """
    try:
        decrypted: bytes = age_passphrase.decrypt(identity_file.encode(), normalize("NFC", passphrase))
    except pyrage.DecryptError as error:
        raise AgeError(str(error)) from error
    return decrypted.decode()


def parse_age_identity(identity_file: str) -> Identity:
    """Parse an identity file. Raises ValueError."""
    keys = re.findall(r"^AGE-SECRET-KEY-1\S+$", identity_file, re.M)
    if len(keys) != 1:
        raise ValueError("not one private key in age format")
    try:
        return Identity.from_str(keys[0])
    except pyrage.IdentityError as error:
        raise ValueError(f"no private key in age format: {error}") from error


# Key pair of backups: made and opened on a machine that is not the server, without database and network.
#
# NAME.key is an age identity file under a passphrase, NAME.pub an age recipients file.


class KeyFileError(Exception):
    """Error shown to the user of the machine; nothing was written."""


def run_key_command(arguments: list[str]) -> int:
    """Create NAME.key and NAME.pub (`./dev backup --new-key NAME`); return the exit status."""
    if len(arguments) != 1:
        print("usage: ./dev backup --new-key NAME", file=sys.stderr)  # noqa: T201
        return 2
    try:
        create_key_files(Path(arguments[0]).resolve())  # ./dev starts in the checkout: show the full path
    except (KeyFileError, OSError) as problem:
        print(f"✗ {problem}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def create_key_files(name: Path) -> None:
    private_file, public_file = name.with_suffix(".key"), name.with_suffix(".pub")
    if private_file.exists() or public_file.exists():
        raise KeyFileError(f"{private_file.name} hoặc {public_file.name} đã có; không khóa nào bị ghi đè.")
    passphrase = getpass("Cụm mật khẩu (ít nhất 6 từ): ")
    if problem := find_passphrase_problem(passphrase, name.stem):
        raise KeyFileError(problem)
    # nosemgrep: secret-compared-plainly  the person's own two inputs, compared for a typing error
    if getpass("Nhập lại: ") != passphrase:
        raise KeyFileError("Hai lần nhập không giống nhau.")
    identity_file, recipients_file, public_key = format_key_pair(passphrase)
    descriptor = os.open(private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as key_file:
        key_file.write(identity_file)
        key_file.flush()
        os.fsync(key_file.fileno())
    public_file.write_text(recipients_file)
    print(f"{private_file}: giữ ở máy này, cất bản sao. {public_file}: mang ra máy chủ.")  # noqa: T201
    print(f"Khóa công khai: {public_key}. Ghi lại trên giấy; máy chủ phải hiện đúng khóa này.")  # noqa: T201


def open_backup_key(key: Path) -> Identity:
    """Open an age identity file; prompts for its passphrase if it has one. Raises KeyFileError, OSError, ValueError."""
    identity_file = key.read_text()
    if is_locked(identity_file):
        try:
            identity_file = unlock_identity_file(identity_file, getpass("Cụm mật khẩu: "))
        except AgeError:
            raise KeyFileError("Cụm mật khẩu không đúng.") from None
    return parse_age_identity(identity_file)
