"""Samples of this channel kind for the common conformance test."""

import datetime as dt

import orjson

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa.tests import lab

ACCOUNT: ChannelAccount = lab.ACCOUNT
NOW: dt.datetime = lab.NOW


def good_webhook() -> tuple[dict[str, str], bytes]:
    """Return headers and body of a message that must be accepted and parsed at NOW."""
    body = orjson.dumps(lab.build_event("user_send_text", message={"text": "Có trộm", "msg_id": "96d3cdf3af150460909"}))
    return lab.sign_body(body), body
