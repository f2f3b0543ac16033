"""A witness cosigns only consistent extensions of the log it has seen; over a real socket with
every kind of failure."""

import asyncio
import datetime as dt
import http.client
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from binhyen.audit import keys
from binhyen.audit.models import Handed
from binhyen.audit.queries.state import newest
from binhyen.audit.rules.merkle import Range, extend, proof, root
from binhyen.audit.rules.signed_notes import LOG, WITNESS, Head, Signer, cosigned_at, read_note, sign
from binhyen.audit.rules.witness_protocol import write_request
from binhyen.audit.services import Act, chaining, checkpoints, publish_checkpoints, record, self_check
from binhyen.audit.tests.owner import cut_tail, roll_back
from binhyen.audit.witness import ADDRESS, BODY_LIMIT, Witness, application
from binhyen.kit import clock

OURS = Signer("binhyen.example/42/x", LOG, bytes(32))
LEAVES = [bytes([n]) * 32 for n in range(40)]
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    folder = tmp_path / "witness"
    folder.mkdir()
    return Witness(folder, Signer("thanh-tra/y", WITNESS, b"\x01" * 32), [OURS.key])


def asked(old: int, new: int, *, leaves: list[bytes] = LEAVES, signer: Signer = OURS, at: int | None = None) -> bytes:
    tree = extend(Range(), leaves[:new])
    path = proof(extend(Range(), leaves[:old]), leaves[old:new]) if old <= new else []
    note = sign(Head(OURS.name, new, root(tree)), signer)
    return write_request(old if at is None else at, path, str(note)).encode()


def test_what_grew_is_cosigned_and_kept(witness: Witness) -> None:
    for old, new in ((0, 5), (5, 8), (8, 8), (8, 33)):
        said = witness.add(asked(old, new), now=NOW)
        assert said.status == 200
        note = read_note(asked(old, new).decode().partition("\n\n")[2] + said.body)
        assert cosigned_at(note, witness.signer.key) == int(NOW.timestamp())
    last = witness.last(OURS.name)
    assert last is not None and last.size == 33
    # the state survives a restart
    assert Witness(witness.folder, witness.signer, witness.trusted).last(OURS.name) == last


FORKED = [*LEAVES[:3], b"\xff" * 32, *LEAVES[4:]]
REFUSED = [
    (asked(0, 5, signer=Signer("somebody/else", LOG, bytes(32))), 403),
    (asked(0, 5).replace(OURS.name.encode(), b"unknown/log"), 404),
    (asked(8, 12, leaves=FORKED), 422),
    (asked(8, 8, leaves=FORKED), 409),
    (asked(0, 12), 409),
    (asked(0, 5), 409),
    (asked(8, 5, at=8), 400),
    (asked(8, 12).replace(b"old 8\n", b"old 08\n"), 400),
    (asked(8, 12)[:-9], 400),
    (b"\xff\xfe", 400),
    (b"", 400),
]


@pytest.mark.parametrize("body,status", REFUSED)
def test_everything_else_is_refused_and_changes_nothing(witness: Witness, body: bytes, status: int) -> None:
    witness.add(asked(0, 8), now=NOW)
    said = witness.add(body, now=NOW)
    assert said.status == status
    if status == 409:
        assert said.body == "8\n"
    last = witness.last(OURS.name)
    assert last is not None and last.size == 8


def test_control_a_witness_that_checks_no_proof_cosigns_a_fork(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.audit.rules.witness_protocol.grew", lambda *_: True)
    with pytest.raises(AssertionError):
        test_everything_else_is_refused_and_changes_nothing(witness, asked(8, 12, leaves=FORKED), 422)


def test_of_two_forks_at_once_one_is_cosigned(witness: Witness) -> None:
    witness.add(asked(0, 3), now=NOW)
    answers: list[int] = []
    forks = [asked(3, 12), asked(3, 12, leaves=FORKED)] * 4
    threads = [threading.Thread(target=lambda b=body: answers.append(witness.add(b, now=NOW).status)) for body in forks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1 and set(answers) == {200, 409}


class _Served:
    """The receiver on a port of its own."""

    def __init__(self, witness: Witness) -> None:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(application(witness), log_level="critical", lifespan="off", limit_concurrency=32)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve(sockets=[self.socket])))
        self.thread.start()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()


@pytest.fixture
def served(witness: Witness, settings: Any, tmp_path: Path) -> Iterator[Witness]:
    """Connect our installation to a witness that knows its key."""
    mine = Witness(witness.folder, witness.signer, [keys.make().key])
    served = _Served(mine)
    settings.AUDIT_WITNESS, settings.AUDIT_WITNESS_KEY = served.url, str(witness.signer.key)
    yield mine
    served.stop()


