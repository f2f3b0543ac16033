"""OAuth from the operator's click to a token pair."""

import asyncio
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest

from binhyen.channels.kinds.zalo_oa import oauth, protocol
from binhyen.channels.kinds.zalo_oa.oauth import GrantLost
from binhyen.channels.kinds.zalo_oa.tests.lab import ACCOUNT, FakeZalo
from binhyen.channels.types import SendFailed


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def get_callback_query(url: str) -> dict[str, list[str]]:
    """Return the callback query after an administrator's consent."""
    from urllib.error import HTTPError

    try:
        build_opener(_NoRedirect).open(url + "&auto=1", timeout=5)
    except HTTPError as answer:
        assert answer.code == 302
        location = answer.headers["Location"]
        answer.close()
        return parse_qs(urlsplit(location).query)
    raise AssertionError("no redirect")


def test_the_link_has_exactly_the_documented_parameters() -> None:
    url = oauth.build_authorization_url(ACCOUNT, redirect_uri="https://a.vn/b?c=1", challenge="X", state="s")
    assert url.startswith("https://oauth.zaloapp.com/v4/oa/permission?")
    query = parse_qs(urlsplit(url).query)
    assert set(query) == {"app_id", "redirect_uri", "code_challenge", "state"}
    assert query["redirect_uri"] == ["https://a.vn/b?c=1"]


def test_a_code_becomes_a_pair_once(zalo: FakeZalo) -> None:
    account, verifier = zalo.account(), protocol.generate_code_verifier()
    url = oauth.build_authorization_url(
        account, redirect_uri="http://127.0.0.1/x", challenge=protocol.compute_code_challenge(verifier), state="s"
    )
    code = get_callback_query(url)["code"][0]
    pair = asyncio.run(oauth.exchange_code(account, code=code, verifier=verifier))
    assert pair.seconds == 90_000 and pair.access_token == zalo.control("setup")["access_token"]
    with pytest.raises(SendFailed) as caught:
        asyncio.run(oauth.exchange_code(account, code=code, verifier=verifier))
    assert caught.value.pause_channel and not isinstance(caught.value, GrantLost)


def test_a_refresh_token_works_once_then_the_body_is_empty(zalo: FakeZalo) -> None:
    account, token = zalo.account(), zalo.control("setup")["refresh_token"]
    assert asyncio.run(oauth.refresh_tokens(account, token)).refresh_token != token
    with pytest.raises(GrantLost) as caught:
        asyncio.run(oauth.refresh_tokens(account, token))
    assert caught.value.code == "SPENT"
    with pytest.raises(GrantLost) as caught:
        asyncio.run(oauth.refresh_tokens(account, "unknown"))
    assert caught.value.code == "-14014"


@pytest.mark.parametrize(
    "raw", [b"[]", b"{", b"{}", b'{"access_token":"a"}', b'{"access_token":"a","refresh_token":""}', b"\xff"]
)
def test_an_odd_answer_is_unclear_not_lost(raw: bytes) -> None:
    with pytest.raises(SendFailed) as caught:
        oauth._parse_pair(raw)
    assert not isinstance(caught.value, GrantLost)
