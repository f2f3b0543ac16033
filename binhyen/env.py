"""Settings from environment variables, each with its meaning; an invalid one stops the start with a hint.

Imports nothing else of the program.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(SystemExit):
    """Invalid environment variable. Ends the program with the hint as its last output."""

    def __init__(self, name: str, problem: str, hint: str) -> None:
        super().__init__(f"{name}: {problem}\nHint: {hint}")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable, for `./dev doctor` and the operator's guide."""

    name: str
    meaning: str
    default: str


VARIABLES: list[Variable] = []


def env(name: str, default: str, meaning: str) -> str:
    VARIABLES.append(Variable(name, meaning, default))
    return os.environ.get(name, default)


def env_int(name: str, default: int, meaning: str, low: int = 0, high: int = 10**9) -> int:
    text = env(name, str(default), meaning)
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise SettingsError(name, f"«{text}» is not a whole number from {low} to {high}", f"export {name}={default}")
    return int(text)


def env_bool(name: str, default: bool, meaning: str) -> bool:
    text = env(name, "1" if default else "0", meaning).lower()
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise SettingsError(name, f"«{text}» is neither 1 nor 0", f"export {name}=1")
    return text in {"1", "true", "yes"}


def env_choice(name: str, default: str, meaning: str, choices: tuple[str, ...]) -> str:
    text = env(name, default, meaning)
    if text not in choices:
        raise SettingsError(name, f"«{text}» is none of {', '.join(choices)}", f"export {name}={default}")
    return text


def env_list(name: str, default: str, meaning: str) -> list[str]:
    """Read words separated by commas; at least one."""
    words = [part for part in (part.strip() for part in env(name, default, meaning).split(",")) if part]
    if not words:
        raise SettingsError(name, "is empty", f"export {name}={default}")
    return words


def env_address(name: str, default: str, meaning: str) -> str:
    """Read a web address with its scheme; "" only if that is the default. Without the trailing slash."""
    text = env(name, default, meaning).rstrip("/")
    parts = urlsplit(text)
    if text != default and (parts.scheme not in {"http", "https"} or not parts.hostname or not _has_valid_port(text)):
        raise SettingsError(name, f"«{text}» is no web address", f"export {name}={default or 'https://…'}")
    return text


def env_folder(name: str, default: Path, meaning: str) -> Path:
    """Read a folder as absolute path; created if missing."""
    path = Path(env(name, str(default), meaning)).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(name, f"no folder at {path}: {error.strerror}", "name one you may write to") from None
    return path


def env_stored_file(name: str, path: Path, make: Callable[[], str]) -> str:
    """Return the content of a file created atomically at the first start. `name`: the variable of its folder.

    A full disk leaves no file, and an empty one, as such a disk once left, is rejected.
    """
    try:
        if not path.exists():
            _store_atomically(path, make())
        content = path.read_text()
    except OSError as error:
        hint = "make room, or name a folder you may write to"
        raise SettingsError(name, f"{error.strerror} at {path}", hint) from None
    if not content.strip():
        raise SettingsError(
            name, f"{path} is empty", "restore the file from a backup; delete it only if there are no reports yet"
        )
    return content


def _store_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):  # a concurrent start was faster: its key counts
            os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def env_networks(name: str, default: str, meaning: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in env(name, default, meaning).split(","))
    except ValueError as error:
        raise SettingsError(name, str(error), f"export {name}={default}") from None


def _has_valid_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False
