import pytest

from saas.core.richtext import clean_html, plain_text

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<svg><script>alert(1)</script></svg>",
    "<style>*{display:none}</style>",
    "<iframe src='https://evil.example'></iframe>",
    "<p style='position:fixed' onclick='x()'>x</p>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<form action='https://evil.example'><input></form>",
]
FORBIDDEN = (
    "script",
    "onerror",
    "onclick",
    "javascript",
    "data:",
    "style",
    "<svg",
    "<iframe",
    "<form",
    "<input",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_clean_html_takes_out_what_could_run(attack: str) -> None:
    cleaned = clean_html(f"<p>Kept</p>{attack}").lower()
    assert "<p>kept</p>" in cleaned
    assert not [word for word in FORBIDDEN if word in cleaned]


@pytest.mark.req(16)
def test_clean_html_keeps_bullets_bold_and_links() -> None:
    html = '<ul><li><strong>Ten</strong> staff, <a href="https://example.org/">more</a></li></ul>'
    cleaned = clean_html(html)
    assert "<ul><li><strong>Ten</strong> staff, <a" in cleaned
    assert 'href="https://example.org/"' in cleaned
    assert 'rel="noopener nofollow"' in cleaned


@pytest.mark.parametrize("nothing", ["", "<p></p>", "<p>&nbsp;</p>", "<p><br></p>", "  "])
def test_clean_html_is_empty_when_nothing_is_said(nothing: str) -> None:
    assert clean_html(nothing) == ""


def test_plain_text_drops_every_tag() -> None:
    assert plain_text("<p>Ten <b>staff</b></p>") == "Ten staff"
