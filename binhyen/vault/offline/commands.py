"""Command `binhyen station`: custody work on the isolated machine, without database, network and Django.

A private key lies there as a file encrypted under its passphrase (vault/key_wrapping.py), best on a stick in a safe.
"""

import argparse
import os
import sys
from getpass import getpass
from pathlib import Path

from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.envelopes import Pair
from binhyen.vault.offline import airgapped, bundles
from binhyen.vault.rules import passphrase_problem
from binhyen.vault.signing import verify_key


class Stopped(Exception):
    """Error shown to the user of the machine; nothing was written."""


def main(arguments: list[str]) -> int:
    """Run a command; return the exit status."""
    given = _parser().parse_args(arguments)
    try:
        given.do(given)
    except (Stopped, bundles.Unreadable, airgapped.NotYours, key_wrapping.EmptyFile, OSError) as problem:
        print(f"✗ {problem}", file=sys.stderr)  # noqa: T201
        return 1
    except envelopes.Refused:
        print("✗ Gói này đã bị sửa, hoặc không dành cho khóa này.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="binhyen station", description="Giữ khóa trên máy cô lập.")
    commands = parser.add_subparsers(required=True)
    key = commands.add_parser("key", help="tạo khóa riêng: NAME.key ở lại, NAME.pub mang ra máy chủ")
    key.add_argument("name", type=Path)
    key.add_argument("--file", type=Path, help="tệp khóa: mất tệp này là mất khóa")
    key.set_defaults(do=make)
    agree = commands.add_parser("agree", help="đồng ý mở một danh tính; người thứ hai làm lại lệnh này với cùng ANSWER")
    agree.add_argument("bundle", type=Path)
    agree.add_argument("answer", type=Path, help="tệp mang về máy chủ")
    read = commands.add_parser("read", help="người xin đọc danh tính tại máy này")
    read.add_argument("bundle", type=Path)
    read.add_argument("answer", type=Path)
    words = commands.add_parser("words", help="đọc một tin kín tại máy này")
    words.add_argument("bundle", type=Path)
    for command, do in ((agree, agree_to), (read, read_identity), (words, read_words)):
        command.add_argument("--key", type=Path, required=True)
        command.add_argument("--file", type=Path)
        command.set_defaults(do=do)
    return parser


def make(given: argparse.Namespace) -> None:
    name = given.name.resolve()  # ./dev starts in the checkout: show the full path
    private_file, public_file = name.with_suffix(".key"), name.with_suffix(".pub")
    if private_file.exists() or public_file.exists():
        raise Stopped(f"{private_file.name} hoặc {public_file.name} đã có; không khóa nào bị ghi đè.")
    file = key_wrapping.new_file(_beside(given.file)) if given.file else b""
    passphrase = getpass("Cụm mật khẩu (ít nhất 6 từ): ")
    if problem := passphrase_problem(passphrase, given.name.stem):
        raise Stopped(problem)
    # nosemgrep: secret-compared-plainly  the person's own two inputs, compared for a typing error
    if getpass("Nhập lại: ") != passphrase:
        raise Stopped("Hai lần nhập không giống nhau.")
    pair = envelopes.new_pair()
    wrapped = key_wrapping.wrap(pair.private, passphrase=passphrase, file=file, context=_CONTEXT)
    descriptor = os.open(private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "wb") as kept:
        kept.write(wrapped)
        kept.flush()
        os.fsync(kept.fileno())
    public_file.write_text(bundles.new_key_text(pair.private, pair.public.raw, verify_key(pair.private)))
    _say(f"{private_file}: giữ ở máy này, cất bản sao. {public_file}: mang ra máy chủ.")
    _say(f"Dấu khóa: {_mark(pair.public.raw)}. Ghi lại trên giấy; máy chủ phải hiện đúng dấu này.")


def agree_to(given: argparse.Namespace) -> None:
    bundle = _bundle(given, "opening")
    before = bundles.read_answer(given.answer.read_text()) if given.answer.exists() else None
    _show(bundle)
    pair = open_key(given.key, given.file)
    if bundle.reason_copies:  # encrypted: it is readable only now, so the approval is asked for after it
        _say(f"Lý do: {airgapped.reason(bundle, pair) or 'khóa của bạn không mở được dòng này'}")
        if input("Gõ «đồng ý» nếu đồng ý: ").strip().casefold() not in _YES:
            raise Stopped("Chưa đồng ý; không ghi gì.")
    answer = airgapped.agree(bundle, pair, before=before)
    partial = given.answer.with_name(given.answer.name + ".part")
    partial.write_text(bundles.answer_text(answer))
    partial.replace(given.answer)
    left = 2 - len(answer.approvals)
    _say(
        "Đã đồng ý. " + (f"Cần thêm {left} người ở ghế khác." if left > 0 else f"Đủ hai người: mang {given.answer} về.")
    )


def read_identity(given: argparse.Namespace) -> None:
    bundle = _bundle(given, "opening")
    answer = bundles.read_answer(given.answer.read_text())
    _show(bundle)
    pair = open_key(given.key, given.file)
    for label, value in airgapped.read(bundle, answer, pair):
        _say(f"  {label}: {value}")
    _keep_files(given, bundle, airgapped.opened_lock(bundle, answer, pair) if bundle.files else None)
    _say("Xem xong: xóa tệp gói và tệp trả lời khỏi máy này sau khi đã nhập trả lời vào máy chủ.")


def read_words(given: argparse.Namespace) -> None:
    bundle = _bundle(given, "words")
    _show(bundle)
    pair = open_key(given.key, given.file)
    for note, text in airgapped.words(bundle, pair):
        _say(f"— {note}\n{text}\n")
    _keep_files(given, bundle, airgapped.handlers_lock(bundle, pair) if bundle.files else None)


def _keep_files(given: argparse.Namespace, bundle: bundles.Bundle, lock: Pair | None) -> None:
    """Write pictures and files beside the bundle: never shown here, never over another file."""
    for number, (name, content) in enumerate(airgapped.files(bundle, lock) if lock else (), start=1):
        place = given.bundle.resolve().with_suffix(f".{number}{Path(name).suffix or '.bin'}")
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "wb") as kept:
            kept.write(content)
        _say(f"{name}: {place}. Chỉ mở tại máy này; xem xong thì xóa.")


