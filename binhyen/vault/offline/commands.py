"""Command `binhyen station`: custody work on the isolated machine, without database, network and Django.

A private key lies there as a file encrypted under its passphrase (vault/key_wrapping.py), best on a stick in a safe.
"""

import argparse
import os
import sys
from getpass import getpass
from pathlib import Path

from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.offline import airgapped, bundles
from binhyen.vault.rules import find_passphrase_problem
from binhyen.vault.signing import get_verify_key


class CommandStopped(Exception):
    """Error shown to the user of the machine; nothing was written."""


def main(arguments: list[str]) -> int:
    """Run a command; return the exit status."""
    options = _build_parser().parse_args(arguments)
    try:
        options.do(options)
    except (
        CommandStopped,
        bundles.UnreadableBundle,
        airgapped.KeyMismatch,
        key_wrapping.EmptyKeyFile,
        OSError,
    ) as problem:
        print(f"✗ {problem}", file=sys.stderr)  # noqa: T201
        return 1
    except envelopes.EnvelopeError:
        print("✗ Gói này đã bị sửa, hoặc không dành cho khóa này.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="binhyen station", description="Giữ khóa trên máy cô lập.")
    commands = parser.add_subparsers(required=True)
    key = commands.add_parser("key", help="tạo khóa riêng: NAME.key ở lại, NAME.pub mang ra máy chủ")
    key.add_argument("name", type=Path)
    key.add_argument("--file", type=Path, help="tệp khóa: mất tệp này là mất khóa")
    key.set_defaults(do=create_key_file)
    agree = commands.add_parser("agree", help="đồng ý mở một danh tính; người thứ hai làm lại lệnh này với cùng ANSWER")
    agree.add_argument("bundle", type=Path)
    agree.add_argument("answer", type=Path, help="tệp mang về máy chủ")
    read = commands.add_parser("read", help="người xin đọc danh tính tại máy này")
    read.add_argument("bundle", type=Path)
    read.add_argument("answer", type=Path)
    words = commands.add_parser("words", help="đọc một tin kín tại máy này")
    words.add_argument("bundle", type=Path)
    for command, function in ((agree, approve_offline_request), (read, print_identity), (words, print_messages)):
        command.add_argument("--key", type=Path, required=True)
        command.add_argument("--file", type=Path)
        command.set_defaults(do=function)
    return parser


def create_key_file(options: argparse.Namespace) -> None:
    name = options.name.resolve()  # ./dev starts in the checkout: show the full path
    private_file, public_file = name.with_suffix(".key"), name.with_suffix(".pub")
    if private_file.exists() or public_file.exists():
        raise CommandStopped(f"{private_file.name} hoặc {public_file.name} đã có; không khóa nào bị ghi đè.")
    file = key_wrapping.limit_key_file(_read_key_file(options.file)) if options.file else b""
    passphrase = getpass("Cụm mật khẩu (ít nhất 6 từ): ")
    if problem := find_passphrase_problem(passphrase, options.name.stem):
        raise CommandStopped(problem)
    # nosemgrep: secret-compared-plainly  the person's own two inputs, compared for a typing error
    if getpass("Nhập lại: ") != passphrase:
        raise CommandStopped("Hai lần nhập không giống nhau.")
    pair = envelopes.generate_key_pair()
    wrapped = key_wrapping.wrap_private_key(pair.private, passphrase=passphrase, file=file, context=_CONTEXT)
    descriptor = os.open(private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "wb") as key_file:
        key_file.write(wrapped)
        key_file.flush()
        os.fsync(key_file.fileno())
    public_file.write_text(bundles.format_public_key(pair.private, pair.public.raw, get_verify_key(pair.private)))
    _print_line(f"{private_file}: giữ ở máy này, cất bản sao. {public_file}: mang ra máy chủ.")
    _print_line(
        f"Mã kiểm tra khóa: {_format_fingerprint(pair.public.raw)}. Ghi lại trên giấy; máy chủ phải hiện đúng mã này."
    )


def approve_offline_request(options: argparse.Namespace) -> None:
    bundle = _read_bundle(options, "opening")
    earlier_answer = bundles.parse_answer(options.answer.read_text()) if options.answer.exists() else None
    _print_facts(bundle)
    pair = open_key_file(options.key, options.file)
    if bundle.reason_copies:  # encrypted: it is readable only now, so the approval is asked for after it
        _print_line(f"Lý do: {airgapped.open_reason_text(bundle, pair) or 'khóa của bạn không mở được dòng này'}")
        if input("Gõ «đồng ý» nếu đồng ý: ").strip().casefold() not in _YES:
            raise CommandStopped("Chưa đồng ý; không ghi gì.")
    answer = airgapped.approve_bundle(bundle, pair, earlier_answer=earlier_answer)
    partial = options.answer.with_name(options.answer.name + ".part")
    partial.write_text(bundles.format_answer_file(answer))
    partial.replace(options.answer)
    missing_count = 2 - len(answer.approvals)
    _print_line(
        "Đã đồng ý. "
        + (
            f"Cần thêm {missing_count} người giữ phần khóa khác."
            if missing_count > 0
            else f"Đủ hai người: mang {options.answer} về."
        )
    )


def print_identity(options: argparse.Namespace) -> None:
    bundle = _read_bundle(options, "opening")
    answer = bundles.parse_answer(options.answer.read_text())
    _print_facts(bundle)
    pair = open_key_file(options.key, options.file)
    for label, value in airgapped.open_identity(bundle, answer, pair):
        _print_line(f"  {label}: {value}")
    _write_files(options, bundle, airgapped.join_request_key(bundle, answer, pair) if bundle.files else None)
    _print_line("Xem xong: xóa tệp gói và tệp trả lời khỏi máy này sau khi đã nhập trả lời vào máy chủ.")


def print_messages(options: argparse.Namespace) -> None:
    bundle = _read_bundle(options, "words")
    _print_facts(bundle)
    pair = open_key_file(options.key, options.file)
    for note, text in airgapped.open_messages(bundle, pair):
        _print_line(f"— {note}\n{text}\n")
    _write_files(options, bundle, airgapped.open_handler_key(bundle, pair) if bundle.files else None)


def _write_files(options: argparse.Namespace, bundle: bundles.Bundle, lock: KeyPair | None) -> None:
    """Write pictures and files beside the bundle: never shown here, never over another file."""
    for number, (name, content) in enumerate(airgapped.open_files(bundle, lock) if lock else (), start=1):
        target = options.bundle.resolve().with_suffix(f".{number}{Path(name).suffix or '.bin'}")
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "wb") as target_file:
            target_file.write(content)
        _print_line(f"{name}: {target}. Chỉ mở tại máy này; xem xong thì xóa.")


