"""Streams and key files in age format (age-encryption.org/v1), also readable with the standard `age` tool.

pyrage copies from a reader to a writer in one call. A pipe and a thread turn that into a file to write to or to read
from, so that memory stays constant. Each piece is authenticated before it is released; a truncated file is refused at
its end.
"""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO

import pyrage
from pyrage import passphrase as age_passphrase
from pyrage.x25519 import Identity, Recipient

from binhyen.kit.text import normalize

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
