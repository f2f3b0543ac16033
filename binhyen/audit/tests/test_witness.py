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

from binhyen.audit import keys, services
from binhyen.audit.models import CheckpointDelivery
from binhyen.audit.queries.chain import get_newest_checkpoint
from binhyen.audit.rules.merkle import Range, append_leaves, compute_root, consistency_proof
from binhyen.audit.rules.signed_notes import (
    LOG,
    WITNESS,
    Head,
    Signer,
    get_cosignature_time,
    parse_note,
    sign_checkpoint,
)
from binhyen.audit.rules.witness_protocol import format_request
from binhyen.audit.services import AuditAction, checkpoints, record_actions
from binhyen.audit.tests.owner import restore_old_log, truncate_log
from binhyen.audit.witness import ADDRESS, BODY_LIMIT, Witness, build_application
from binhyen.kit import clock

OURS = Signer("binhyen.example/42/x", LOG, bytes(32))
LEAVES = [bytes([n]) * 32 for n in range(40)]
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    folder = tmp_path / "witness"
    folder.mkdir()
    return Witness(folder, Signer("thanh-tra/y", WITNESS, b"\x01" * 32), [OURS.key])


def build_request(
    old: int, new: int, *, leaves: list[bytes] = LEAVES, signer: Signer = OURS, index: int | None = None
) -> bytes:
    tree = append_leaves(Range(), leaves[:new])
    path = consistency_proof(append_leaves(Range(), leaves[:old]), leaves[old:new]) if old <= new else []
    note = sign_checkpoint(Head(OURS.name, new, compute_root(tree)), signer)
    return format_request(old if index is None else index, path, str(note)).encode()


def test_a_consistent_extension_is_cosigned_and_stored(witness: Witness) -> None:
    for old, new in ((0, 5), (5, 8), (8, 8), (8, 33)):
        output = witness.add_checkpoint(build_request(old, new), now=NOW)
        assert output.status == 200
        note = parse_note(build_request(old, new).decode().partition("\n\n")[2] + output.body)
        assert get_cosignature_time(note, witness.signer.key) == int(NOW.timestamp())
    last = witness.last(OURS.name)
    assert last is not None and last.size == 33
    # the state survives a restart
    assert Witness(witness.folder, witness.signer, witness.trusted).last(OURS.name) == last


FORKED = [*LEAVES[:3], b"\xff" * 32, *LEAVES[4:]]
REFUSED = [
    (build_request(0, 5, signer=Signer("somebody/else", LOG, bytes(32))), 403),
    (build_request(0, 5).replace(OURS.name.encode(), b"unknown/log"), 404),
    (build_request(8, 12, leaves=FORKED), 422),
    (build_request(8, 8, leaves=FORKED), 409),
    (build_request(0, 12), 409),
    (build_request(0, 5), 409),
    (build_request(8, 5, index=8), 400),
    (build_request(8, 12).replace(b"old 8\n", b"old 08\n"), 400),
    (build_request(8, 12)[:-9], 400),
    (b"\xff\xfe", 400),
    (b"", 400),
]


@pytest.mark.parametrize("body,status", REFUSED)
def test_everything_else_is_refused_and_changes_nothing(witness: Witness, body: bytes, status: int) -> None:
    witness.add_checkpoint(build_request(0, 8), now=NOW)
    output = witness.add_checkpoint(body, now=NOW)
    assert output.status == status
    if status == 409:
        assert output.body == "8\n"
    last = witness.last(OURS.name)
    assert last is not None and last.size == 8


