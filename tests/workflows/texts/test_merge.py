"""Fields in messages: filled, escaped, refused; and nothing else has a meaning."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import merge

FIELDS = {
    "customer.first_name": "João <b>",
    "appointment.time": "11:45",
    "evil": "{{ appointment.time }}",
}


def test_fields_are_filled_with_and_without_spaces() -> None:
    text = "Hi {{customer.first_name}}, {{  appointment.time  }}!"
    assert merge.render(text, FIELDS) == "Hi João <b>, 11:45!"


def test_in_html_what_is_put_in_is_text() -> None:
    assert merge.render_html("<p>{{ customer.first_name }}</p>", FIELDS) == "<p>João &lt;b&gt;</p>"


def test_what_was_put_in_is_not_looked_at_again() -> None:
    assert merge.render("{{ evil }}", FIELDS) == "{{ appointment.time }}"


@pytest.mark.parametrize(
    "template",
    [
        "{{ customer.__class__ }}",
        "{{ customer.first_name|safe }}",
        "{{ customer.first_name.upper }}",
        "{% include 'x' %}{{ 7*7 }}",
        "{{ settings.SECRET_KEY }}",
        "{0.__class__} %(evil)s $evil {{ Customer.first_name }}",
    ],
)
def test_nothing_else_means_anything(template: str) -> None:
    shown = merge.render(template, FIELDS)
    assert "João" not in shown.replace("{{ customer.first_name|safe }}", "")
    assert "class" not in shown or "{{" in shown or "{0" in shown
    assert "49" not in shown


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (
            "Hi {{ customer.frist_name }}",
            "There is no field “customer.frist_name”. Did you mean “customer.first_name”?",
        ),
        ("Hi {{ zzz }}", "There is no field “zzz” here."),
        (
            "Hi {{ customer.first_name",
            "“{{ customer.first_name” is not a field. Did you mean “{{ customer.first_name }}”?",
        ),
        (
            "<p>{{ Customer.First name }}</p>",
            "is not a field. Did you mean “{{ customer.first_name }}”?",
        ),
        ("<p>{{ zzz</p>", "“{{ zzz” is not a field: write {{ name }}"),
        ("Hi customer.first_name }}", "is not a field: write {{ name }}"),
        ("Hi {{}}", "is not a field: write {{ name }}"),
        ("Hi {{ customer first }}", "Did you mean “{{ customer.first_name }}”?"),
    ],
)
def test_what_cannot_be_filled_is_said_when_it_is_saved(template: str, sentence: str) -> None:
    with pytest.raises(merge.BadTemplate) as bad:
        merge.check(template, FIELDS)
    assert sentence in str(bad.value.message)


def test_good_text_passes() -> None:
    merge.check("{{ customer.first_name }} { single } braces", FIELDS)
    merge.check("<p>{{&nbsp;customer.first_name\xa0&nbsp;}}</p>", FIELDS)
    assert merge.fields_in("{{ a }}{{ b.c }}{{ a }}") == ["a", "b.c"]


@given(st.text(max_size=300))
def test_no_text_is_too_much(text: str) -> None:
    merge.render(text, FIELDS)
    assert "\n" not in merge.one_line(text)
    assert "\r" not in merge.one_line(text)


def test_long_nonsense_takes_no_time() -> None:
    began = time.process_time()
    merge.render("{{ " * 20_000 + "a" * 20_000, FIELDS)
    merge.render("{{" + "&nbsp; " * 20_000 + "a.b" * 20_000, FIELDS)
    for nonsense in ("{{" * 20_000, "{{ " + "a" * 20_000, "{{" + "&nbsp;" * 20_000):
        with pytest.raises(merge.BadTemplate):
            merge.check(nonsense, FIELDS)
    assert time.process_time() - began < 2


def test_header_cannot_be_added() -> None:
    assert merge.one_line("Hi\r\nBcc: all@example.com\x00") == "Hi Bcc: all@example.com"
