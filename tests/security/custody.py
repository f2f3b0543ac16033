"""The custody process for tests that go through all its addresses: the holders of keys, and a real object behind each
address.

Under `SCREENS` the resolver knows the addresses of that process and no other, so `tests/security/routes.py` lists
these.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.tests.scene import RUDE
from binhyen.intake import web_reports
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.intake.tests.test_group_tips import PHOTO, TIP, photo_of
from binhyen.intake.tests.web import picture
from binhyen.kit import clock
from binhyen.kit.ids import token
from binhyen.people.models import SignIn
from binhyen.tips import services as tips
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.queries import file_context
from binhyen.tips.receipt_sessions import ticket
from binhyen.tips.tests.page import TEXT
from binhyen.vault import services as vault
from binhyen.vault.key_session import keys
from binhyen.vault.models import Opening
from binhyen.vault.services import disclosure, key_rotation
from binhyen.vault.services.encrypt import SealedFile
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import custodians, key_of
from tests.security.routes import path_of, routes

REASON = "Người báo tin bị dọa, cần cử người bảo vệ ngay."
NAME, PHONE = "Trần Thị An", "0912345678"


class Room:
    """People and objects of the custody process.

    `duty` reads a tip, a post of a group and a complaint, each with a picture, and made the requests `asked`: a pending
    one, one for an identity and one for a picture that are open to them. `keeper` is one of the three who agree to
    that; `director` may take the complaint over; `newcomer` waits for a key.
    """

    def __init__(self, officer: Callable[..., Any], unit: Callable[[str], Any], now: dt.datetime) -> None:
        self.now = now
        self.custodians = custodians(officer, now)
        self.keeper = self.custodians[0][0]
        self.duty = officer("PROVINCE_DUTY", "42")
        self.director = officer("DIRECTOR", "42")
        self.open_keys = {self.keeper.pk: self.custodians[0][1:]}
        self.open_keys |= {who.pk: key_of(who, now) for who in (self.duty, self.director)}
        for group in ("TIPS", "CONDUCT", "DIRECTOR"):
            key_rotation.renew(group, actor="system:test", now=now)
        self.newcomer = officer("PROVINCE_DUTY", "42")
        key_of(self.newcomer, now)
        self._told(unit)
        self.asked = [self.ask(), self.ask(), self._ask_for_the_picture()]
        for asked in self.asked[1:]:
            self.agree(asked)

    def _told(self, unit: Callable[[str], Any]) -> None:
        photo = picture().read()
        tips.send(key=ticket(), text=TEXT, place="", photos=[tips.Sent("a.jpg", photo)], now=self.now)
        self.tip = Tip.objects.get()
        say((person(), TIP), group=group_of(unit("18568"), self.now), media=PHOTO)
        self.post = Message.objects.get(group__isnull=False)
        self.post_file, _ = photo_of(self.post)
        web_reports.send_report(
            sending=web_reports.Sending(key=token(), text=RUDE, photos=(web_reports.Photo("a.jpg", photo),)),
            now=self.now,
        )
        self.complaint = Complaint.objects.select_related("case").get()

    def ask(self, **facts: str) -> Opening:
        """Request a disclosure of this person's identity: `facts` by field, in place of a name and a phone."""
        known = facts or {vault.Field.NAME: NAME, vault.Field.PHONE: PHONE}
        return disclosure.ask(
            officer=self.duty, reporter_id=vault.new_reporter(known, now=self.now), subject="case:K7M29QXD",
            why="PROTECT", reason=REASON, hours=24, now=self.now,
        )  # fmt: skip

    def _ask_for_the_picture(self) -> Opening:
        row = TipFile.objects.get(tip=self.tip)
        original = SealedFile(row.original, file_context(row, "original"), row.original_lock_id or 0)
        return disclosure.ask(
            officer=self.duty, reporter_id=None, subject=f"tip:{self.tip.public_id}", why="INQUIRY", reason=REASON,
            hours=24, file=original, now=self.now,
        )  # fmt: skip

    def agree(self, asked: Opening) -> None:
        """Approve by two custodians with different share indexes."""
        for seat in (0, 1):
            who, holder, pair = self.custodians[seat]
            disclosure.approve(opening_id=str(asked.public_id), officer=who, holder=holder, pair=pair, now=self.now)

    def enter(self, who: Any, **more: Any) -> CustodyClient:
        """Return a client that is signed in, has just confirmed the second step, and has its key opened."""
        client = CustodyClient(**more)
        client.force_login(who)
        self.refresh(client, who)
        return client

    def refresh(self, client: CustodyClient, who: Any) -> None:
        """Restore the state of `enter`: a form may have closed the key or used up the confirmation."""
        SignIn.objects.filter(officer=who).update(confirmed_at=clock.now(), how="webauthn")
        holder, pair = self.open_keys[who.pk]
        keys.put(client.sign_in, holder.pk, pair)

    def is_open(self, client: CustodyClient, who: Any) -> bool:
        return keys.get(client.sign_in, self.open_keys[who.pk][0].pk) is not None

    def known(self) -> list[dict[str, str]]:
        """Return, by desk, the parts of an address of one of its conversations."""
        of_tip = TipFile.objects.get(tip=self.tip).public_id
        of_complaint = File.objects.get(complaint=self.complaint).public_id
        rows = (
            ("tip", self.tip.public_id, of_tip), ("nhom", self.post.public_id, self.post_file.public_id),
            ("phan-anh", self.complaint.public_id, of_complaint), ("giam-doc", self.complaint.public_id, of_complaint),
        )  # fmt: skip
        return [
            {"<slug:desk>": desk, "<uuid:ref>": str(ref), "<uuid:file>": str(file), "<slug:deed>": "nhan",
             "<uuid:public_id>": str(self.asked[number % len(self.asked)].public_id)}
            for number, (desk, ref, file) in enumerate(rows)
        ]  # fmt: skip

    def addresses(self) -> list[str]:
        """Return every address of the process, those of a conversation for each desk. Call under `SCREENS`."""
        return list(dict.fromkeys(path_of(route, known) for route, _ in routes() for known in self.known()))