def test_control_a_witness_that_checks_no_proof_cosigns_a_fork(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.audit.rules.witness_protocol.verify_consistency", lambda *_: True)
    with pytest.raises(AssertionError):
        test_everything_else_is_refused_and_changes_nothing(witness, build_request(8, 12, leaves=FORKED), 422)


def test_of_two_concurrent_forks_one_is_cosigned(witness: Witness) -> None:
    witness.add_checkpoint(build_request(0, 3), now=NOW)
    answers: list[int] = []
    forks = [build_request(3, 12), build_request(3, 12, leaves=FORKED)] * 4
    threads = [
        threading.Thread(target=lambda b=body: answers.append(witness.add_checkpoint(b, now=NOW).status))
        for body in forks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1 and set(answers) == {200, 409}


class _WitnessServer:
    """The receiver on a port of its own."""

    def __init__(self, witness: Witness) -> None:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(build_application(witness), log_level="critical", lifespan="off", limit_concurrency=32)
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
    other_witness = Witness(witness.folder, witness.signer, [keys.create_log_key().key])
    served = _WitnessServer(other_witness)
    settings.AUDIT_WITNESS, settings.AUDIT_WITNESS_KEY = served.url, str(witness.signer.key)
    yield other_witness
    served.stop()


def _append_entries(entries: int) -> None:
    record_actions([AuditAction("officer:x", "case.noted", f"case:{n}") for n in range(entries)], now=clock.now())
    services.chain_waiting()
    assert checkpoints.sign_if_due(now=clock.now(), at_once=True)


@pytest.mark.django_db
def test_our_checkpoints_reach_the_witness_and_prove_us(served: Witness) -> None:
    for entries in (4, 9, 1):
        _append_entries(entries)
        assert checkpoints.publish_to_witness(now=clock.now())
    assert list(CheckpointDelivery.objects.order_by("size").values_list("size", flat=True)) == [4, 13, 14]
    verdict = checkpoints.run_self_check(now=clock.now(), paths=[served.folder], keys=[served.signer.key])
    assert not verdict.faults and verdict.confirmed == 14


@pytest.mark.django_db
def test_an_answer_that_was_lost_is_asked_again(served: Witness) -> None:
    """The witness is ahead of our record: it reports its size, and we continue from there."""
    from binhyen.audit.tests.owner import own_database

    _append_entries(4)
    assert checkpoints.publish_to_witness(now=clock.now())
    with own_database() as cursor:
        cursor.execute(
            "ALTER TABLE audit_checkpointdelivery DISABLE TRIGGER USER; DELETE FROM audit_checkpointdelivery"
        )
    _append_entries(3)
    assert checkpoints.publish_to_witness(now=clock.now())


@pytest.mark.django_db
@pytest.mark.parametrize("attack", [truncate_log, restore_old_log])
def test_a_rolled_back_log_gets_no_cosignature(served: Witness, attack: Any) -> None:
    import random

    for _ in range(3):
        _append_entries(6)
        assert checkpoints.publish_to_witness(now=clock.now())
    attack(random.Random(1), 18)
    _append_entries(20)
    assert not checkpoints.publish_to_witness(now=clock.now())
    assert checkpoints.run_self_check(now=clock.now(), paths=[served.folder]).faults


@pytest.mark.django_db
def test_a_key_that_is_not_the_witnesss_is_not_believed(served: Witness, settings: Any) -> None:
    settings.AUDIT_WITNESS_KEY = str(Signer("thanh-tra/y", WITNESS, b"\x02" * 32).key)
    _append_entries(4)
    assert not checkpoints.publish_to_witness(now=clock.now())
    assert not CheckpointDelivery.objects.exists()


class _HostileServer(http.server.BaseHTTPRequestHandler):
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
    _HostileServer.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _HostileServer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.AUDIT_WITNESS = f"http://127.0.0.1:{server.server_port}/{kind}"
    try:
        _append_entries(2)
        assert not checkpoints.publish_to_witness(now=clock.now())
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert _HostileServer.asked == [f"/{kind}{ADDRESS}"]
    assert not CheckpointDelivery.objects.exists()


@pytest.mark.django_db
def test_no_witness_there(settings: Any, tmp_path: Path, free_port: int) -> None:
    settings.AUDIT_WITNESS = f"http://127.0.0.1:{free_port}"
    _append_entries(2)
    assert not checkpoints.publish_to_witness(now=clock.now())
    assert get_newest_checkpoint() is not None


def test_the_receiver_has_one_path_and_a_small_body_limit(witness: Witness) -> None:
    served = _WitnessServer(witness)
    try:
        port = int(served.url.rpartition(":")[2])
        for method, path, body, status in (
            ("GET", ADDRESS, b"", 404),
            ("POST", "/", b"", 404),
            ("POST", ADDRESS, b"x" * (BODY_LIMIT + 1), 413),
            ("POST", ADDRESS, b"x", 400),
            ("POST", ADDRESS, build_request(0, 5), 200),
            ("POST", ADDRESS, build_request(0, 7), 409),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request(method, path, body)
            answer = connection.getresponse()
            assert answer.status == status
            if status == 409:
                assert answer.headers["Content-Type"] == "text/x.tlog.size" and answer.read() == b"5\n"
            connection.close()
    finally:
        served.stop()
