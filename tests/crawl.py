"""`./dev crawl`: open every page of every role in a browser and list what is wrong with it.

Per page: HTTP errors, dead links and anchors, console errors, text outside the screen at 390 and 1280 px, untranslated
texts in both languages, left-over placeholders, findings of axe in light and dark. Starts a fresh demo and plays its
scenario, or crawls the running demo of `--url`. `--picture FOLDER` keeps screenshots.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "crawl"
PORT, EMULATOR_PORT = 8942, 8943
ROLES = {  # role on the command line → demo account
    "citizen": "",
    "village": "loc-ha.to",
    "officer": "loc-ha.canbo1",
    "chief": "loc-ha.truong",
    "duty": "tinh.trucban",
    "province": "tinh.thammuu",
    "director": "tinh.giamdoc",
    "operator": "tinh.vanhanh",
    "inspector": "tinh.thanhtra",
    "custodian": "tinh.giukin",
}
WIDTHS, SCHEMES, LANGUAGES = (390, 1280), ("light", "dark"), ("vi", "en")
SLOW_SECONDS = 5  # pages whose check takes longer are printed
HEIGHTS = {390: 844, 1280: 860}
SKIPPED_PATHS = re.compile(r"^/(dang-xuat|dang-nhap/dinh-danh|dang-nhap/tro-ve|live|webhooks|api/)")
# Parts of a path that name one object: they differ between pages of one template.
_OBJECT_PART = re.compile(
    r"^([0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]{4}-?[0-9A-Z]{4}|[0-9A-HJ-NP-Z]{8}|[\w-]{40,}|\d+)$", re.ASCII
)
_PLACEHOLDER = re.compile(r"\{[{%]|%\(\w+\)|\bundefined\b|\bNaN\b|\[object |\bNone\b|\{[a-z_]+\}")
_ENGLISH = re.compile(
    r"\b(the|and|with|this|is|are|your|please|not|for|from|select|search|all|new|save|add|delete|change)\b",
    re.IGNORECASE,
)
_NAMES = {"Công an tỉnh Hà Tĩnh", "nâu"}  # translated in the header and as a colour; a name or typed text elsewhere
_VIETNAMESE = re.compile("[À-ÖØ-öø-ưẠ-ỹ]")

# Texts with their elements' language; whether something sticks out; ids for anchors; links.
READ_PAGE = """() => {
  const clipped = (el) => {
    for (let up = el.parentElement; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (/(auto|scroll|hidden|clip)/.test(style.overflowX)) return true;
    }
    return false;
  };
  const label = (el) => el.tagName.toLowerCase() + (el.className && el.className.baseVal === undefined
    ? "." + String(el.className).trim().split(/\\s+/).join(".") : "");
  const outside = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  for (const el of document.body.querySelectorAll("*")) {
    const box = el.getBoundingClientRect();
    if (!box.width || !box.height || !el.checkVisibility()) continue;
    if (box.right > innerWidth + 1 && !clipped(el)) outside.push(label(el) + " «" + el.innerText?.slice(0, 40) + "»");
    const style = getComputedStyle(el);
    if (style.clipPath !== "none" || el.closest(".leaflet-container")) continue; // for screen readers; a map that pans
    if (el.scrollWidth > el.clientWidth + 1 && style.overflowX === "hidden" && style.textOverflow !== "ellipsis"
        && el.clientWidth > 1 && el.innerText?.trim()) outside.push("cut: " + label(el) + " «" + el.innerText.slice(0, 40) + "»");
  }
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const el = walker.currentNode.parentElement;
    const text = walker.currentNode.data.replace(/\\s+/g, " ").trim();
    if (!text || el.closest("script, style, noscript, textarea, code, kbd")) continue;
    texts.push([text, el.closest("[lang]")?.lang]);
  }
  for (const el of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (el.getAttribute(name)) texts.push([el.getAttribute(name).trim(), el.closest("[lang]")?.lang]);
  texts.push([document.title, document.documentElement.lang]);
  return {
    wide, outside, texts, lang: document.documentElement.lang,
    ids: [...document.querySelectorAll("[id]")].map((el) => el.id),
    links: [...document.querySelectorAll("a[href], area[href]")]
      .map((el) => new URL(el.getAttribute("href"), document.baseURI).href),
    images: [...document.images].filter((el) => el.complete && !el.naturalWidth).map((el) => el.src),
    pairs: [...new Set([...document.body.querySelectorAll("*")].map((el) =>
      label(el.parentElement) + ">" + label(el) + el.getAttributeNames().sort().join()))],
  };
}"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one page. `kind`: the check that found it."""

    role: str
    kind: str
    path: str
    detail: str

    @property
    def cause(self) -> tuple[str, str]:
        """The findings of one template are one cause."""
        return self.kind, f"{get_template_key(self.path)}: {self.detail}"


