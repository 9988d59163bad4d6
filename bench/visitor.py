"""A stranger's browser, as far as signing up needs one: cookies per host, forms, redirects across hosts."""

import http.client
import random
import re
import sys
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

MOST_REDIRECTS = 10
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """Where a visit ended, and what stood there."""

    url: str
    html: str


@dataclass
class Visitor:
    """Every host is 127.0.0.1; connections are kept, one per host, as browsers do.

    Comes from an address of its own where the machine allows it, so that no rate limit counts two
    visitors, or two runs, as one.
    """

    address: str = field(default_factory=lambda: own_address())
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)
    connections: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def get(self, url: str) -> Page:
        """The page, after redirects. Raises RuntimeError unless it is a 200."""
        return self._follow("GET", url, "")

    def submit(self, page: Page, **values: str) -> Page:
        """Posts the page's form to its own address. Raises RuntimeError unless it ends with a 200."""
        token = TOKEN.search(page.html)
        if token is None:
            raise RuntimeError(f"{page.url} has no form.")
        return self._follow(
            "POST", page.url, urlencode({"csrfmiddlewaretoken": token[1], **values})
        )

    def leave(self) -> None:
        for connection in self.connections.values():
            connection.close()

    def _follow(self, method: str, url: str, body: str) -> Page:
        for _ in range(MOST_REDIRECTS):
            status, location, html = self._ask(method, url, body)
            if not location:
                break
            method, url, body = "GET", urljoin(url, location), ""
        if status != 200:
            raise RuntimeError(f"{method} {url} answered {status}.")
        return Page(url, html)

    def _ask(self, method: str, url: str, body: str) -> tuple[int, str, str]:
        parts = urlsplit(url)
        host = parts.netloc
        jar = self.cookies.setdefault(host, SimpleCookie())
        if host not in self.connections:
            self.connections[host] = http.client.HTTPConnection(
                "127.0.0.1", parts.port, timeout=30, source_address=(self.address, 0)
            )
        connection = self.connections[host]
        headers = {"Host": host, "Accept-Encoding": "gzip;q=0"}
        headers["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, path, body=body or None, headers=headers)
        response = connection.getresponse()
        html = response.read().decode()
        for value in response.headers.get_all("Set-Cookie", []):
            jar.load(value)
        return response.status, response.getheader("Location", ""), html


def own_address() -> str:
    """Any of 127.0.0.0/8 on Linux; elsewhere only the one that there is."""
    if sys.platform != "linux":
        return "127.0.0.1"
    return f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"
