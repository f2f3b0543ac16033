"""Outgoing messages of the test process to the emulator; time is moved by UPDATE instead of waiting."""

import datetime as dt
import io
import itertools
import urllib.request
from collections import Counter
from typing import Any

from django.core.management import call_command

from binhyen.channels.kinds.zalo_oa import client
from binhyen.channels.models import Channel, Credential, Outgoing
from binhyen.channels.services import OutgoingDraft, outbox
from binhyen.channels.services.messages import get_or_create_conversations
from binhyen.kit import clock
from binhyen.vault.services import get_or_create_reporters
from tests.process_harness import ProcessHarness

_words = itertools.count(1)
SEND_ENDPOINT = "*/message/cs"


class OutboxHarness:
    """The account's outbox and its recipients."""

    def __init__(self, stack: ProcessHarness) -> None:
        self.stack = stack
        client._limiters.clear()
        stack.call_control("reset", {"empty": True})
        self.authorise_account()
        citizen_messages = [{"citizen": f"Người {i}", "text": "Chào", "create": True} for i in range(6)]
        stack.call_control("say", {"many": citizen_messages})
        rows = stack.call_control("citizens")["citizens"]
        self.people = [c["user_id"] for c in rows if c["name"].startswith("Người")]

    def authorise_account(self) -> None:
        """Authorise the account, as an operator does."""
        call_command("connect_stand_in", self.stack.zalo, verbosity=0, stdout=io.StringIO())
        self.stack.call_control("setup", {"webhook_url": ""})
        Channel.objects.filter(kind="zalo_oa").update(paused_until=None, paused_reason="")

    @property
    def channel(self) -> Channel:
        return Channel.objects.get(kind="zalo_oa")

    @property
    def get_credential(self) -> Credential:
        return Credential.objects.get(channel__kind="zalo_oa")

    def queue_letters(self, *people: str, unit_id: int | None = None) -> list[str]:
        """Queue one letter with unique text to each person; return the texts."""
        now, pk = clock.now(), self.channel.pk
        reporters = get_or_create_reporters(pk, people, now=now)
        talks = get_or_create_conversations(pk, list(reporters.values()))
        texts = [f"Thư số {next(_words)}." for _ in people]
        outbox.queue_messages(
            [
                OutgoingDraft(
                    key=text,
                    channel_id=pk,
                    conversation_id=talks[reporters[recipient]].pk,
                    text=text,
                    purpose="ANSWER",
                    unit_id=unit_id,
                )
                for recipient, text in zip(people, texts, strict=True)
            ],
            now=now,
        )
        return texts

    def deliver_due(self) -> int:
        return outbox.deliver_due(channel_id=self.channel.pk)

    def expire_waits(self) -> None:
        """Let every waiting time expire, of the rows and of the channel."""
        past = clock.now() - dt.timedelta(seconds=1)
        Outgoing.objects.filter(state="QUEUED").update(due_at=past)
        Outgoing.objects.filter(state="SENDING").update(lease_until=past)
        Channel.objects.update(paused_until=None)
        Credential.objects.update(refresh_started_at=None)
        client._limiters.clear()

    def fault(self, kind: str, **more: Any) -> None:
        self.stack.call_control("faults", {"target": "api", "kind": kind, "seconds": 0.05} | more)

    def clear_faults(self) -> None:
        """Remove all faults."""
        request = urllib.request.Request(f"{self.stack.zalo}/_control/faults", method="DELETE")
        urllib.request.urlopen(request, timeout=10).close()

    def count_hits(self) -> int:
        return sum(rule["hits"] for rule in self.stack.call_control("faults")["faults"])

    def count_received(self) -> Counter[str]:
        """Return how often each text arrived."""
        return Counter(row["text"] for row in self.stack.call_control("sent")["sent"])

    def rows(self, *fields: str) -> set[tuple[Any, ...]]:
        return set(Outgoing.objects.values_list(*fields))