_YES = ("đồng ý", "dong y")
_CONTEXT = "binhyen station key"


def open_key_file(key: Path, file: Path | None) -> KeyPair:
    """Open a key file made by `create_key_file` with its passphrase. Raises CommandStopped, OSError."""
    wrapped = key.read_bytes()
    try:
        private = key_wrapping.unwrap_private_key(
            wrapped, passphrase=getpass("Cụm mật khẩu: "), file=_read_key_file(file), context=_CONTEXT
        )
    except key_wrapping.WrongPassphrase:
        raise CommandStopped("Cụm mật khẩu hoặc tệp khóa không đúng.") from None
    return KeyPair.of(private)


def _read_bundle(options: argparse.Namespace, kind: str) -> bundles.Bundle:
    if options.bundle.stat().st_size > bundles.MAX_BUNDLE_SIZE:
        raise CommandStopped("Tệp này quá lớn.")
    bundle = bundles.parse_bundle(options.bundle.read_text())
    if bundle.what != kind:
        raise CommandStopped("Gói này để làm việc khác.")
    return bundle


def _print_facts(bundle: bundles.Bundle) -> None:
    for label, value in bundle.facts.items():
        _print_line(f"{label}: {value}")
    if bundle.asker:
        _print_line(
            f"Mã kiểm tra khóa nhận (tính lại tại máy này): {_format_fingerprint(bundle.asker)}. "
            "Đối chiếu với người xin trước khi đồng ý."
        )


def _format_fingerprint(public: bytes) -> str:
    return envelopes.get_fingerprint(public)


def _read_key_file(file: Path | None) -> bytes:
    return file.read_bytes() if file else b""


def _print_line(text: str) -> None:
    print(text)  # noqa: T201
