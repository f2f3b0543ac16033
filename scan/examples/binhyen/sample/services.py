# storage.yaml, secrets.yaml, network.yaml
import hashlib
import os
import random
import shutil
import ssl
import tempfile
import urllib.request

# ruleid: call-from-nowhere
import aiohttp
import psycopg

# ruleid: primitives-elsewhere
from nacl.public import SealedBox

# ok: primitives-elsewhere, call-from-nowhere
from binhyen.vault import envelopes


def statements(cursor, name):
    # ruleid: sql-from-text
    cursor.execute(f"SELECT * FROM cases_case WHERE code = '{name}'")
    # ruleid: sql-from-text
    cursor.execute("SELECT 1 WHERE x = '%s'" % name)
    # ruleid: sql-from-text
    cursor.execute("SELECT 1 WHERE x = " + name)
    # ruleid: sql-from-text
    RawSQL("lower({})".format(name), [])
    # ruleid: sql-from-text
    cursor.execute(STATEMENT.format(name))
    # ok: sql-from-text
    cursor.execute("SELECT 1 WHERE x = %s", [name])
    # ok: sql-from-text
    cursor.execute(psycopg.sql.SQL("ALTER ROLE {} LOGIN").format(psycopg.sql.Identifier(name)))
    # ruleid: sql-extra
    Case.objects.extra(where=["code = '" + name + "'"])
    # ok: sql-extra
    Case.objects.filter(code=name)


def folders(archive, path, folder):
    # ruleid: archive-unpacked-blindly
    archive.extractall(folder)
    # ruleid: archive-unpacked-blindly
    shutil.unpack_archive(path, folder)
    # ok: archive-unpacked-blindly
    archive.extractall(folder, filter="data")
    # ruleid: file-open-to-all
    path.chmod(0o644)
    # ruleid: file-open-to-all
    os.umask(0)
    # ok: file-open-to-all
    path.chmod(0o600)
    # ok: file-open-to-all
    path.mkdir(mode=0o700, parents=True)
    # ruleid: temporary-name
    tempfile.mktemp()
    # ruleid: temporary-name
    open("/tmp/binhyen.lock")
    # ok: temporary-name
    tempfile.TemporaryDirectory()


def compare(given, expected, row):
    # ruleid: secret-compared-plainly
    if given_token == expected:
        return True
    # ruleid: secret-compared-plainly
    if row.hash != expected:
        return True
    # ruleid: secret-compared-plainly
    if request.headers["X-Token"] == row.token:
        return True
    # ruleid: secret-compared-plainly
    if given != row.token.value:
        return True
    # ok: secret-compared-plainly
    if row.type == Factor.TOTP or name == SIGNATURE:
        return True
    # ok: secret-compared-plainly
    if hmac.compare_digest(given, expected) or row.token == "" or len(row.hash) == 64:
        return True


def made(data, n):
    # ruleid: weak-hash
    hashlib.md5(data)
    # ruleid: weak-hash
    salted_hmac("key", data)
    # ok: weak-hash
    hashlib.sha256(data)
    # ok: weak-hash
    salted_hmac("key", data, algorithm="sha256")
    # ruleid: dice-for-secrets
    random.choice("0123456789")
    # ruleid: dice-for-secrets
    get_random_string(20)
    # ok: dice-for-secrets
    secrets.token_urlsafe(32)
    # ruleid: environment-outside-settings
    os.environ["ZALO_SECRET"]
    # ok: environment-outside-settings
    settings.PORT
    # ruleid: key-printed
    raise Refused(f"wrong {row.secret}", row.secret)


def shown(output, settings):
    # ruleid: key-printed
    print("key", settings.SECRET_KEY)
    # ok: key-printed
    print("key in", settings.VAR_DIR)


async def calls(session, response, url):
    # ruleid: http-without-timeout
    aiohttp.ClientSession()
    # ruleid: http-without-timeout
    urllib.request.urlopen(url)
    # ok: http-without-timeout
    aiohttp.ClientSession(timeout=LIMIT)
    # ok: http-without-timeout
    urllib.request.urlopen(url, timeout=5)
    # ruleid: http-follows-redirects
    await session.get(url)
    # ok: http-follows-redirects
    await session.get(url, allow_redirects=False)
    # ruleid: tls-not-checked
    await session.get(url, ssl=False, allow_redirects=False)
    # ruleid: tls-not-checked
    ssl._create_unverified_context()
    # ok: tls-not-checked
    ssl.create_default_context()
    # ruleid: proxy-from-the-environment
    aiohttp.ClientSession(timeout=LIMIT, trust_env=True)
    # ok: proxy-from-the-environment
    aiohttp.ClientSession(timeout=LIMIT, trust_env=False)
    # ruleid: answer-without-a-limit
    await response.read()
    # ruleid: answer-without-a-limit
    await response.json()
    # ok: answer-without-a-limit
    await read_up_to(response, LIMIT)