def _grow(entries: int) -> None:
    record([Act("officer:x", "case.noted", f"case:{n}") for n in range(entries)], now=clock.now())
    chaining.chain()
    assert checkpoints.checkpoint(now=clock.now(), at_once=True)


@pytest.mark.django_db
def test_our_checkpoints_reach_the_witness_and_prove_us(served: Witness) -> None:
    for entries in (4, 9, 1):
        _grow(entries)
        assert publish_checkpoints.to_witness(now=clock.now())
    assert list(Handed.objects.order_by("size").values_list("size", flat=True)) == [4, 13, 14]
    verdict = self_check.check(now=clock.now(), paths=[served.folder], keys=[served.signer.key])
    assert not verdict.faults and verdict.confirmed == 14


@pytest.mark.django_db
def test_an_answer_that_was_lost_is_asked_again(served: Witness) -> None:
    """The witness is ahead of our record: it reports its size, and we continue from there."""
    from binhyen.audit.tests.owner import owning

    _grow(4)
    assert publish_checkpoints.to_witness(now=clock.now())
    with owning() as cursor:
        cursor.execute("ALTER TABLE audit_handed DISABLE TRIGGER USER; DELETE FROM audit_handed")
    _grow(3)
    assert publish_checkpoints.to_witness(now=clock.now())


@pytest.mark.django_db
@pytest.mark.parametrize("attack", [cut_tail, roll_back])
def test_a_book_that_went_back_gets_no_cosignature(served: Witness, attack: Any) -> None:
    import random

    for _ in range(3):
        _grow(6)
        assert publish_checkpoints.to_witness(now=clock.now())
    attack(random.Random(1), 18)
    _grow(20)
    assert not publish_checkpoints.to_witness(now=clock.now())
    assert self_check.check(now=clock.now(), paths=[served.folder]).faults


@pytest.mark.django_db
def test_a_key_that_is_not_the_witnesss_is_not_believed(served: Witness, settings: Any) -> None:
    settings.AUDIT_WITNESS_KEY = str(Signer("thanh-tra/y", WITNESS, b"\x02" * 32).key)
    _grow(4)
    assert not publish_checkpoints.to_witness(now=clock.now())
    assert not Handed.objects.exists()


class _Elsewhere(http.server.BaseHTTPRequestHandler):
    """Server that redirects, floods or drips instead of cosigning; redirected requests are counted."""

    asked: list[str] = []

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.split("/")[1]
        self.send_response(302 if kind == "redirect" else 200)
        self.send_header("Location", "/other/add-checkpoint")
        self.end_headers()
        if kind == "flood":
            try:
                for _ in range(200):
                    self.wfile.write(b"x" * 4096)
            except OSError:
                pass

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["redirect", "flood", "empty"])
def test_a_witness_that_misbehaves_is_left_alone(kind: str, settings: Any, tmp_path: Path) -> None:
    _Elsewhere.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.AUDIT_WITNESS = f"http://127.0.0.1:{server.server_port}/{kind}"
    try:
        _grow(2)
        assert not publish_checkpoints.to_witness(now=clock.now())
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert _Elsewhere.asked == [f"/{kind}{ADDRESS}"]
    assert not Handed.objects.exists()


@pytest.mark.django_db
def test_no_witness_there(settings: Any, tmp_path: Path, free_port: int) -> None:
    settings.AUDIT_WITNESS = f"http://127.0.0.1:{free_port}"
    _grow(2)
    assert not publish_checkpoints.to_witness(now=clock.now())
    assert newest() is not None


def test_the_receiver_has_one_address_and_takes_little(witness: Witness) -> None:
    served = _Served(witness)
    try:
        port = int(served.url.rpartition(":")[2])
        for method, path, body, status in (
            ("GET", ADDRESS, b"", 404), ("POST", "/", b"", 404), ("POST", ADDRESS, b"x" * (BODY_LIMIT + 1), 413),
            ("POST", ADDRESS, b"x", 400), ("POST", ADDRESS, asked(0, 5), 200), ("POST", ADDRESS, asked(0, 7), 409),
        ):  # fmt: skip
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request(method, path, body)
            answer = connection.getresponse()
            assert answer.status == status
            if status == 409:
                assert answer.headers["Content-Type"] == "text/x.tlog.size" and answer.read() == b"5\n"
            connection.close()
    finally:
        served.stop()
