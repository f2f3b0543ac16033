"""Three API tokens: for the chief of the owning unit, for a colleague in the same commune and for an officer of another
commune."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.api import services
from binhyen.api.scopes import Scope
from binhyen.cases.choices import Lane
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.channels.models import Channel, Conversation, Message
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.vault.models import Reporter

ALL = frozenset(Scope)


class Caller:
    """Django test client that sends a bearer token and returns (status, JSON)."""

    def __init__(self, client: Any, value: str, officer: Any = None) -> None:
        self.client, self.value, self.officer = client, value, officer

    def _headers(self, key: str) -> dict[str, str]:
        auth_headers = {"Authorization": f"Bearer {self.value}"} if self.value else {}
        return auth_headers | ({"Idempotency-Key": key} if key else {})

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        answer = self.client.get(f"/api/v1{path}", query, headers=self._headers(""))
        return answer.status_code, answer.json()

    def post(self, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        answer = self.client.post(
            f"/api/v1{path}", {} if body is None else body, "application/json", headers=self._headers(key)
        )
        return answer.status_code, answer.json()


@pytest.fixture
def caller(client, officer, now) -> Callable[..., Caller]:
    def make(role: str = "OFFICER", commune: str = "18568", scopes: frozenset[Scope] = ALL) -> Caller:
        person = officer(role, commune)
        made = services.create_token(officer=person, name="thử", scopes=scopes, days=1, actor="system:test", now=now)
        return Caller(client, made.value, person)

    return make


@pytest.fixture
def case(unit, now) -> Callable[..., Case]:
    """Open a case the way intake does: `case("18568", "Có đánh nhau", urgency=3)`."""

    def make(
        commune: str = "18568", text: str = "Có đánh nhau ở chợ", urgency: int = 1, moment: dt.datetime = now
    ) -> Case:
        home = unit(commune)
        channel = Channel.objects.get(kind="web")
        reporter = Reporter.objects.create(created_at=moment)
        conversation = Conversation.objects.create(channel=channel, reporter=reporter)
        message = Message.objects.create(
            channel=channel,
            conversation=conversation,
            reporter=reporter,
            unit=home,
            external_id=str(generate_uuid7()),
            text=text,
            search_text=fold_text(text),
            search_accented=accented_words(text),
            sent_at=moment,
            received_at=moment,
        )
        opening = NewCase(
            kind="tip",
            lane=Lane.CRIME_REPORT,
            category="violence",
            urgency=urgency,
            sensitive=False,
            title=text,
            unit_id=home.pk,
            actor=CITIZEN_ACTOR,
            folded=fold_text(text),
            search_accented=accented_words(text),
            commune_id=home.area_id if commune != "42" else None,
            reporter_id=reporter.pk,
            conversation_id=conversation.pk,
            message_ids=(message.pk,),
        )
        return create_cases([opening], ladder=get_alarm_delays(), now=moment)[0]

    return make
