"""A2 where whoever complains has an ordinary case in the same chat: each leak that was there is put back, and found."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from binhyen.cases.queries import around, senders
from binhyen.cases.services import joining
from binhyen.channels.models import Conversation
from binhyen.channels.tests.windows import window_of_the_channel
from binhyen.conduct.services import lifting
from binhyen.people.models import Officer
from binhyen.people.rules import Role
from binhyen.privacy import queries as privacy
from tests.security.test_conflicts import (  # noqa: F401  pytest takes its fixtures by name
    World,
    any_shows,
    nothing_compiled,
    take_the_fence_down,
    told_apart,
    world,
)

pytestmark = pytest.mark.django_db
LEAKS = {  # each as it was before it was mended: whose page told, and of whose case
    "window": (Role.CHIEF, "request"), "request": (Role.PROVINCE_STAFF, "request"), "answer": (Role.OFFICER, "answer"),
    "search": (Role.OFFICER, "detached"), "fate": (Role.OFFICER, "request"),
}  # fmt: skip


@pytest.mark.parametrize("world", [11], indirect=True)
@pytest.mark.parametrize("leak", LEAKS)
def test_control_what_a_case_in_the_same_chat_gave_away_is_found(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    leak: str,
) -> None:
    take_the_fence_down(world, monkeypatch)
    world.role, world.story = LEAKS[leak]
    world.pages, world.silent = 0, leak == "fate"
    assert (shows := [told_apart(world, Counter()) for _ in range(3)]) == [[]] * 3, shows
    if leak == "window":
        monkeypatch.setattr(around, "last_words", _of_the_channel)
    elif leak == "fate":
        window_of_the_channel(monkeypatch)
    elif leak == "request":
        monkeypatch.setattr(privacy, "_not_about_police", lambda rows: rows.filter(apart=False))
    elif leak == "answer":
        monkeypatch.setattr(senders, "_questions", lambda complaints, now: {})
    else:
        monkeypatch.setattr(joining, "retell", lambda case: ["snippet"])
        monkeypatch.setattr(lifting, "retell_others", lambda ids, but: None)
    assert any_shows(world)


def _of_the_channel(officer: Officer, talks: Any) -> dict[int, dt.datetime]:
    return dict(Conversation.objects.filter(pk__in=talks).values_list("pk", "last_interaction_at"))
