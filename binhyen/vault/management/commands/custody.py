"""Command `binhyen custody`: key holders, key ceremony, rotation, recovery, and offline transfer."""

import time
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation
from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.key_distribution import list_holders, list_new_recovery_keys
from binhyen.vault.models import Holder
from binhyen.vault.offline import bundles
from binhyen.vault.queries import list_holder_groups, list_stale_groups
from binhyen.vault.rules import MACHINE_GROUPS, PEOPLE_GROUPS, SPLIT_GROUPS
from binhyen.vault.sealed_desks import get_desks
from binhyen.vault.services import key_ceremony, key_holders, key_rotation, offline_transfer

_ALL_GROUPS = (*MACHINE_GROUPS, *PEOPLE_GROUPS)
_GRACE_PERIOD = key_rotation.GRACE
_POLL_SECONDS = 2.0  # seconds between two polls while others work


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        commands.add_parser("state", help="ai giữ khóa nào, dưới khóa cũ còn gì không")
        seat = commands.add_parser("seat", help="giao phần khóa 1, 2 hoặc 3 cho người giữ danh tính")
        seat.add_argument("username")
        seat.add_argument("seat", type=int)
        spare = commands.add_parser("spare", help="tạo khóa khôi phục của một phần khóa, cất trong phong bì")
        spare.add_argument("label")
        spare.add_argument("seat", type=int)
        spare.add_argument("--file", type=Path, help="tệp khóa đi kèm")
        lost = commands.add_parser("retire", help="bỏ một khóa khôi phục đã mất, hoặc có thể bị lộ")
        lost.add_argument("which", help="tên trên phong bì, hoặc mã kiểm tra khóa")
        hold = commands.add_parser("ceremony", help="lễ trao khóa: khóa đầu tiên từ tệp sang người")
        rotate = commands.add_parser("rotate", help="thay khóa của một nhóm, chuyển hết sang khóa mới")
        rotate.add_argument("group", choices=_ALL_GROUPS)
        rotate.add_argument("--by", action="append", default=[], help="người giữ khóa chuyển ngay tại đây (nhiều lần)")
        for waiting in (hold, rotate):
            waiting.add_argument("--no-wait", action="store_true", help="không chờ khóa cũ được hủy")
        recover = commands.add_parser("recover", help="hai khóa khôi phục trao lại khóa của nhóm cho một người")
        recover.add_argument("group", choices=PEOPLE_GROUPS)
        recover.add_argument("--to", required=True)
        recover.add_argument("--by", action="append", required=True, help="tên trên phong bì; hai lần")
        outside = commands.add_parser("key", help="nhận khóa công khai tạo ở máy cô lập")
        outside.add_argument("username")
        outside.add_argument("file", type=Path)
        export = commands.add_parser("export", help="gói niêm phong mang sang máy cô lập")
        export.add_argument("which", help="mã yêu cầu mở danh tính, hoặc BÀN/mã tin kín")
        export.add_argument("file", type=Path)
        export.add_argument("--as", dest="username", required=True, help="ai mang đi")
        take = commands.add_parser("import", help="nhận tệp trả lời từ máy cô lập")
        take.add_argument("file", type=Path)
        take.add_argument("--as", dest="username", required=True, help="ai mang về")

    def handle(self, *args: Any, **options: Any) -> None:
        # no officer's name: with shell access any name could be typed
        self._actor = f"command:custody {options['what']}"
        try:
            getattr(self, f"_{options['what']}")(options)
        except (RuleViolation, bundles.UnreadableBundle, key_wrapping.EmptyKeyFile, OSError) as problem:
            raise CommandError(str(problem)) from problem
        except KeyboardInterrupt:
            raise CommandError("Đã dừng chờ. Khóa mới vẫn dùng, phần còn lại chạy tiếp; chạy lại để xem.") from None

    def _state(self, options: dict[str, Any]) -> None:
        for row in key_ceremony.list_key_statuses():
            part = f" phần {row.part}" if row.part else ""
            self._write_line(f"{row.group:<9}{part:<7} {row.key}  {row.state}{row.left and f', {row.left}'}")
            self._write_line(f"          {', '.join(row.holders) or 'tệp khóa của tiến trình'}")
        for holder in Holder.objects.filter(retired_at=None).select_related("officer").order_by("seat", "id"):
            where = "" if holder.wrapped_key else ", ở máy cô lập"
            where += ", chưa tự nhận" if holder.placed_at else ""
            self._write_line(f"Người giữ: {_format_holder(holder)}{where}")
        for group in list_stale_groups():
            self._write_line(f"Nên thay khóa: {group}. Có khóa từng giữ nó nay đã bỏ: custody rotate {group}")
        for problem in (*key_ceremony.describe_missing_holders(), *key_ceremony.describe_underheld_groups()):
            self._write_line(f"Còn thiếu: {problem}")

    def _seat(self, options: dict[str, Any]) -> None:
        holder = self._holder(options["username"])
        key_ceremony.assign_seat(holder=holder, seat=options["seat"], actor=self._actor, now=clock.now())
        self._write_line(f"{options['username']} giữ phần khóa {options['seat']}.")

    def _spare(self, options: dict[str, Any]) -> None:
        if Holder.objects.filter(officer=None, retired_at=None, label=options["label"]).exists():
            raise CommandError("Đã có khóa khôi phục tên này. Khóa cũ mất thì bỏ trước: custody retire TÊN.")
        file = key_wrapping.limit_key_file(options["file"].read_bytes()) if options["file"] else b""
        passphrase = getpass("Cụm mật khẩu (ít nhất 6 từ): ")
        # nosemgrep: secret-compared-plainly  the person's own two inputs, compared for a typing error
        if getpass("Nhập lại: ") != passphrase:
            raise CommandError("Hai lần nhập không giống nhau.")
        if options["seat"] not in (1, 2, 3):
            raise CommandError("Ghế là 1, 2 hoặc 3.")
        holder = key_holders.create_holder(
            officer=None,
            label=options["label"],
            seat=options["seat"],
            passphrase=passphrase,
            file=file,
            actor=self._actor,
            now=clock.now(),
        )
        self._write_line(f"Khóa khôi phục «{options['label']}», dấu {envelopes.get_fingerprint(bytes(holder.public))}.")

    def _retire(self, options: dict[str, Any]) -> None:
        def mark(holder: Holder) -> str:
            return envelopes.get_fingerprint(bytes(holder.public))

        query = options["which"].strip()
        recovery_keys = list(Holder.objects.filter(officer=None, retired_at=None).order_by("id"))
        matches = [recovery_key for recovery_key in recovery_keys if query in (recovery_key.label, mark(recovery_key))]
        if len(matches) != 1:
            raise CommandError(
                "\n".join(
                    [
                        "Chọn một, bằng tên hoặc mã kiểm tra khóa:",
                        *(_format_holder(recovery_key) for recovery_key in recovery_keys),
                    ]
                )
            )
        key_holders.retire_holder(holder=matches[0], actor=self._actor, now=clock.now())
        self._write_line(
            f"Đã bỏ: {_format_holder(matches[0])}. Ai cầm nó còn mở được bản chép cũ: thay khóa từng nhóm ngay."
        )
        for problem in key_ceremony.describe_underheld_groups():
            self._write_line(f"Còn thiếu: {problem}")

    def _ceremony(self, options: dict[str, Any]) -> None:
        for key in key_ceremony.hold_ceremony(actor=self._actor, now=clock.now()):
            part = f" phần {key.part}" if key.part else ""
            self._write_line(f"Khóa mới của {key.group}{part}: {envelopes.get_fingerprint(bytes(key.public))}")
        if key_ceremony.rewrap_first_keys():
            self._write_line("  đã chuyển những gì nằm dưới khóa đầu tiên")
        self._wait_until_destroyed(PEOPLE_GROUPS, (), wait=not options["no_wait"])
        if waiting := key_ceremony.list_unfinished_groups():
            self._write_line(f"Khóa đầu tiên chưa hủy: {', '.join(waiting)}. Chạy lại lệnh này.")
        else:
            self._write_line("Xong: không còn khóa nào của người nằm trong tệp. In biên bản: binhyen custody state")

    def _rotate(self, options: dict[str, Any]) -> None:
        group = options["group"]
        people = [self._unlock(self._holder(name)) for name in options["by"]]
        compared = (
            self._read_fingerprints(group, [holder for holder, _pair in people]) if group in PEOPLE_GROUPS else []
        )
        for key in key_rotation.rotate_group_key(group, actor=self._actor, newcomers=compared, now=clock.now()):
            self._write_line(f"Khóa mới của {group}: {envelopes.get_fingerprint(bytes(key.public))}")
        if group in PEOPLE_GROUPS:
            self._write_line("Ai giữ: " + "; ".join(_format_holder(holder) for holder in list_holders(group)))
        if group in PEOPLE_GROUPS and not people:
            self._write_line("Khóa cũ nằm ở người giữ: họ bấm «Chuyển sang khóa mới» tại /giu-kin, hoặc thêm --by TÊN.")
        self._wait_until_destroyed([group], people, wait=not options["no_wait"])

    def _read_fingerprints(self, group: str, people: list[Holder]) -> list[int]:
        """Return new recovery keys whose fingerprint on paper was typed.

        As on /giu-kin it needs an unlocked key of the group: shell access alone gives no share to anyone.
        """
        new_keys, ids = list_new_recovery_keys([group]), []
        if new_keys and not any(group in list_holder_groups(holder) for holder in people):
            self._write_line(
                f"Chưa trao cho khóa khôi phục mới: {', '.join(recovery_key.label for recovery_key in new_keys)}. "
                "Trao thì chạy với "
                "--by NGƯỜI GIỮ KHÓA, hoặc «Thay khóa của nhóm» ở /giu-kin."
            )
            return []
        for recovery_key in new_keys:
            public = bytes(recovery_key.public)
            typed = input(
                f"Khóa khôi phục mới «{recovery_key.label}»: ba nhóm đầu ghi trên phong bì phải là "
                f"{envelopes.get_fingerprint_prefix(public)}. "
                "Gõ nhóm cuối ghi ở đó (để trống: không trao): "
            ).strip()
            if typed and not envelopes.is_fingerprint_match(public, typed):
                raise CommandError(
                    f"Nhóm cuối của «{recovery_key.label}» không khớp, chưa thay gì. So lại với phong bì."
                )
            ids += [recovery_key.pk] if typed else []
        return ids

    def _wait_until_destroyed(self, groups: Any, people: Any, *, wait: bool) -> None:
        """Report progress of the re-encryption.

        A key is destroyed when no data uses it and its grace period is over.
        """
        last_line = ""
        while True:
            for holder, pair in people:
                key_rotation.rewrap_with_holder(holder, pair, limit=5000)
            moved = set(groups) == set(PEOPLE_GROUPS) and key_ceremony.rewrap_first_keys()
            for key in key_rotation.destroy_unused(groups, actor=self._actor, now=clock.now(), grace=_GRACE_PERIOD):
                self._write_line(f"Đã hủy khóa cũ của {key.group}: {envelopes.get_fingerprint(bytes(key.public))}")
            remaining = key_rotation.count_left_by_key(groups)
            rows = sum(remaining.values())
            line = f"  khóa cũ: {len(remaining)}, {key_ceremony.describe_amount(groups, rows)}"
            if line != last_line or moved:
                self._write_line(line)
                last_line = line
            if not remaining or not wait:
                return
            key_rotation.defer_rewrap(groups)
            time.sleep(_POLL_SECONDS)

    def _recover(self, options: dict[str, Any]) -> None:
        spare = Holder.objects.filter(officer=None, retired_at=None)
        receiver, givers = self._holder(options["to"]), []
        if receiver.placed_at is not None:
            raise CommandError("Khóa này do lệnh trên máy chủ đặt. Người nhận phải tự gửi tệp khóa tại /giu-kin trước.")
        if not key_holders.is_entitled(receiver, options["group"]):
            raise CommandError("Người nhận không làm việc của nhóm này.")
        if options["group"] in SPLIT_GROUPS and receiver.seat is None:
            raise CommandError(f"Người nhận chưa có phần khóa: custody seat {options['to']} 1, 2 hoặc 3.")
        self._write_line(
            f"Mã kiểm tra khóa của người nhận: {envelopes.get_fingerprint(bytes(receiver.public))}. "
            "Hỏi người ấy trước khi mở phong bì."
        )
        for label in options["by"]:
            recovery_holder = spare.filter(label=label).order_by("-id").first()
            if recovery_holder is None:
                raise CommandError(f"Không có khóa khôi phục «{label}».")
            givers.append(self._unlock(recovery_holder))
        shares = key_rotation.recover_key(options["group"], givers, to=receiver, actor=self._actor, now=clock.now())
        self._write_line(
            f"Đã trao lại {shares} phần khóa cho {options['to']}. Nên thay khóa ngay: custody rotate {options['group']}"
        )

    def _key(self, options: dict[str, Any]) -> None:
        key = bundles.parse_public_key(options["file"].read_text())
        officer = self._officer(options["username"])
        offline_transfer.import_public_key(officer=officer, key=key, command=self._actor, now=clock.now())
        self._write_line(
            f"Mã kiểm tra khóa {envelopes.get_fingerprint(key.public)}: đối chiếu với tờ giấy ghi ở máy cô lập."
        )
        self._write_line(
            f"Chưa dùng được: {officer.name} phải tự gửi tệp này tại /giu-kin, mục «Dùng khóa ở máy cô lập»."
        )

    def _export(self, options: dict[str, Any]) -> None:
        officer, which = self._officer(options["username"]), options["which"]
        name, _, ref = which.rpartition("/")
        if name:
            desk = get_desks().get(name)
            conversation = desk.talk(officer, ref, now=clock.now()) if desk else None
            if desk is None or conversation is None:
                raise CommandError("Không có tin này.")
            bundle = offline_transfer.export_conversation(
                desk=desk, talk=conversation, officer=officer, command=self._actor, now=clock.now()
            )
        else:
            bundle = offline_transfer.export_request(
                opening_id=which, officer=officer, command=self._actor, now=clock.now()
            )
        with options["file"].open("x") as file:
            file.write(bundles.format_bundle(bundle))
        sealed = len(bundle.rows) + len(bundle.files)
        self._write_line(f"{options['file']}: {sealed} mục niêm phong, {len(bundle.copies)} phần khóa.")

    def _import(self, options: dict[str, Any]) -> None:
        answer = bundles.parse_answer(options["file"].read_text())
        officer = self._officer(options["username"])
        request_row = offline_transfer.import_answer(answer=answer, officer=officer, now=clock.now())
        self._write_line(
            "Đã mở cho người xin." if request_row.opened_at else "Đã ghi. Cần thêm một người giữ phần khóa khác."
        )

    def _officer(self, username: str) -> Officer:
        officer = Officer.objects.filter(username=username, is_active=True).first()
        if officer is None:
            raise CommandError(f"Không có tài khoản «{username}» đang hoạt động.")
        return officer

    def _holder(self, username: str) -> Holder:
        holder = (
            Holder.objects.filter(officer=self._officer(username), retired_at=None).select_related("officer").first()
        )
        if holder is None:
            raise CommandError(f"«{username}» chưa tạo khóa riêng tại /giu-kin.")
        return holder

    def _unlock(self, holder: Holder) -> tuple[Holder, KeyPair]:
        name = holder.officer.name if holder.officer else holder.label
        passphrase = getpass(f"Cụm mật khẩu của {name}: ")
        file = (
            Path(input("Đường dẫn tệp khóa: ")).read_bytes() if key_wrapping.needs_key_file(holder.wrapped_key) else b""
        )
        try:
            return holder, key_holders.unlock_holder(holder, passphrase=passphrase, file=file)
        except key_wrapping.WrongPassphrase:
            raise CommandError("Cụm mật khẩu hoặc tệp khóa không đúng.") from None

    def _write_line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _format_holder(holder: Holder) -> str:
    owner = f"{holder.officer.name} ({holder.officer.username})" if holder.officer else holder.label
    return (
        f"{owner}, phần khóa {holder.seat or '–'}, mã kiểm tra khóa {envelopes.get_fingerprint(bytes(holder.public))}"
    )
