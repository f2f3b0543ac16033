"""Outgoing messages of the test process to the emulator; time is moved by UPDATE instead of waiting."""

import datetime as dt
import io
import itertools
import urllib.request
from collections import Counter
from typing import Any

from django.core.management import call_command

from binhyen.channels.kinds.zalo_oa import rate_limiter
from binhyen.channels.models import Channel, Credential, Outgoing
from binhyen.channels.services import Draft, outbox
from binhyen.channels.services.messages import conversations_of
from binhyen.kit import clock
from binhyen.vault.services import reporters_of
from tests.process_harness import Stack

_words = itertools.count(1)
SEND = "*/message/cs"


class Phone:
    """The account's outbox and its recipients."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        rate_limiter._limiters.clear()
        stack.control("reset", {"empty": True})
        self.connect()
        said = [{"citizen": f"Người {i}", "text": "Chào", "create": True} for i in range(6)]
        stack.control("say", {"many": said})
        rows = stack.control("citizens")["citizens"]
        self.people = [c["user_id"] for c in rows if c["name"].startswith("Người")]

    def connect(self) -> None:
        """Authorise the account, as an operator does."""
        call_command("connect_stand_in", self.stack.zalo, verbosity=0, stdout=io.StringIO())
        self.stack.control("setup", {"webhook_url": ""})
        Channel.objects.filter(kind="zalo_oa").update(paused_until=None, paused_reason="")

    @property
    def channel(self) -> Channel:
        return Channel.objects.get(kind="zalo_oa")

    @property
    def credential(self) -> Credential:
        return Credential.objects.get(channel__kind="zalo_oa")

    def write(self, *people: str, unit_id: int | None = None) -> list[str]:
        """Queue one letter with unique text to each person; return the texts."""
        now, pk = clock.now(), self.channel.pk
        reporters = reporters_of(pk, people, now=now)
        talks = conversations_of(pk, list(reporters.values()))
        texts = [f"Thư số {next(_words)}." for _ in people]
        outbox.queue(
            [Draft(key=text, channel_id=pk, conversation_id=talks[reporters[who]].pk, text=text, purpose="ANSWER",
                   unit_id=unit_id) for who, text in zip(people, texts, strict=True)],
            now=now,
        )  # fmt: skip
        return texts

    def deliver(self) -> int:
        return outbox.deliver(channel_id=self.channel.pk)

    def wait(self) -> None:
        """Let every waiting time expire, of the rows and of the channel."""
        past = clock.now() - dt.timedelta(seconds=1)
        Outgoing.objects.filter(state="QUEUED").update(due_at=past)
        Outgoing.objects.filter(state="SENDING").update(lease_until=past)
        Channel.objects.update(paused_until=None)
        Credential.objects.update(refresh_started_at=None)
        rate_limiter._limiters.clear()

    def fault(self, kind: str, **more: Any) -> None:
        self.stack.control("faults", {"target": "api", "kind": kind, "seconds": 0.05} | more)

    def clear(self) -> None:
        """Remove all faults."""
        request = urllib.request.Request(f"{self.stack.zalo}/_control/faults", method="DELETE")
        urllib.request.urlopen(request, timeout=10).close()

    def hits(self) -> int:
        return sum(rule["hits"] for rule in self.stack.control("faults")["faults"])

    def heard(self) -> Counter[str]:
        """Return how often each text arrived."""
        return Counter(row["text"] for row in self.stack.control("sent")["sent"])

    def rows(self, *fields: str) -> set[tuple[Any, ...]]:
        return set(Outgoing.objects.values_list(*fields))
