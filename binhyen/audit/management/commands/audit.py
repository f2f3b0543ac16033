"""Command `binhyen audit verify|checkpoint|key|hand_out|witness`: the audit log, for operators and the inspectorate."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from binhyen.audit import keys
from binhyen.audit.rules.chain import VerificationResult
from binhyen.audit.rules.signed_notes import InvalidNote
from binhyen.kit import clock


class Command(BaseCommand):
    help = "Nhật ký kiểm tra: đối chiếu, ký điểm kiểm tra, khóa, máy làm chứng"
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        verify = commands.add_parser("verify", help="đối chiếu toàn bộ sổ, tìm chỗ bị sửa")
        verify.add_argument("--checkpoint", nargs="*", type=Path, default=[], help="tệp hoặc thư mục giữ bên ngoài")
        verify.add_argument("--key", nargs="*", default=[], help="khóa công khai của sổ hoặc của máy làm chứng")
        commands.add_parser("checkpoint", help="ký ngay một điểm kiểm tra và in ra")
        commands.add_parser("hand_out", help="giao các điểm kiểm tra chưa giao")
        key = commands.add_parser("key", help="in khóa công khai của sổ")
        key.add_argument("--new", action="store_true", help="tạo khóa mới (sau khi khôi phục, hoặc khi lộ khóa)")
        witness = commands.add_parser("witness", help="nhận và ký làm chứng điểm kiểm tra của nơi khác")
        witness.add_argument("--folder", type=Path, required=True, help="nơi giữ những gì đã ký")
        witness.add_argument("--for", dest="trusted", nargs="+", required=True, help="khóa công khai của các sổ")
        witness.add_argument("--name", default="thanh-tra", help="tên của máy làm chứng")
        witness.add_argument("--host", default="127.0.0.1")
        witness.add_argument("--port", type=int, default=8900)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")(options)
        except InvalidNote as error:
            raise CommandError(str(error)) from error

    def _verify(self, options: dict[str, Any]) -> None:
        from binhyen.audit.services.checkpoints import run_self_check

        given_keys = keys.parse_keys(" ".join(options["key"]))
        missing = [path for path in options["checkpoint"] if not path.exists()]
        if missing:
            raise CommandError(f"Không có tệp {missing[0]}")
        verdict = run_self_check(now=clock.now(), paths=options["checkpoint"], keys=given_keys or keys.list_log_keys())
        self._say(verdict, has_external_copy=bool(options["checkpoint"]))

    def _say(self, verdict: VerificationResult, *, has_external_copy: bool) -> None:
        for fault in verdict.faults:
            self.stderr.write(str(fault))
        if verdict.faults:
            raise CommandError("Sổ KHÔNG nguyên vẹn. Dừng lại, sao nguyên cơ sở dữ liệu, báo thanh tra.")
        self.stdout.write(f"Sổ nguyên vẹn: {verdict.size} dòng, mã gốc {verdict.root.hex()}")
        if verdict.waiting:
            self.stdout.write(
                f"{verdict.waiting} dòng mới chưa được nối vào chuỗi, đang chờ: không phải dấu hiệu bị sửa. "
                "Máy nối trong vài giây; nếu số này không giảm thì tiến trình worker đang đứng."
            )
        if settings.AUDIT_ARCHIVED:
            self.stdout.write(f"Dòng 1–{settings.AUDIT_ARCHIVED} nằm trong kho lưu, không đối chiếu ở đây.")
        if has_external_copy and not verdict.external_size:
            raise CommandError("Ở chỗ đã cho không có điểm kiểm tra nào: CHƯA đối chiếu với bản giữ bên ngoài.")
        if has_external_copy:
            self.stdout.write(f"Khớp với bản giữ bên ngoài đến dòng {verdict.external_size}.")
        else:
            self.stdout.write("Chưa đối chiếu với bản giữ bên ngoài: thêm --checkpoint.")

    def _checkpoint(self, _: dict[str, Any]) -> None:
        from binhyen.audit import services
        from binhyen.audit.queries.chain import get_newest_checkpoint
        from binhyen.audit.services import checkpoints

        while services.chain_waiting():
            pass
        newest_checkpoint = checkpoints.sign_if_due(now=clock.now(), at_once=True) or get_newest_checkpoint()
        if newest_checkpoint is None:
            raise CommandError("Sổ chưa có dòng nào.")
        self.stdout.write(newest_checkpoint.note, ending="")

    def _hand_out(self, _: dict[str, Any]) -> None:
        from binhyen.audit.services import checkpoints

        checkpoints.publish_checkpoints(now=clock.now())

    def _key(self, options: dict[str, Any]) -> None:
        signer = keys.create_log_key() if options["new"] else keys.load_signer() or keys.create_log_key()
        self.stdout.write(str(signer.key))

    def _witness(self, options: dict[str, Any]) -> None:
        import uvicorn

        from binhyen.audit.witness import Witness, build_application

        options["folder"].mkdir(parents=True, exist_ok=True)
        signer = keys.load_witness_signer(options["name"])
        trusted = keys.parse_keys(" ".join(options["trusted"]))
        self.stdout.write(f"Khóa của máy làm chứng: {signer.key}")
        self.stdout.flush()
        uvicorn.run(
            build_application(Witness(options["folder"], signer, trusted)),
            host=options["host"],
            port=options["port"],
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=32,
            timeout_keep_alive=5,
        )