_YES = ("đồng ý", "dong y")
_CONTEXT = "binhyen station key"


def open_key(key: Path, file: Path | None) -> Pair:
    """Open a key file made by `create_key_file` with its passphrase. Raises CommandStopped, OSError."""
    wrapped = key.read_bytes()
    try:
        private = key_wrapping.unwrap(
            wrapped, passphrase=getpass("Cụm mật khẩu: "), file=_beside(file), context=_CONTEXT
        )
    except key_wrapping.WrongPassphrase:
        raise Stopped("Cụm mật khẩu hoặc tệp khóa không đúng.") from None
    return Pair.of(private)


def _bundle(given: argparse.Namespace, what: str) -> bundles.Bundle:
    if given.bundle.stat().st_size > bundles.MOST:
        raise Stopped("Tệp này quá lớn.")
    bundle = bundles.read_bundle(given.bundle.read_text())
    if bundle.what != what:
        raise Stopped("Gói này để làm việc khác.")
    return bundle


def _show(bundle: bundles.Bundle) -> None:
    for label, value in bundle.facts.items():
        _say(f"{label}: {value}")
    if bundle.asker:
        _say(f"Dấu khóa nhận (tính lại tại máy này): {_mark(bundle.asker)}. Đối chiếu với người xin trước khi đồng ý.")


def _mark(public: bytes) -> str:
    return envelopes.fingerprint(public)


def _beside(file: Path | None) -> bytes:
    return file.read_bytes() if file else b""


def _say(text: str) -> None:
    print(text)  # noqa: T201