@dataclass(slots=True)
class CrawlOptions:
    """What to look at. `samples`: pages per template and role; of addresses with a query, those with a new parameter.

    `examined`: templates and pairs of parent and child element that axe has seen. It runs where one is new.
    """

    url: str
    widths: Sequence[int] = WIDTHS
    schemes: Sequence[str] = SCHEMES
    languages: Sequence[str] = LANGUAGES
    samples: int = 3
    runs_axe: bool = True
    pictures: Path | None = None
    examined: set[str] = field(default_factory=set)

    def count_samples(self, key: str) -> int:
        return 1 if "?" in key else self.samples


@dataclass(slots=True)
class RoleCrawl:
    """Pages of one role: opened by following links from every page without an object in its address.

    `samples`: one of them per template, opened again in every other language.
    """

    role: str
    options: CrawlOptions
    findings: list[Finding] = field(default_factory=list)
    pages: int = 0
    foreign: Counter[str] = field(default_factory=Counter)
    console: list[str] = field(default_factory=list)
    anchors: list[tuple[str, str]] = field(default_factory=list)
    ids: dict[str, set[str]] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)

    def report(self, kind: str, path: str, detail: str) -> None:
        self.findings.append(Finding(self.role, kind, path, detail))
        print(f"  {self.role} {kind} {path} {detail}", file=sys.stderr, flush=True)


def get_template_key(path: str) -> str:
    """Return the shape of an address: objects replaced by *, the query by its names and short values."""
    parts = urlsplit(path)
    shape = get_route(parts.path)
    if shape.startswith("/quan-tri/"):
        return shape  # Django's own lists: every combination of filters is the same template
    query = sorted(f"{name}={value if name == 'xem' else '*'}" for name, value in _parse(parts.query))
    return f"{shape}?{'&'.join(query)}" if query else shape


@cache
def get_route(path: str) -> str:
    """Return the path with its objects replaced by *, as the routes of the pages say; else by their looks."""
    from django.urls import Resolver404, resolve

    by_looks = "/".join("*" if _OBJECT_PART.match(part) else part for part in path.split("/"))
    if path.startswith("/quan-tri/"):  # its last route takes every address
        return by_looks
    try:
        route = resolve(path, "binhyen.vault.urls" if path.startswith("/giu-kin") else None).route
    except Resolver404:
        return by_looks
    return "/" + re.sub(r"<[^>]+>", "*", route)


def list_parameters(key: str) -> set[str]:
    """Return the query parameters of a template, each with the path that it belongs to."""
    path, _, query = key.partition("?")
    return {f"{path}?{part}" for part in query.split("&")}


