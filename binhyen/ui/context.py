"""Context of the page frame. `ui` knows no feature: one setting names the function that fills it in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from binhyen.ui.language_middleware import get_page_language


@dataclass(frozen=True, slots=True)
class NavItem:
    """One navigation item.

    `count`: the number beside it, 0 shows none; None: it never has one. `hot`: red (something alarms). `group`: label
    of the fold that contains it.
    """

    label: str
    url: str
    icon: str
    current: bool = False
    count: int | None = None
    hot: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class SignedInOfficer:
    """The signed-in officer.

    `name`, `role` in words («Trưởng công an xã»), URL to sign out (POST), URL of the own account.
    """

    name: str
    role: str
    sign_out_url: str
    account_url: str = "/bao-mat"


@dataclass(frozen=True, slots=True)
class Alert:
    """A line above every page until resolved. `url`: where; "" without access, then `else_` is shown."""

    text: str
    url: str = ""
    else_: str = ""


@dataclass(frozen=True, slots=True)
class PageFrame:
    """The frame of one page.

    `live_url`: event stream of this user, empty for citizens. `idle_seconds`: idle time before the screen is covered;
    0:
    never. `ends_in`: seconds until the session and its stream end, even during activity. `summons`: whether the user is
    called to the page of sealed cases; None for users without that page. `rings`: codes of urgent cases that are not
    acknowledged; None on the desk, which lists them, and for users without a desk.
    """

    nav: tuple[NavItem, ...] = ()
    unit_name: str = ""
    person: SignedInOfficer | None = None
    live_url: str = ""
    idle_seconds: int = 0
    ends_in: int = 0
    summons: bool | None = None
    rings: tuple[str, ...] | None = None
    alerts: tuple[Alert, ...] = ()
    behind: bool = False  # incoming messages are not being processed
    help_url: str = "/huong-dan"  # help about this page
    urls: dict[str, str] = field(
        default_factory=lambda: {
            "home": "/",
            "report": "/bao-tin",
            "track": "/tra-cuu",
            "sign_in": "/dang-nhap",
            "keys": "/tro-giup/phim-tat",
        }
    )


def add_page_frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame for templates (context processor). `UI_SHELL` names a function (request) -> PageFrame.

    Without it the frame is the citizen's. `language` offers the other language; not on the response to an officer's
    form, whose URL alone shows nothing.
    """
    maker: str = getattr(settings, "UI_SHELL", "")
    build: Callable[[HttpRequest], PageFrame] | None = import_string(maker) if maker else None
    frame = build(request) if build else PageFrame()
    return {
        "shell": frame,
        "language": None if frame.person and request.method == "POST" else get_page_language(request),
    }
