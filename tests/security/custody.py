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
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.intake.tests.test_pipeline_group_tips import PHOTO, TIP, create_photo
from binhyen.intake.tests.web import make_picture
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.people.models import SignIn
from binhyen.tips import services as tips
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.queries import format_file_context
from binhyen.tips.receipt_sessions import create_ticket
from binhyen.tips.tests.page import TEXT
from binhyen.vault import services as vault
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import DisclosureRequest
from binhyen.vault.services import SealedFile, disclosure, key_rotation
from binhyen.vault.tests.custody import CustodyClient
from binhyen.vault.tests.people import create_custodians, create_key
from tests.security.routes import get_path, list_routes

REASON = "Người báo tin bị dọa, cần cử người bảo vệ ngay."
NAME, PHONE = "Trần Thị An", "0912345678"


class CustodyScene:
    """People and objects of the custody process.

    `duty` reads a tip, a post of a group and a complaint, each with a picture, and made the requests `asked`: a pending
    one, one for an identity and one for a picture that are open to them. `keeper` is one of the three who agree to
    that; `director` may take the complaint over; `newcomer` waits for a key.
    """

    def __init__(self, officer: Callable[..., Any], unit: Callable[[str], Any], now: dt.datetime) -> None:
        self.now = now
        self.custodians = create_custodians(officer, now)
        self.keeper = self.custodians[0][0]
        self.duty = officer("PROVINCE_DUTY", "42")
        self.director = officer("DIRECTOR", "42")
        self.open_keys = {self.keeper.pk: self.custodians[0][1:]}
        self.open_keys |= {handler.pk: create_key(handler, now) for handler in (self.duty, self.director)}
        for group in ("TIPS", "CONDUCT", "DIRECTOR"):
            key_rotation.rotate_group_key(group, actor="system:test", now=now)
        self.newcomer = officer("PROVINCE_DUTY", "42")
        create_key(self.newcomer, now)
        self._create_conversations(unit)
        self.asked = [self.ask(), self.ask(), self._request_picture()]
        for asked in self.asked[1:]:
            self.approve_request(asked)

    def _create_conversations(self, unit: Callable[[str], Any]) -> None:
        photo = make_picture().read()
        tips.submit_tip(
            key=create_ticket(), text=TEXT, place="", photos=[tips.UploadedTipFile("a.jpg", photo)], now=self.now
        )
        self.tip = Tip.objects.get()
        run_pipeline((create_person(), TIP), group=create_group(unit("18568"), self.now), media=PHOTO)
        self.post = Message.objects.get(group__isnull=False)
        self.post_file, _ = create_photo(self.post)
        web_reports.send_report(
            sending=web_reports.Submission(
                key=generate_token(), text=RUDE, photos=(web_reports.UploadedPhoto("a.jpg", photo),)
            ),
            now=self.now,
        )
        self.complaint = Complaint.objects.select_related("case").get()

    def ask(self, **facts: str) -> DisclosureRequest:
        """Request a disclosure of this person's identity: `facts` by field, in place of a name and a phone."""
        facts_by_field = facts or {vault.Field.NAME: NAME, vault.Field.PHONE: PHONE}
        return disclosure.request_disclosure(
            officer=self.duty,
            reporter_id=vault.create_reporter(facts_by_field, now=self.now),
            subject="case:K7M29QXD",
            why="PROTECT",
            reason=REASON,
            hours=24,
            now=self.now,
        )

    def _request_picture(self) -> DisclosureRequest:
        row = TipFile.objects.get(tip=self.tip)
        original = SealedFile(row.original, format_file_context(row, "original"), row.original_lock_id or 0)
        return disclosure.request_disclosure(
            officer=self.duty,
            reporter_id=None,
            subject=f"tip:{self.tip.public_id}",
            why="INQUIRY",
            reason=REASON,
            hours=24,
            file=original,
            now=self.now,
        )

    def approve_request(self, asked: DisclosureRequest) -> None:
        """Approve by two custodians with different share indexes."""
        for seat in (0, 1):
            custodian, holder, pair = self.custodians[seat]
            disclosure.approve_request(
                opening_id=str(asked.public_id), officer=custodian, holder=holder, pair=pair, now=self.now
            )

    def open_session(self, visitor: Any, **more: Any) -> CustodyClient:
        """Return a client that is signed in, has just confirmed the second step, and has its key opened."""
        client = CustodyClient(**more)
        client.force_login(visitor)
        self.refresh(client, visitor)
        return client

    def refresh(self, client: CustodyClient, visitor: Any) -> None:
        """Restore the state of `enter`: a form may have closed the key or used up the confirmation."""
        SignIn.objects.filter(officer=visitor).update(confirmed_at=clock.now(), factor="webauthn")
        holder, pair = self.open_keys[visitor.pk]
        key_sessions.store_key(client.sign_in, holder.pk, pair)

    def is_key_open(self, client: CustodyClient, visitor: Any) -> bool:
        return key_sessions.get_key(client.sign_in, self.open_keys[visitor.pk][0].pk) is not None

    def list_address_parts(self) -> list[dict[str, str]]:
        """Return, by desk, the parts of an address of one of its conversations."""
        of_tip = TipFile.objects.get(tip=self.tip).public_id
        of_complaint = File.objects.get(complaint=self.complaint).public_id
        rows = (
            ("tip", self.tip.public_id, of_tip),
            ("nhom", self.post.public_id, self.post_file.public_id),
            ("phan-anh", self.complaint.public_id, of_complaint),
            ("giam-doc", self.complaint.public_id, of_complaint),
        )
        return [
            {
                "<slug:desk>": desk,
                "<uuid:ref>": str(ref),
                "<uuid:file>": str(file),
                "<slug:deed>": "nhan",
                "<uuid:public_id>": str(self.asked[number % len(self.asked)].public_id),
            }
            for number, (desk, ref, file) in enumerate(rows)
        ]

    def list_addresses(self) -> list[str]:
        """Return every address of the process, those of a conversation for each desk. Call under `SCREENS`."""
        return list(
            dict.fromkeys(get_path(route, parts) for route, _ in list_routes() for parts in self.list_address_parts())
        )