def _parse(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


@cache
def read_catalogues() -> tuple[dict[str, str], frozenset[str]]:
    """Return English by Vietnamese, and the English texts that are no Vietnamese text."""
    english: dict[str, str] = {}
    for catalogue in ("ui", "cases"):
        with (ROOT / "binhyen" / catalogue / "locale" / "en" / "LC_MESSAGES" / "django.po").open("rb") as source:
            for message in read_po(source):
                if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string:
                    english[" ".join(message.id.split())] = " ".join(message.string.split())
    return english, frozenset(english.values()) - frozenset(english)


def find_untranslated(texts: Iterable[tuple[str, str]], language: str) -> Iterator[str]:
    """Yield texts of a page in the other language although the catalogue has them in this one."""
    english, only_english = read_catalogues()
    for shown, text_language in texts:
        text = " ".join(shown.split())
        if text_language != language or text in _NAMES:
            continue
        if language == "en" and _VIETNAMESE.search(text) and english.get(text, text) != text:
            yield text
        if language == "vi" and text in only_english and " " in text:
            yield text


def crawl_role(browser: Any, role: str, options: CrawlOptions) -> RoleCrawl:
    result = RoleCrawl(role, options)
    context = browser.new_context(
        viewport={"width": options.widths[0], "height": HEIGHTS[options.widths[0]]},
        locale="en-US",  # where the date and file fields are not Vietnamese by themselves
        reduced_motion="reduce",
        service_workers="block",
        color_scheme=options.schemes[0],
    )
    page = context.new_page()
    _listen(page, result)
    if ROLES[role]:
        _sign_in(page, options.url, ROLES[role])
    seeds = _list_seeds() if ROLES[role] else [*_list_seeds(), *_send_citizen_report(page, options.url)]
    page.goto(f"{options.url}/?lang={options.languages[0]}")
    _crawl_links(page, result, seeds)
    for language in options.languages[1:]:
        page.goto(f"{options.url}/?lang={language}")
        for path in result.samples.values():
            if _open(page, result, path, path):
                _look_at(page, result, path, language)
    context.close()
    for source, target in result.anchors:
        address, _, anchor = target.partition("#")
        if address in result.ids and anchor not in result.ids[address]:
            result.report("dead anchor", source, f"{get_template_key(address)}#{anchor}")
    return result


def _listen(page: Any, result: RoleCrawl) -> None:
    page.on(
        "console",
        lambda message: (
            result.console.append(message.text)
            if message.type == "error" and not message.text.startswith("Failed to load resource")  # from the responses
            else None
        ),
    )
    page.on("pageerror", lambda error: result.console.append(str(error)))
    page.on(
        "response",
        lambda answer: (
            result.console.append(f"{answer.status} {urlsplit(answer.url).path}")
            if answer.status >= 400 and answer.request.resource_type != "document"
            else None
        ),
    )


def _list_seeds() -> list[str]:
    """List addresses without an object; those that a role may not open are skipped, as no link led there."""
    from tests.security.routes import list_routes

    return sorted(f"/{route}" for route, _ in list_routes() if "<" not in route and "^" not in route)


def _sign_in(page: Any, url: str, username: str) -> None:
    from binhyen.people.demo import DEMO_PASSWORD
    from binhyen.vault.key_wrapping import DEMO_PASSPHRASE
    from tests.signing import sign_in_on_page

    sign_in_on_page(page, url, username, DEMO_PASSWORD)
    page.goto(f"{url}/giu-kin")
    passphrase = page.locator("form:has(input#id_passphrase)")
    if passphrase.count():
        passphrase.locator("input#id_passphrase").first.fill(DEMO_PASSPHRASE)
        passphrase.locator("button").first.click()
        page.wait_for_load_state()


def _send_citizen_report(page: Any, url: str) -> list[str]:
    page.goto(f"{url}/bao-tin")
    page.fill("textarea[name=text]", "Mất xe đạp điện màu đỏ ở gần chợ Nghèn tối qua")
    page.click(".send-bar .btn-big")
    page.wait_for_url("**/da-gui/*")
    link = page.locator("a[href*='/theo-doi/']").first.get_attribute("href")
    return [urlsplit(page.url).path, urlsplit(str(link)).path]


def _crawl_links(page: Any, result: RoleCrawl, seeds: Sequence[str]) -> None:
    options = result.options
    queue: deque[tuple[str, str]] = deque((urljoin(options.url, path), "") for path in ("/", "/ban-truc", *seeds))
    requested: set[str] = set()
    seen: Counter[str] = Counter()
    parameters: set[str] = set()
    while queue:
        address, source = queue.popleft()
        path = address.removeprefix(options.url)
        key = get_template_key(path)
        if address in requested or seen[key] >= options.count_samples(key) or SKIPPED_PATHS.match(path):
            continue
        if "?" in key and list_parameters(key) <= parameters:
            continue
        requested.add(address)
        parameters |= list_parameters(key)
        if not source and not _is_allowed(page, result, path):
            continue
        content = _open(page, result, path, source)
        if content is None:
            continue
        seen[key] += 1
        if content is False:  # a file
            continue
        final = _without_fragment(page.url).removeprefix(options.url)
        final_key = get_template_key(final)
        if final_key != key and seen[final_key] >= options.count_samples(final_key):
            continue  # redirected to a page that was looked at
        seen[final_key] += final_key != key
        requested.add(_without_fragment(page.url))
        result.samples.setdefault(final_key, final)
        queue.extend((target, final) for target in _look_at(page, result, final, options.languages[0]))


def _is_allowed(page: Any, result: RoleCrawl, path: str) -> bool:
    """Ask for an address that no link leads to, without the cost of showing the answer."""
    return bool(
        page.request.get(f"{result.options.url}{path}", fail_on_status_code=False).status not in {403, 404, 405}
    )


def _look_at(page: Any, result: RoleCrawl, path: str, language: str) -> list[str]:
    from playwright.sync_api import Error

    result.pages += 1
    if result.pages % 50 == 0:
        print(f"  {result.role}: {result.pages} pages", file=sys.stderr, flush=True)
    started = time.monotonic()
    try:
        return _check_page(page, result, path, language)
    except Error as error:
        result.report("browser", path, str(error).splitlines()[0])
        return []
    finally:
        if (seconds := time.monotonic() - started) > SLOW_SECONDS:
            print(f"  {result.role}: {path} took {seconds:.0f} s", file=sys.stderr, flush=True)


def _open(page: Any, result: RoleCrawl, path: str, source: str) -> bool | None:
    """Open an address: True for a page, False for a file, None for nothing to look at."""
    from playwright.sync_api import Error

    result.console.clear()
    url = f"{result.options.url}{path}"
    try:
        try:
            response = page.goto(url, wait_until="load")
        except Error:  # cut short by the page before, which led on by itself
            response = page.goto(url, wait_until="load")
    except Error:  # a download, or an answer without content
        try:
            response = page.request.get(url, fail_on_status_code=False)
        except Error as error:
            result.report("browser", source or path, f"{str(error).splitlines()[0]} {get_template_key(path)}")
            return None
    if response.status >= 400:
        if source or response.status >= 500:
            result.report("status", source or path, f"{response.status} {get_template_key(path)}")
        return None
    if response.status == 204:  # for a script
        return None
    if page.url.startswith("chrome-error:") and response.headers.get("content-type", "").startswith("text/html"):
        result.report("browser", source or path, f"the browser shows no page: {get_template_key(path)}")
        return None
    if not response.headers.get("content-type", "").startswith("text/html") or page.url == "about:blank":
        return False
    if page.locator("html[lang]").count() == 0:  # a fragment for htmx
        return False
    page.wait_for_load_state()  # of a page that leads on by itself
    return True


def _check_page(page: Any, result: RoleCrawl, path: str, language: str) -> list[str]:
    """Look at an opened page in every width and scheme; return the links of this installation."""
    options = result.options
    links: list[str] = []
    runs_axe = False
    for width in options.widths:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        content = page.evaluate(READ_PAGE)
        if content["wide"] > 0:
            result.report("overflow", path, f"{width} px: {content['wide']} px too wide: {content['outside'][-2:]}")
        elif content["outside"]:
            result.report("overflow", path, f"{width} px: {content['outside'][-1]}")
        if width == options.widths[0]:
            _check_texts(result, path, language, content)
            links = _read_links(result, path, content)
            elements = {get_template_key(path), *content["pairs"]}
            runs_axe = options.runs_axe and language == options.languages[0] and not elements <= options.examined
            options.examined |= elements
        for scheme in options.schemes:
            is_new = (
                scheme == options.schemes[0] or width == options.widths[0]
            )  # the colours are those of the first width
            if runs_axe and is_new:
                _run_axe(page, result, path, f"{width} {scheme}", scheme, only_colours=scheme != options.schemes[0])
            if options.pictures and language == options.languages[0]:
                page.emulate_media(color_scheme=scheme)
                name = re.sub(r"\W+", "-", get_template_key(path)).strip("-") or "home"
                folder = options.pictures / result.role
                folder.mkdir(parents=True, exist_ok=True)
                picture = folder / f"{name}.{language}.{width}.{scheme}.png"
                if not picture.exists():
                    page.screenshot(path=picture, full_page=True)
    page.emulate_media(color_scheme=options.schemes[0])
    for line in sorted(set(result.console)):
        result.report("console", path, line[:200])
    return links


def _check_texts(result: RoleCrawl, path: str, language: str, content: dict[str, Any]) -> None:
    if content["lang"] != language and not path.startswith("/quan-tri/"):
        result.report("language", path, f"the page says lang={content['lang']}")
    for text in sorted(set(find_untranslated(content["texts"], language))):
        result.report("untranslated", path, f"{language}: {text[:80]}")
    for text, text_language in content["texts"]:
        if _PLACEHOLDER.search(text):
            result.report("placeholder", path, text[:80])
        if text_language == language == "en" and _VIETNAMESE.search(text):
            result.foreign[f"{get_template_key(path)}  {text[:100]}"] += 1
        if text_language == language == "vi" and len(_ENGLISH.findall(text)) > 1 and not _VIETNAMESE.search(text):
            result.foreign[f"{get_template_key(path)}  {text[:100]}"] += 1
    for source in content["images"]:
        result.report("image", path, urlsplit(source).path)


def _read_links(result: RoleCrawl, path: str, content: dict[str, Any]) -> list[str]:
    result.ids[path] = set(content["ids"])
    origin = result.options.url
    links = []
    for link in content["links"]:
        parts = urlsplit(link)
        if f"{parts.scheme}://{parts.netloc}" != origin or "lang=" in parts.query:
            continue
        address = _without_fragment(link)
        if parts.fragment:
            result.anchors.append((path, f"{address.removeprefix(origin)}#{parts.fragment}"))
        links.append(address)
    return links


def _without_fragment(address: str) -> str:
    return urlunsplit(urlsplit(address)._replace(fragment=""))


def _run_axe(page: Any, result: RoleCrawl, path: str, view: str, scheme: str, *, only_colours: bool) -> None:
    """Run axe; in the second scheme only its rule about colours, which alone depends on it."""
    page.emulate_media(color_scheme=scheme)
    if not page.evaluate("() => typeof window.axe === 'object'"):
        page.evaluate(read_axe())
    run = {"runOnly": {"type": "rule", "values": ["color-contrast"]}} if only_colours else {}
    run["resultTypes"] = ["violations"]  # type: ignore[assignment]
    messages = len(result.console)
    for violation in page.evaluate("(options) => axe.run(document, options).then((r) => r.violations)", run):
        for node in violation["nodes"][:3]:
            target = " ".join(str(part) for part in node["target"])
            why = (
                node["failureSummary"].split("\n")[1].strip()
                if only_colours or violation["id"] == "color-contrast"
                else ""
            )
            result.report(
                "axe", path, f"{view} {violation['id']}: {re.sub(r'[0-9a-f-]{20,}', '*', target)[:90]} {why[:110]}"
            )
    del result.console[messages:]  # axe tries styles in the page


@cache
def read_axe() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


def print_report(crawls: Sequence[RoleCrawl], *, shows_foreign: bool) -> int:
    findings = [finding for crawl in crawls for finding in crawl.findings]
    causes: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        causes.setdefault(finding.cause, []).append(finding)
    for (kind, detail), same in sorted(causes.items()):
        print(f"{kind:12} {detail}  [{', '.join(sorted({finding.role for finding in same}))}] {same[0].path}")
    if shows_foreign:
        foreign: Counter[str] = Counter()
        for crawl in crawls:
            foreign.update(crawl.foreign)
        print(*(f"foreign      {text}" for text, _ in sorted(foreign.items())), sep="\n")
    kinds = dict(Counter(kind for kind, _ in causes))
    print(json.dumps({"pages": {crawl.role: crawl.pages for crawl in crawls}, "causes": kinds}))
    return 1 if findings else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev crawl", description=__doc__)
    parser.add_argument("--url", default="", help="a running demo; else a fresh one is started")
    parser.add_argument("--role", action="append", choices=ROLES, default=[])
    parser.add_argument("--language", action="append", choices=LANGUAGES, default=[])
    parser.add_argument("--width", action="append", type=int, choices=WIDTHS, default=[])
    parser.add_argument("--samples", type=int, default=3, help="pages per template")
    parser.add_argument("--no-axe", action="store_true")
    parser.add_argument(
        "--foreign", action="store_true", help="list texts in the other language, mostly names and data"
    )
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    if not shutil.which("chromium"):
        print("Chromium is missing. Hint: apt install chromium", file=sys.stderr)
        return 1
    if asked.url:
        return _crawl(asked.url.rstrip("/"), asked)
    url = f"http://127.0.0.1:{PORT}"
    environment = {
        **os.environ,
        "BINHYEN_VAR": str(VAR),
        "BINHYEN_PORT": str(PORT),
        "BINHYEN_EMULATOR_PORT": str(EMULATOR_PORT),
        "BINHYEN_URL": url,
        "BINHYEN_DEMO": "1",
        "BINHYEN_LOG": "ERROR",
    }
    from tests.screenshots import wait_for_server

    program = subprocess.Popen([sys.executable, "-m", "binhyen", "demo", "--fresh"], env=environment)
    try:
        wait_for_server(url)
        time.sleep(3)
        subprocess.run([sys.executable, "-m", "binhyen", "play", "--speed", "100"], env=environment, check=True)
        return _crawl(url, asked)
    finally:
        program.terminate()
        program.wait(60)


def _crawl(url: str, asked: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
    import django

    django.setup()
    from tests.security.browser import launch_chromium

    options = CrawlOptions(
        url,
        widths=asked.width or WIDTHS,
        languages=asked.language or LANGUAGES,
        samples=asked.samples,
        runs_axe=not asked.no_axe,
        pictures=asked.picture,
    )
    crawls = []
    with launch_chromium() as browser:
        for role in asked.role or ROLES:
            started = time.monotonic()
            crawls.append(crawl_role(browser, role, options))
            print(f"{role}: {crawls[-1].pages} pages in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return print_report(crawls, shows_foreign=asked.foreign)


if __name__ == "__main__":
    sys.exit(main())
