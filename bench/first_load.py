"""What travels over the wire for the Billing page: on the first visit, and a day later.

A browser's part is played here: it follows what the page, its stylesheets and its modules name, keeps
what the answers allow it to keep, and asks again, conditionally, for what has become stale.
"""

import gzip
import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from bench.progress import say
from bench.rows import Row, figure, rounded
from bench.scratch import our_database
from bench.serving import our_server
from bench.world import make_salon

PAGE = "/panel/billing/"
MOST_KB = 80
DAY = 24 * 3600
LINKS = {"stylesheet", "icon", "manifest", "modulepreload", "preload"}
IN_CSS = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s]+)""")
IN_JS = re.compile(r"""(?:^|;|\n)\s*(?:import|export)\b[^'"();]*["']([./][^"']+)["']""")


def run() -> list[Row]:
    with our_database("first_load") as url:
        salon = make_salon()
        with our_server(url) as port:
            browser = Browser(port, f"{salon.tenant.host}:{port}", salon.cookie())
            first = browser.visit(PAGE, age=0)
            later = browser.visit(PAGE, age=DAY)
    for path, size in first.items():
        say(f"{size:>7,} bytes, {later.get(path, 0):>6,} a day later: {path}")
    page = later.pop(PAGE)
    return [
        figure("first_load_kb", "KB", sum(first.values()) / 1000, limit=MOST_KB),
        figure(
            "repeat_load_kb", "KB", (page + sum(later.values())) / 1000, limit=rounded(page / 1000)
        ),
    ]


@dataclass(frozen=True)
class Kept:
    """An answer in the cache: how long it is fresh, what to ask with later, what it names."""

    max_age: int
    validators: dict[str, str]
    names: list[str]


@dataclass
class Browser:
    """Visits pages of one host, with a session and a cache."""

    port: int
    host: str
    cookie: str
    cache: dict[str, Kept] = field(default_factory=dict)

    def visit(self, page: str, *, age: int) -> dict[str, int]:
        """Bytes per address that travelled, headers included; what is kept is `age` seconds old.

        Raises RuntimeError when something that the page names is not there.
        """
        travelled: dict[str, int] = {}
        seen, waiting = set(), [page]
        while waiting:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            kept = self.cache.get(path)
            if kept is None or kept.max_age <= age:
                travelled[path] = self._fetch(path, kept)
            waiting += self.cache[path].names
        return travelled

    def _fetch(self, path: str, kept: Kept | None) -> int:
        """The size of the answer; what it says is in the cache on return."""
        headers = {"Host": self.host, "Cookie": self.cookie, "Accept-Encoding": "gzip"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers=headers | (kept.validators if kept else {}))
        response = connection.getresponse()
        body = response.read()
        connection.close()
        size = len(f"HTTP/1.1 {response.status} {response.reason}\r\n\r\n") + len(body)
        size += sum(len(f"{name}: {value}\r\n") for name, value in response.getheaders())
        if response.status == 304 and kept:
            return size
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}.")
        self.cache[path] = Kept(
            max_age(response), validators(response), names(path, response, body)
        )
        return size


def max_age(response: http.client.HTTPResponse) -> int:
    """Seconds for which the answer may be used without asking."""
    said = response.getheader("Cache-Control", "")
    found = re.search(r"max-age=(\d+)", said)
    return int(found[1]) if found and not re.search(r"no-store|no-cache", said) else 0


def validators(response: http.client.HTTPResponse) -> dict[str, str]:
    """The headers with which a browser asks whether its copy is still good."""
    pairs = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
    return {ask: value for ask, told in pairs.items() if (value := response.getheader(told))}


def names(path: str, response: http.client.HTTPResponse, body: bytes) -> list[str]:
    """The addresses on our host that the answer makes a browser fetch."""
    kind = response.getheader("Content-Type", "")
    if not kind.startswith("text/") and "javascript" not in kind:
        return []
    text = decoded(response, body)
    if "html" in kind:
        found: Iterator[str] = iter(Assets.of(text))
    elif "css" in kind:
        found = (match[1] for match in IN_CSS.finditer(text))
    else:
        found = (match[1] for match in IN_JS.finditer(text))
    full = (urlsplit(urljoin(path, name)) for name in found)
    return [f"{u.path}?{u.query}" if u.query else u.path for u in full if not u.scheme]


def decoded(response: http.client.HTTPResponse, body: bytes) -> str:
    packed = response.getheader("Content-Encoding") == "gzip"
    return (gzip.decompress(body) if packed else body).decode()


class Assets(HTMLParser):
    """What a page has a browser fetch without being asked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, html: str) -> list[str]:
        parser = cls()
        parser.feed(html)
        return parser.found

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        address = given.get("href") if tag == "link" else given.get("src")
        wanted = tag in {"script", "img"} or (
            tag == "link" and LINKS & set((given.get("rel") or "").split())
        )
        if wanted and address:
            self.found.append(address)
