# logs.yaml, dangers.yaml, web.yaml
import asyncio
import contextlib
import datetime as dt
import logging
import pickle
import re
import subprocess
import xml.etree.ElementTree as tree

import numpy as np


def told(log, case, error, name):
    # ruleid: person-in-the-log
    log.info("case_opened", text=case.title)
    # ruleid: person-in-the-log
    log.warning("send_failed", external_id=case.to)
    # ok: person-in-the-log
    log.info("case_opened", case=case.code, unit=case.unit_id)
    # ruleid: event-not-constant
    log.info(name)
    # ok: event-not-constant, event-with-values
    log.info("case_opened", case=case.code)
    # ruleid: event-with-values
    log.info(f"opened {case.title}")
    # ruleid: event-with-values
    log.error("failed %s", error)
    # ruleid: error-words-in-the-log
    log.error("crashed", problem=str(error))
    # ok: error-words-in-the-log
    log.error("crashed", problem=type(error).__name__)
    # ruleid: logger-past-the-filter
    logging.getLogger("x")
    # ok: logger-past-the-filter
    logs.get("x")


def runs(data, text):
    # ruleid: data-that-runs
    pickle.loads(data)
    # ruleid: data-that-runs
    np.load(data)
    # ok: data-that-runs
    np.load(data, allow_pickle=False)
    # ruleid: text-that-runs
    eval(text)
    # ok: text-that-runs
    ast.literal_eval(text)
    # ruleid: shell
    subprocess.run(text, shell=True)
    # ok: shell
    subprocess.run([text])
    # ruleid: xml-from-outside
    tree.fromstring(text)
    # ok: xml-from-outside
    json.loads(text)
    # ruleid: pattern-that-hangs
    re.compile(r"(a+)+$")
    # ok: pattern-that-hangs
    re.compile(r"a+$")


def quiet():
    # ruleid: swallowed
    try:
        send()
    except Exception:
        pass
    # ok: swallowed
    try:
        send()
    except OSError:
        pass
    # ruleid: swallowed
    with contextlib.suppress(Exception):
        send()
    # ruleid: clock-read-elsewhere
    dt.datetime.now(dt.UTC)
    # ruleid: clock-read-elsewhere
    models.DateTimeField(auto_now_add=True)
    # ok: clock-read-elsewhere
    clock.now()


# ruleid: guard-switched-off
DEBUG = True
# ruleid: guard-switched-off
ALLOWED_HOSTS = ["*"]
# ruleid: guard-switched-off
SESSION_COOKIE_HTTPONLY = False
# ok: guard-switched-off
SESSION_COOKIE_SECURE = HTTPS
# ruleid: gateway-without-a-limit
DATA_UPLOAD_MAX_MEMORY_SIZE = None
