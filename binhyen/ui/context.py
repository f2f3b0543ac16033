"""What the page frame needs. `ui` knows no feature: the program's map fills it in through one setting."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from binhyen.ui.speaking import language


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place of the navigation. `count`: the number beside it, 0 shows none; None: it never has one. `hot` draws it
    in red (something alarms).
    """

    label: str
    url: str
    icon: str
    current: bool = False
    count: int | None = None
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """The officer at the screen: `name`, `role` in words («Trưởng công an xã»), where to sign out (POST), and the
    page of one's own account.
    """

    name: str
    role: str
    sign_out_url: str
    account_url: str = "/bao-mat"


@dataclass(frozen=True, slots=True)
class Alert:
    """A line above every page until it is dealt with. `url`: where; "" for who may not go there and reads `else_`."""

    text: str
    url: str = ""
    else_: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one page. `live_url` is the event stream of this person, empty for citizens. `idle_seconds`: after
    how long without anybody the screen is covered; 0: never. `ends_in`: seconds until the session is over, whoever is
    there, and the stream with it. `summons`: is the person called to the page where sealed
    things are read; None for who never is. `rings`: codes of urgent cases that nobody acknowledged; None on the desk,
    which lists them, and for who has no desk.
    """

    nav: tuple[NavItem, ...] = ()
    unit_name: str = ""
    person: Signed | None = None
    live_url: str = ""
    idle_seconds: int = 0
    ends_in: int = 0
    summons: bool | None = None
    rings: tuple[str, ...] | None = None
    alerts: tuple[Alert, ...] = ()
    behind: bool = False  # what people wrote comes in and nobody reads it
    urls: dict[str, str] = field(
        default_factory=lambda: {
            "home": "/",
            "report": "/bao-tin",
            "track": "/tra-cuu",
            "sign_in": "/dang-nhap",
            "keys": "/tro-giup/phim-tat",
        }
    )


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. `UI_SHELL` names a function (request) -> Shell; without it the frame is the citizen's.

    `language` is what offers the other one; not where an officer's form was answered: its address shows nothing alone.
    """
    maker: str = getattr(settings, "UI_SHELL", "")
    build: Callable[[HttpRequest], Shell] | None = import_string(maker) if maker else None
    frame = build(request) if build else Shell()
    return {"shell": frame, "language": None if frame.person and request.method == "POST" else language(request)}
