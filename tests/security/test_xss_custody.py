"""A7 in the custody process and on the page of anonymous tips: all input is shown as text.

Tips, posts, complaints, names, reasons, refusals, notes and answers are mark-up. Every address of custody is requested
by each person with an object there, every form of each page is sent, valid and too long, and every resulting page is
drawn; so is every step of «Báo tin kín». An address that is never reached breaks the test.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines
from django.test import Client
from django.urls import resolve

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case
from binhyen.channels.models import Group, Message
from binhyen.channels.services.messages import format_sealed_context
from binhyen.conduct.routing import NOTES_SUFFIX
from binhyen.conduct.tests.scene import DIRECTOR
from binhyen.kit.ids import generate_code
from binhyen.tips.models import Tip
from binhyen.tips.views import STEPS
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.envelopes import PublicKey
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import ConversationKey, DisclosureRequest
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import SCREENS
from tests.security.custody import CustodyScene
from tests.security.matrix.policy import CUSTODY
from tests.security.matrix.probing import roll_back
from tests.security.payloads import PAYLOADS
from tests.security.routes import list_routes
from tests.security.steps import ADDRESS, build_tip_forms, list_invalid_forms
from tests.security.tab import MARKS, BrowserTab

pytestmark = MARKS
EVERYTHING = " ".join(PAYLOADS)
FORM = re.compile(r'<form[^>]*?\baction="([^"]+)"[^>]*>(.*?)</form>', re.S)
FIELD = re.compile(r'<(input|textarea|select)\b([^>]*?)\bname="([^"]+)"([^>]*)>')
ONCE = re.compile(rb'name="(?:csrfmiddlewaretoken|key|visit|task)" value="[^"]+"|data-task="[^"]+"')
ONES = re.compile(r"(?<=/)[0-9a-f]{8}-[0-9a-f-]{27}")
SHOWN = ("&lt;img data-xss", "&lt;script data-xss")
# These answer with files, or redirect to a page.
FILES = {
    "giu-kin/tin/<slug:desk>/<uuid:ref>/anh/<uuid:file>",
    "giu-kin/tin/<slug:desk>/<uuid:ref>/goc/<uuid:file>",
    "giu-kin/xin/<uuid:public_id>/goi",
    "giu-kin/xin/<uuid:public_id>/ban-goc",
    "giu-kin/tin/<slug:desk>/<uuid:ref>/goi",
}


class PageWalk:
    """The pages shown to one browser. `routes`: that answered with a page or redirected to one; `showing`: with user
    input.
    """

    def __init__(self, browser_: Any) -> None:
        self.tab = BrowserTab(browser_)
        self.routes: set[str] = set()
        self.showing: set[str] = set()
        self.sent: set[str] = set()  # forms, without the id of their object
        self._drawn: set[bytes] = set()

    def draw_page(self, answer: Any, where: str, route: str) -> None:
        """Draw pages that were not drawn before, ignoring one-time form values."""
        self.routes.add(route)
        words = answer.content.decode()
        if any(mark in words for mark in SHOWN):
            self.showing.add(route)
        same = hashlib.sha256(ONCE.sub(b"", answer.content)).digest()
        if same not in self._drawn:
            self._drawn.add(same)
            self.tab.assert_shown_as_text(answer, where)


# The custody process.


@pytest.fixture
def stuffed(room: CustodyScene, unit: Callable[[str], Any]) -> CustodyScene:
    """Create payloads in every text field there."""
    create_names(room)
    create_tips(room, unit)
    create_posts(room)
    create_complaint(room)
    create_requests(room)
    key_rotation.rotate_group_key(
        "TIPS", actor="system:test", now=room.now
    )  # so that something is left to move to the new key
    return room


def create_names(room: CustodyScene) -> None:
    people = [room.duty, room.director, room.newcomer, *(person for person, _, _ in room.custodians)]
    for person, payload in zip(people, PAYLOADS, strict=False):
        person.name = payload[:80]
        person.save(update_fields=["name"])


def send_payloads(room: CustodyScene, lock: int | None, *owners: str) -> None:
    """Send each payload as its own message: from the person and from an officer, in turns over `owners`."""
    for number, payload in enumerate(PAYLOADS):
        owner, ours = owners[number % len(owners)], bool(number % 2)
        vault.seal_text(
            lock_id=lock or 0,
            owner=owner,
            kind=vault.Kind.REPLY if ours else vault.Kind.TOLD,
            text=payload,
            author=f"officer:{room.duty.public_id}" if ours else "",
            now=room.now,
        )


def create_tips(room: CustodyScene, unit: Callable[[str], Any]) -> None:
    send_payloads(room, room.tip.lock_id, f"tip:{room.tip.public_id}")
    for payload in PAYLOADS[::6]:
        case = open_case(unit("18568"), title=payload[:160], place=payload[:160], category="drugs_gambling")
        Tip.objects.create(
            lookup=secrets.token_bytes(32),
            page_wrapped_key=b"x",
            text_digest=secrets.token_bytes(16),
            lock_id=room.tip.lock_id,
            case=case,
            last_word_at=room.now,
            last_message_at=room.now,
        )


def create_posts(room: CustodyScene) -> None:
    post = room.post
    lock = ConversationKey.objects.get(pk=post.lock_id)
    context = format_sealed_context(str(post.public_id))
    sealed = envelopes.seal_envelope(EVERYTHING.encode(), to=PublicKey(bytes(lock.public)), context=context)
    Message.objects.filter(pk=post.pk).update(ciphertext=sealed)
    home = post.group
    assert home is not None
    for number in range(3):
        group = Group.objects.create(
            channel_id=home.channel_id,
            area_id=home.area_id,
            unit_id=home.unit_id,
            level=home.level,
            name=f"<b data-xss id=g{number}>x</b>",
            state=home.state,
            external_id=generate_code(),
            opened_at=room.now,
        )
        Message.objects.create(
            channel_id=post.channel_id,
            conversation_id=post.conversation_id,
            reporter_id=post.reporter_id,
            group=group,
            external_id=generate_code(),
            text="",
            ciphertext=sealed,
            lock=lock,
            category="drugs_gambling",
            sent_at=room.now,
            received_at=room.now,
        )


def create_complaint(room: CustodyScene) -> None:
    complaint = room.complaint
    send_payloads(room, complaint.lock_id, complaint.owner, complaint.owner + NOTES_SUFFIX, complaint.owner)


def create_requests(room: CustodyScene) -> None:
    """Create a pending request, a refused one, an open one that shows the identity, one of a picture."""
    facts = {vault.Field.NAME: PAYLOADS[0], vault.Field.PHONE: PAYLOADS[41], vault.Field.ADDRESS: EVERYTHING[:4000]}
    refused, room.asked[1] = room.ask(), room.ask(**facts)
    room.asked.append(refused)
    room.approve_request(room.asked[1])
    DisclosureRequest.objects.update(reason=EVERYTHING)
    DisclosureRequest.objects.filter(pk=refused.pk).update(
        refused_at=room.now, refused_by=room.keeper, refusal=EVERYTHING
    )


def fill_form(form: str, *, long: bool) -> dict[str, Any]:
    """Fill every field of a form with its own payload; `long`: longer than any field accepts."""
    data: dict[str, Any] = {}
    for number, (tag, before, name, after) in enumerate(FIELD.findall(form)):
        kind = before + after
        payload = PAYLOADS[(number * 7 + 2) % len(PAYLOADS)]
        if 'type="file"' in kind:
            data[name] = SimpleUploadedFile(f"{payload[:40]}.json", payload.encode())
        elif tag == "textarea":
            data[name] = EVERYTHING + "x" * 4000 if long else EVERYTHING[:3900]
        elif 'type="hidden"' not in kind:
            data[name] = payload + "x" * 5000 if long else payload
    return data


def walk_addresses(walked: PageWalk, room: CustodyScene, person: Any) -> None:
    """Visit every address as this person, and send every form of every page."""
    client, forms = room.open_session(person), {}
    for where in room.list_addresses():
        room.refresh(client, person)
        answer = client.get(where)
        if answer.status_code == 405 or not answer["Content-Type"].startswith("text/html"):
            continue
        if answer.status_code == 200:
            walked.draw_page(answer, where, resolve(where).route)
            forms |= dict(FORM.findall(answer.content.decode()))
    for action, form in forms.items():
        if action.startswith("/giu-kin") and (shape := ONES.sub("", action)) not in walked.sent:
            walked.sent.add(shape)
            for long in (False, True) if "<textarea" in form else (True,):
                send_form(walked, room, person, client, action, fill_form(form, long=long))


def send_form(
    walked: PageWalk, room: CustodyScene, person: Any, client: Any, action: str, data: dict[str, Any]
) -> None:
    """Send one form; return the resulting page, or the redirect target. The change is rolled back."""
    with roll_back():
        room.refresh(client, person)
        answer, route = client.post(action, data), resolve(action).route
        if answer.status_code == 303 and answer["Location"].startswith("/giu-kin"):
            room.refresh(client, person)
            action = answer["Location"]
            answer = client.get(action)
        if answer["Content-Type"].startswith("text/html") and answer.status_code != 303:
            walked.draw_page(answer, action, route)


def unreached(walked: PageWalk) -> set[str]:
    return {route for route, _ in list_routes()} - walked.routes - FILES


def test_what_is_read_with_an_opened_key_is_shown_as_text(browser: Any, stuffed: CustodyScene) -> None:
    walked = PageWalk(browser)
    for person in (stuffed.duty, stuffed.keeper, stuffed.director):
        walk_addresses(walked, stuffed, person)
    locked = stuffed.open_session(stuffed.duty)
    for payload in PAYLOADS[::20]:
        key_sessions.lock_all()
        asked = {"next": f"/giu-kin/{payload}", "passphrase": payload}
        walked.draw_page(locked.get("/giu-kin", asked), "/giu-kin?next=x", "giu-kin")
        walked.draw_page(locked.post("/giu-kin/mo", asked), "/giu-kin/mo", "giu-kin/mo")
    walked.tab.context.close()
    assert unreached(walked) == set(), "a new address: no drawn page links to it"
    assert not FILES - set(CUSTODY), "these no longer exist"
    words = (
        {r for r in CUSTODY if r.startswith(("giu-kin/tin", "giu-kin/xin"))}
        - FILES
        - {"giu-kin/xin/<uuid:public_id>/ban-goc"}
    )
    assert words - walked.showing == set(), "pages of these show user input"


def test_control_an_address_that_nothing_reaches_is_noticed(browser: Any) -> None:
    walked = PageWalk(browser)
    walked.routes = set(CUSTODY) - {"giu-kin/xin"}
    with SCREENS:
        assert unreached(walked) == {"giu-kin/xin"}


def test_control_a_page_of_custody_that_does_not_escape_is_found(
    browser: Any, stuffed: CustodyScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)  # type: ignore[attr-defined]
    client, tab = stuffed.open_session(stuffed.duty), BrowserTab(browser)
    for address_parts in stuffed.list_address_parts()[:3]:
        where = f"/giu-kin/tin/{address_parts['<slug:desk>']}/{address_parts['<uuid:ref>']}"
        with pytest.raises(AssertionError, match=r"mark-up|script-src|ran"):
            tab.assert_shown_as_text(client.get(where), where)
    tab.context.close()


# «Báo tin kín».


def walk_tip_steps(walked: PageWalk) -> None:
    """Yield every step of the page, valid and refused, with mark-up in every text field."""
    forms = build_tip_forms()
    tip = Tip.objects.earliest("pk")
    for n, payload in enumerate(PAYLOADS):
        vault.seal_text(
            lock_id=tip.lock_id or 0,
            owner=f"tip:{tip.public_id}",
            text=payload,
            kind=vault.Kind.REPLY if n % 2 else vault.Kind.TOLD,
            author="officer:x" if n % 2 else "",
            now=tip.last_message_at,
        )
    Case.objects.filter(pk=tip.case_id).update(
        state="CLOSED", outcome="DONE", result=EVERYTHING, closed_at=tip.last_message_at
    )
    for step, form in forms.items():
        for how, sent in list_invalid_forms(form).items():
            more = {"text": sent["text"][:1] + EVERYTHING * 2} if how == "too much" else {"text": EVERYTHING[:4900]}
            if step == "withdraw" and how == "as it is":
                continue
            answer = Client().post(ADDRESS, sent | more | {"place": PAYLOADS[41]})
            walked.draw_page(answer, ADDRESS, step)
    for words in ({"text": f"{DIRECTOR} {PAYLOADS[0]}", "place": PAYLOADS[2]}, {"code": PAYLOADS[2], "step": "open"}):
        walked.draw_page(Client().post(ADDRESS, forms["send"] | words), ADDRESS, words.get("step", "send"))
    for payload in PAYLOADS[::20]:
        walked.draw_page(
            Client().get(ADDRESS, {"text": payload, "lang": payload, "x": payload}), f"{ADDRESS}?x=1", "start"
        )
    walked.draw_page(Client().post(ADDRESS, forms["withdraw"]), ADDRESS, "withdraw")


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def test_every_step_of_a_tip_shows_words_as_text(browser: Any, files: None) -> None:
    walked = PageWalk(browser)
    walk_tip_steps(walked)
    walked.tab.context.close()
    assert walked.routes == {*STEPS, "start"} and walked.showing >= set(STEPS)


def test_control_a_step_that_does_not_escape_is_found(
    browser: Any, files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)  # type: ignore[attr-defined]
    walked = PageWalk(browser)
    with pytest.raises(AssertionError, match=r"mark-up|script-src|ran"):
        walk_tip_steps(walked)
    walked.tab.context.close()
