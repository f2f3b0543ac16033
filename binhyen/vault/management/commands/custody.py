"""Command `binhyen custody`: key holders, key ceremony, rotation, recovery, and offline transfer."""

import time
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from binhyen.kit import clock
from binhyen.people.models import Officer
from binhyen.people.services import Refusal
from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.envelopes import Pair
from binhyen.vault.key_distribution import holders_of, new_envelopes
from binhyen.vault.models import Holder
from binhyen.vault.offline import bundles
from binhyen.vault.queries import groups_of, stale
from binhyen.vault.rules import MACHINES, PEOPLES, SPLIT
from binhyen.vault.sealed_desks import desks
from binhyen.vault.services import key_ceremony, key_holders, key_rotation, offline_transfer

_ALL = (*MACHINES, *PEOPLES)
_GRACE = key_rotation.GRACE
_LOOK = 2.0  # seconds between two polls while others work


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        commands.add_parser("state", help="ai giữ khóa nào, dưới khóa cũ còn gì không")
        seat = commands.add_parser("seat", help="trao ghế 1, 2 hoặc 3 cho người giữ danh tính")
        seat.add_argument("username")
        seat.add_argument("seat", type=int)
        spare = commands.add_parser("spare", help="tạo khóa khôi phục của một ghế, cất trong phong bì")
        spare.add_argument("label")
        spare.add_argument("seat", type=int)
        spare.add_argument("--file", type=Path, help="tệp khóa đi kèm")
        lost = commands.add_parser("retire", help="bỏ một khóa khôi phục đã mất, hoặc có thể bị lộ")
        lost.add_argument("which", help="tên trên phong bì, hoặc dấu khóa")
        hold = commands.add_parser("ceremony", help="lễ trao khóa: khóa đầu tiên từ tệp sang người")
        rotate = commands.add_parser("rotate", help="thay khóa của một nhóm, chuyển hết sang khóa mới")
        rotate.add_argument("group", choices=_ALL)
        rotate.add_argument("--by", action="append", default=[], help="người giữ khóa chuyển ngay tại đây (nhiều lần)")
        for waiting in (hold, rotate):
            waiting.add_argument("--no-wait", action="store_true", help="không chờ khóa cũ được hủy")
        recover = commands.add_parser("recover", help="hai khóa khôi phục trao lại khóa của nhóm cho một người")
        recover.add_argument("group", choices=PEOPLES)
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
        except (Refusal, bundles.Unreadable, key_wrapping.EmptyFile, OSError) as problem:
            raise CommandError(str(problem)) from problem
        except KeyboardInterrupt:
            raise CommandError("Đã dừng chờ. Khóa mới vẫn dùng, phần còn lại chạy tiếp; chạy lại để xem.") from None

    def _state(self, options: dict[str, Any]) -> None:
        for row in key_ceremony.standings():
            part = f" phần {row.part}" if row.part else ""
            self._say(f"{row.group:<9}{part:<7} {row.key}  {row.state}{row.left and f', {row.left}'}")
            self._say(f"          {', '.join(row.holders) or 'tệp khóa của tiến trình'}")
        for holder in Holder.objects.filter(retired_at=None).select_related("officer").order_by("seat", "id"):
            where = "" if holder.wrapped else ", ở máy cô lập"
            where += ", chưa tự nhận" if holder.placed_at else ""
            self._say(f"Người giữ: {_named(holder)}{where}")
        for group in stale():
            self._say(f"Nên thay khóa: {group}. Có khóa từng giữ nó nay đã bỏ: custody rotate {group}")
        for problem in (*key_ceremony.lacking(), *key_ceremony.thin()):
            self._say(f"Còn thiếu: {problem}")

    def _seat(self, options: dict[str, Any]) -> None:
        holder = self._holder(options["username"])
        key_ceremony.sit(holder=holder, seat=options["seat"], actor=self._actor, now=clock.now())
        self._say(f"{options['username']} ngồi ghế {options['seat']}.")

    def _spare(self, options: dict[str, Any]) -> None:
        if Holder.objects.filter(officer=None, retired_at=None, label=options["label"]).exists():
            raise CommandError("Đã có khóa khôi phục tên này. Khóa cũ mất thì bỏ trước: custody retire TÊN.")
        file = key_wrapping.new_file(options["file"].read_bytes()) if options["file"] else b""
        passphrase = getpass("Cụm mật khẩu (ít nhất 6 từ): ")
        # nosemgrep: secret-compared-plainly  the person's own two inputs, compared for a typing error
        if getpass("Nhập lại: ") != passphrase:
            raise CommandError("Hai lần nhập không giống nhau.")
        if options["seat"] not in (1, 2, 3):
            raise CommandError("Ghế là 1, 2 hoặc 3.")
        holder = key_holders.make_holder(
            officer=None,
            label=options["label"],
            seat=options["seat"],
            passphrase=passphrase,
            file=file,
            actor=self._actor,
            now=clock.now(),
        )
        self._say(f"Khóa khôi phục «{options['label']}», dấu {envelopes.fingerprint(bytes(holder.public))}.")

    def _retire(self, options: dict[str, Any]) -> None:
        def mark(one: Holder) -> str:
            return envelopes.fingerprint(bytes(one.public))

        wanted = options["which"].strip()
        spare = list(Holder.objects.filter(officer=None, retired_at=None).order_by("id"))
        found = [one for one in spare if wanted in (one.label, mark(one))]
        if len(found) != 1:
            raise CommandError("\n".join(["Chọn một, bằng tên hoặc dấu khóa:", *(_named(one) for one in spare)]))
        key_holders.retire_holder(holder=found[0], actor=self._actor, now=clock.now())
        self._say(f"Đã bỏ: {_named(found[0])}. Ai cầm nó còn mở được bản chép cũ: thay khóa từng nhóm ngay.")
        for problem in key_ceremony.thin():
            self._say(f"Còn thiếu: {problem}")

    def _ceremony(self, options: dict[str, Any]) -> None:
        for key in key_ceremony.hold(actor=self._actor, now=clock.now()):
            part = f" phần {key.part}" if key.part else ""
            self._say(f"Khóa mới của {key.group}{part}: {envelopes.fingerprint(bytes(key.public))}")
        if key_ceremony.move():
            self._say("  đã chuyển những gì nằm dưới khóa đầu tiên")
        self._until_destroyed(PEOPLES, (), wait=not options["no_wait"])
        if waiting := key_ceremony.still_waiting():
            self._say(f"Khóa đầu tiên chưa hủy: {', '.join(waiting)}. Chạy lại lệnh này.")
        else:
            self._say("Xong: không còn khóa nào của người nằm trong tệp. In biên bản: binhyen custody state")

    def _rotate(self, options: dict[str, Any]) -> None:
        group = options["group"]
        people = [self._opened(self._holder(name)) for name in options["by"]]
        compared = self._compared(group, [holder for holder, _pair in people]) if group in PEOPLES else []
        for key in key_rotation.renew(group, actor=self._actor, newcomers=compared, now=clock.now()):
            self._say(f"Khóa mới của {group}: {envelopes.fingerprint(bytes(key.public))}")
        if group in PEOPLES:
            self._say("Ai giữ: " + "; ".join(_named(holder) for holder in holders_of(group)))
        if group in PEOPLES and not people:
            self._say("Khóa cũ nằm ở người giữ: họ bấm «Chuyển sang khóa mới» tại /giu-kin, hoặc thêm --by TÊN.")
        self._until_destroyed([group], people, wait=not options["no_wait"])

    def _compared(self, group: str, people: list[Holder]) -> list[int]:
        """Return new recovery keys whose fingerprint on paper was typed.

        As on /giu-kin it needs an unlocked key of the group: shell access alone gives no share to anyone.
        """
        fresh, ids = new_envelopes([group]), []
        if fresh and not any(group in groups_of(holder) for holder in people):
            self._say(
                f"Chưa trao cho khóa khôi phục mới: {', '.join(one.label for one in fresh)}. Trao thì chạy với "
                "--by NGƯỜI GIỮ KHÓA, hoặc «Thay khóa của nhóm» ở /giu-kin."
            )
            return []
        for one in fresh:
            public = bytes(one.public)
            typed = input(
                f"Khóa khôi phục mới «{one.label}»: ba nhóm đầu ghi trên phong bì phải là {envelopes.beginning(public)}. "
                "Gõ nhóm cuối ghi ở đó (để trống: không trao): "
            ).strip()
            if typed and not envelopes.told(public, typed):
                raise CommandError(f"Nhóm cuối của «{one.label}» không khớp, chưa thay gì. So lại với phong bì.")
            ids += [one.pk] if typed else []
        return ids

    def _until_destroyed(self, groups: Any, people: Any, *, wait: bool) -> None:
        """Report progress of the re-encryption.

        A key is destroyed when no data uses it and its grace period is over.
        """
        said = ""
        while True:
            for holder, pair in people:
                key_rotation.rewrap_with(holder, pair, most=5000)
            moved = set(groups) == set(PEOPLES) and key_ceremony.move()
            for key in key_rotation.destroy_unused(groups, actor=self._actor, now=clock.now(), grace=_GRACE):
                self._say(f"Đã hủy khóa cũ của {key.group}: {envelopes.fingerprint(bytes(key.public))}")
            old = key_rotation.left(groups)
            rows = sum(old.values())
            left = f"  khóa cũ: {len(old)}, {key_ceremony.amount(groups, rows)}"
            if left != said or moved:
                self._say(left)
                said = left
            if not old or not wait:
                return
            key_rotation.wake(groups)
            time.sleep(_LOOK)

    def _recover(self, options: dict[str, Any]) -> None:
        spare = Holder.objects.filter(officer=None, retired_at=None)
        to, given = self._holder(options["to"]), []
        if to.placed_at is not None:
            raise CommandError("Khóa này do lệnh trên máy chủ đặt. Người nhận phải tự gửi tệp khóa tại /giu-kin trước.")
        if not key_holders.handles(to, options["group"]):
            raise CommandError("Người nhận không làm việc của nhóm này.")
        if options["group"] in SPLIT and to.seat is None:
            raise CommandError(f"Người nhận chưa có ghế: custody seat {options['to']} 1, 2 hoặc 3.")
        self._say(
            f"Dấu khóa của người nhận: {envelopes.fingerprint(bytes(to.public))}. Hỏi người ấy trước khi mở phong bì."
        )
        for label in options["by"]:
            found = spare.filter(label=label).order_by("-id").first()
            if found is None:
                raise CommandError(f"Không có khóa khôi phục «{label}».")
            given.append(self._opened(found))
        shares = key_rotation.recover(options["group"], given, to=to, actor=self._actor, now=clock.now())
        self._say(
            f"Đã trao lại {shares} phần khóa cho {options['to']}. Nên thay khóa ngay: custody rotate {options['group']}"
        )

    def _key(self, options: dict[str, Any]) -> None:
        key = bundles.read_new_key(options["file"].read_text())
        officer = self._officer(options["username"])
        offline_transfer.take_key(officer=officer, key=key, command=self._actor, now=clock.now())
        self._say(f"Dấu khóa {envelopes.fingerprint(key.public)}: đối chiếu với tờ giấy ghi ở máy cô lập.")
        self._say(f"Chưa dùng được: {officer.name} phải tự gửi tệp này tại /giu-kin, mục «Dùng khóa ở máy cô lập».")

    def _export(self, options: dict[str, Any]) -> None:
        officer, which = self._officer(options["username"]), options["which"]
        name, _, ref = which.rpartition("/")
        if name:
            desk = desks().get(name)
            talk = desk.talk(officer, ref, now=clock.now()) if desk else None
            if desk is None or talk is None:
                raise CommandError("Không có tin này.")
            bundle = offline_transfer.carry_words(
                desk=desk, talk=talk, officer=officer, command=self._actor, now=clock.now()
            )
        else:
            bundle = offline_transfer.carry_opening(
                opening_id=which, officer=officer, command=self._actor, now=clock.now()
            )
        with options["file"].open("x") as file:
            file.write(bundles.bundle_text(bundle))
        sealed = len(bundle.rows) + len(bundle.files)
        self._say(f"{options['file']}: {sealed} mục niêm phong, {len(bundle.copies)} phần khóa.")

    def _import(self, options: dict[str, Any]) -> None:
        answer = bundles.read_answer(options["file"].read_text())
        officer = self._officer(options["username"])
        done = offline_transfer.take_answer(answer=answer, officer=officer, now=clock.now())
        self._say("Đã mở cho người xin." if done.opened_at else "Đã ghi. Cần thêm một người ở ghế khác.")

    def _officer(self, username: str) -> Officer:
        found = Officer.objects.filter(username=username, is_active=True).first()
        if found is None:
            raise CommandError(f"Không có tài khoản «{username}» đang hoạt động.")
        return found

    def _holder(self, username: str) -> Holder:
        found = (
            Holder.objects.filter(officer=self._officer(username), retired_at=None).select_related("officer").first()
        )
        if found is None:
            raise CommandError(f"«{username}» chưa tạo khóa riêng tại /giu-kin.")
        return found

    def _opened(self, holder: Holder) -> tuple[Holder, Pair]:
        name = holder.officer.name if holder.officer else holder.label
        passphrase = getpass(f"Cụm mật khẩu của {name}: ")
        file = Path(input("Đường dẫn tệp khóa: ")).read_bytes() if key_wrapping.needs_file(holder.wrapped) else b""
        try:
            return holder, key_holders.open_holder(holder, passphrase=passphrase, file=file)
        except key_wrapping.WrongPassphrase:
            raise CommandError("Cụm mật khẩu hoặc tệp khóa không đúng.") from None

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _named(holder: Holder) -> str:
    who = f"{holder.officer.name} ({holder.officer.username})" if holder.officer else holder.label
    return f"{who}, ghế {holder.seat or '–'}, dấu khóa {envelopes.fingerprint(bytes(holder.public))}"
