"""Signed notes equal the reference implementation byte for byte; modified notes are rejected."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from binhyen.audit.rules.signed_notes import (
    LOG,
    WITNESS,
    Head,
    InvalidNote,
    SignedNote,
    Signer,
    build_cosignature_line,
    get_cosignature_time,
    is_signed_by,
    parse_head,
    parse_key,
    parse_note,
    parse_signer,
    sign_checkpoint,
)

# golang.org/x/mod/sumdb/note: the package's documented example.
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# c2sp.org/signed-note
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
OURS = Signer("binhyen.example/42/x", LOG, bytes(32))
THEIRS = Signer("thanh-tra/y", WITNESS, b"\x01" * 32)
HEAD = Head(OURS.name, 1234, b"\x07" * 32)


def test_the_reference_examples() -> None:
    signer = parse_signer(GO_SECRET)
    assert str(signer.key) == GO_KEY and signer.secret() == GO_SECRET
    note = parse_note(GO_NOTE)
    assert is_signed_by(note, parse_key(GO_KEY)) and str(note) == GO_NOTE
    assert bytes(SigningKey(signer.seed).sign(note.text.encode()).signature) == note.signatures[0][2]
    assert is_signed_by(parse_note(SPEC_NOTE), parse_key(SPEC_KEY))
    assert not is_signed_by(parse_note(SPEC_NOTE), parse_key(GO_KEY))


def test_a_checkpoint_and_its_witness() -> None:
    note = sign_checkpoint(HEAD, OURS)
    assert parse_head(note) == HEAD and is_signed_by(note, OURS.key)
    whole = parse_note(f"{note}{build_cosignature_line(note, THEIRS, seconds=1_795_577_000)}")
    assert is_signed_by(whole, OURS.key) and get_cosignature_time(whole, THEIRS.key) == 1_795_577_000
    assert get_cosignature_time(whole, dataclasses.replace(THEIRS.key, kind=LOG)) is None
    assert get_cosignature_time(note, THEIRS.key) is None


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_of_a_signed_checkpoint_is_accepted(place: int, change: int) -> None:
    raw = bytearray(str(sign_checkpoint(HEAD, OURS)).encode())
    raw[place % len(raw)] ^= change
    try:
        note = parse_note(raw.decode())
    except (InvalidNote, UnicodeDecodeError):
        return
    assert not is_signed_by(note, OURS.key)


def test_a_verifier_that_believes_every_signature_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the test above."""
    monkeypatch.setattr("binhyen.audit.rules.signed_notes._is_valid_signature", lambda *_: True)
    with pytest.raises(AssertionError):
        test_no_changed_byte_of_a_signed_checkpoint_is_accepted()


@pytest.mark.parametrize(
    "text",
    ["o\n07\n{r}\n", "o\n7\n", "o\n7\nAAAA\n", "o\n-7\n{r}\n", "\n7\n{r}\n", "o\n7\n{r}\n\next\n", "o\n٧\n{r}\n"],
)
def test_invalid_checkpoints(text: str) -> None:
    with pytest.raises(InvalidNote):
        parse_head(SignedNote(text.format(r="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), ()))


@pytest.mark.parametrize(
    "text", ["", "a\n\n", "a\n— b\n", "a\n\n- b AAAA\n", "a\n\n— b AAAA\n", "a\x00\n\n— b AAAAAAAA\n"]
)
def test_invalid_notes(text: str) -> None:
    with pytest.raises(InvalidNote):
        parse_note(text)


@given(st.text(max_size=60))
def test_invalid_keys(text: str) -> None:
    for read in (parse_key, parse_signer):
        with pytest.raises(InvalidNote):
            read(text)
    for cut in range(1, len(GO_KEY)):
        with pytest.raises(InvalidNote):
            parse_key(GO_KEY[:cut])


def test_a_secret_does_not_show_itself() -> None:
    assert GO_SECRET[-20:] not in repr(parse_signer(GO_SECRET))
