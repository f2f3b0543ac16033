"""A tip of the sealed page turns out to be a complaint about police: its disclosure requests end at any stage."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.services import restricted_cases as register
from binhyen.cases.services.unit_of_work import to_actor
from binhyen.conduct.services import seal_case
from binhyen.tips.tests.test_files_originals import OriginalScene
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import DisclosureRequest
from tests import rls

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(client: Client, officer: Callable[..., Any]) -> Iterator[OriginalScene]:
    yield OriginalScene(client, officer)
    key_sessions.lock_all()


def seal_tip(room: OriginalScene) -> None:
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).get(pk=room.tip.case_id)
        register.restrict(case, "officer_complaint", 1, actor=to_actor(room.handler), now=room.now)
    with rls.acting_as("worker"):
        assert seal_case.seal_complaint_case(room.tip.case_id, now=room.now)


@pytest.mark.parametrize("agreed", [(0,), (0, 1)])
def test_a_request_for_its_picture_ends(room: OriginalScene, agreed: tuple[int, ...]) -> None:
    assert room.ask().status_code == 303
    room.approve(*agreed)
    assert room.take().status_code == (200 if len(agreed) == 2 else 409), "control"
    seal_tip(room)
    assert room.take().status_code == 409
    assert not DisclosureRequest.objects.get().parts.exists()


def test_control_a_feature_that_names_nothing_leaves_it_open(
    room: OriginalScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "_subject_sources", [])
    assert room.ask().status_code == 303
    room.approve(0, 1)
    seal_tip(room)
    assert room.take().status_code == 200
