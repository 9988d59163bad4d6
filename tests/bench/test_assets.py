"""What a browser fetches with a page, as the first-load benchmark sees it."""

import http.client
import io
from typing import Any

import pytest

from bench.first_load import Assets, max_age, names


class FakeSocket:
    """Hands an answer's bytes to http.client."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *args: Any) -> io.BytesIO:
        return io.BytesIO(self.data)


def answer(*headers: str) -> http.client.HTTPResponse:
    lines = "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""])
    response = http.client.HTTPResponse(FakeSocket(lines.encode()))  # type: ignore[arg-type]
    response.begin()
    return response


def test_page_names_styles_scripts_and_pictures_but_not_links_to_pages() -> None:
    html = """<link rel="icon" href="/i.svg"><link rel="stylesheet" href="/a.css">
        <link rel="canonical" href="/x"><script src="/s.js"></script><script>1</script>
        <img src="/p.png"><a href="/panel/">Home</a>"""

    assert Assets.of(html) == ["/i.svg", "/a.css", "/s.js", "/p.png"]


def test_stylesheet_names_fonts_and_imports_but_no_data_addresses() -> None:
    css = b"""@import "more.css"; @font-face { src: url(../fonts/a.woff2) }
        b { background: url("data:image/svg+xml,x") }"""

    found = names("/static/css/app.css", answer("Content-Type: text/css"), css)

    assert found == ["/static/css/more.css", "/static/fonts/a.woff2"]


def test_module_names_its_imports() -> None:
    code = b"""import { a } from "./a.js";\nimport "./b.js";\nexport { c } from '../c.js';\nf("./no.js")"""

    found = names("/static/js/app.js", answer("Content-Type: text/javascript"), code)

    assert found == ["/static/js/a.js", "/static/js/b.js", "/static/c.js"]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("max-age=60, public", 60), ("no-cache, max-age=60", 0), ("no-store", 0), ("", 0)],
)
def test_freshness_is_what_the_answer_says(said: str, seconds: int) -> None:
    assert max_age(answer(f"Cache-Control: {said}")) == seconds
