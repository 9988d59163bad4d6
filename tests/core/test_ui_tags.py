"""The pieces of the look: what the tags and the templates behind them render."""

import re
from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Engine, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from lucide import IconDoesNotExist

from saas.core.templatetags.ui import initials, meter_state, number, signed


def render(source, **context):
    return Template("{% load ui %}" + source).render(Context(context)).strip()


def squeezed(html):
    return re.sub(r"\s+", " ", html)


def test_icon_is_an_outline_of_ours_and_hidden_from_readers():
    html = render('{% icon "users" %}')
    assert html.startswith('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path')
    assert "stroke" not in html
    assert "width" not in html


def test_icon_with_a_label_is_read_out_and_escaped():
    html = render('{% icon "x" label=label class="big" %}', label='a "b"')
    assert 'class="icon big"' in html
    assert 'role="img" aria-label="a &quot;b&quot;"' in html


def test_unknown_icon_raises_unless_production_says_otherwise(settings):
    settings.UI_STRICT = True
    with pytest.raises(IconDoesNotExist):
        render('{% icon "no-such-drawing" %}')
    settings.UI_STRICT = False
    assert render('{% icon "no-such-drawing" %}') == ""


def test_money_and_figures():
    assert render('{% money 2900 "USD" %}') == "$29.00"
    assert render('{% money 2900 "USD" short=True %}') == "$29"
    assert render('{% money nothing "USD" %}', nothing=None) == ""
    assert render('{{ amount|money:"USD" }}', amount=-1160) == "−$11.60"
    assert [number(n) for n in (1284, 0, -5, None)] == ["1,284", "0", "−5", ""]
    assert [signed(n) for n in (40, -1, 0, None)] == ["+40", "−1", "0", ""]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Salon Aurora", "SA"), ("Ana", "AN"), ("ana maria de braga", "AB"), ("É", "É"), ("", "?")],
)
def test_initials(name, letters):
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("used", "limit", "state"),
    [
        (3, 5, ""),
        (4, 5, "is-near"),
        (5, 5, "is-full"),
        (9, 5, "is-full"),
        (0, 0, ""),
        (2, 0, "is-full"),
        (9, None, ""),
    ],
)
def test_meter_is_near_from_80_percent_and_full_when_used_up(used, limit, state):
    assert meter_state(used, limit) == state


def test_meter_says_used_and_limit():
    html = squeezed(render_to_string("ui/meter.html", {"label": "Staff", "used": 3, "limit": 5}))
    assert "3 / 5" in html
    assert 'max="5" value="3"' in html
    assert 'aria-label="Staff used"' in html


@pytest.mark.parametrize("limit", [{"unlimited": True}, {"limit": None}, {"limit": -1}])
def test_meter_without_a_limit_has_no_bar(limit):
    html = squeezed(
        render_to_string("ui/meter.html", {"label": "Customers", "used": 1284, **limit})
    )
    assert "1,284 / Unlimited" in html
    assert "<progress" not in html


@pytest.mark.parametrize("used", [0, 2])
def test_meter_of_nothing_included_alarms_only_when_something_is_used(used):
    html = squeezed(render_to_string("ui/meter.html", {"label": "SMS", "used": used, "limit": 0}))
    assert f"{used} / 0" in html
    assert ("is-full" in html) is bool(used)
    assert "<progress" not in html


class PlanForm(forms.Form):
    name = forms.CharField(
        help_text="On the card.", widget=forms.TextInput(attrs={"class": "wide"})
    )
    price = forms.CharField()
    hidden = forms.BooleanField(required=False)
    pay = forms.ChoiceField(choices=[("b", "Balance"), ("c", "Card")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)
    text = forms.CharField(widget=forms.Textarea, required=False)


def test_field_joins_label_control_hint_and_error():
    form = PlanForm({"name": ""})
    html = render(
        '{% field form.name span=6 placeholder="Team" attr_inputmode="text" %}', form=form
    )
    assert 'class="field span-6 is-wrong"' in html
    assert 'for="id_name"' in html
    assert 'class="form-control wide"' in html
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'placeholder="Team"' in html
    assert 'inputmode="text"' in html
    assert 'id="id_name_hint">On the card.<' in html
    assert 'id="id_name_error"' in html
    assert "This field is required." in html


def test_field_without_errors_says_nothing_of_them():
    html = render("{% field form.price %}", form=PlanForm())
    assert "is-wrong" not in html
    assert "aria-describedby" not in html
    assert "error" not in html


def test_field_kinds():
    form = PlanForm()
    assert re.search(
        r"<span>\$</span>\s*<input[^>]*form-control num",
        render('{% field form.price prefix="$" %}', form=form),
    )
    assert 'role="switch"' in render("{% field form.hidden %}", form=form)
    assert 'role="switch"' not in render('{% field form.hidden kind="checkbox" %}', form=form)
    choices = render("{% field form.pay %}", form=form)
    assert choices.startswith("<fieldset")
    assert choices.count('class="form-check-input"') == 2
    assert "<label" not in render("{% field form.secret %}", form=form)
    assert 'type="color"' in render('{% field form.price kind="color" %}', form=form)


def test_field_label_and_options_are_escaped():
    html = render("{% field form.name label=label hint=label %}", form=PlanForm(), label="<b>x</b>")
    assert "<b>" not in html


def test_rich_text_field_keeps_its_textarea_for_pages_without_script():
    html = render(
        '{% field form.text kind="rich" %}', form=PlanForm({"text": "<ul><li>a</li></ul>"})
    )
    assert "data-rich=" in html
    assert "data-editor=" in html
    assert "&lt;ul&gt;" in html
    assert 'role="toolbar"' in html


def test_row_menu_is_a_popover_whose_actions_are_forms():
    html = render(
        '{% row_menu 7 label %}{% menu_link "/edit/" "Edit" icon="pencil" dialog=True %}'
        '{% menu_post "/default/" "Set as default" confirm="Sure?" %}{% endrow_menu %}',
        label="Actions for <Team>",
        csrf_token="token",
    )
    assert 'popovertarget="menu-7"' in html
    assert 'id="menu-7"' in html
    assert 'aria-label="Actions for &lt;Team&gt;"' in html
    assert 'href="/edit/"' in html
    assert 'hx-get="/edit/"' in html
    assert 'action="/default/"' in html
    assert 'value="token"' in html
    assert 'data-confirm="Sure?"' in html


PLAN = SimpleNamespace(
    pk=2,
    name="Team <1>",
    bookmark_text="POPULAR",
    monthly_price=2900,
    annual_price=29000,
    annual_discount=17,
    description="<ul><li>Reports</li></ul><script>alert(1)</script>",
)


def card(**context):
    return squeezed(
        render_to_string("ui/plan_card.html", {"plan": PLAN, "currency": "USD", **context})
    )


@pytest.mark.req(5, 7, 8, 13, 16)
def test_plan_card_shows_the_details_of_the_plan():
    html = card(limits=[("Staff", "5")])
    assert "Team &lt;1&gt;" in html
    assert "POPULAR" in html
    assert "plan-color-2" in html
    assert "<b>$29</b>" in html
    assert "<b>$290</b>" in html
    assert "Save 17%" in html
    assert "<li>Reports</li>" in html
    assert "<script" not in html
    assert "<dt>Staff</dt>" in html


@pytest.mark.req(7)
def test_plan_card_without_bookmark_draws_no_ribbon():
    plain = SimpleNamespace(
        **{**vars(PLAN), "bookmark_text": "", "monthly_price": 0, "annual_price": 0}
    )
    html = squeezed(render_to_string("ui/plan_card.html", {"plan": plain, "currency": "USD"}))
    assert "ribbon-word" not in html
    assert html.count("<b>Free</b>") == 2


def test_plan_card_action_names_the_cycle_that_is_shown():
    html = card(action_url="/choose/?plan=2", action_label="Upgrade", dialog=True)
    assert 'href="/choose/?plan=2&amp;cycle=monthly"' in html
    assert 'hx-get="/choose/?plan=2&amp;cycle=annual"' in html
    assert "Your plan" in card(current=True, action_url="/choose/")
    assert "/choose/" not in card(current=True, action_url="/choose/")


def test_pagination_keeps_the_filter_of_the_page():
    request = RequestFactory().get("/plans/?q=team&page=2")
    page = Paginator(range(1178), 25).get_page(2)
    html = squeezed(
        render_to_string(
            "ui/pagination.html", {"page": page, "target": "#list", "request": request}
        )
    )
    assert "26 to 50 of 1,178" in html
    assert 'href="?q=team&amp;page=1"' in html
    assert 'hx-get="/plans/?q=team&amp;page=3"' in html


def test_again_renders_a_block_a_second_time():
    engine = Engine.get_default()
    base = engine.from_string(
        "<title>{% block title %}{% endblock %}</title>{% block content %}{% endblock %}"
    )
    page = engine.from_string(
        "{% extends base %}{% load ui %}{% block title %}{{ name }}{% endblock %}"
        '{% block content %}<h1>{% again "title" %}</h1>{% endblock %}'
    )
    html = page.render(Context({"base": base, "name": "A & B"}))
    assert html == "<title>A &amp; B</title><h1>A &amp; B</h1>"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 500, 503])
def test_error_pages_stand_alone(status):
    html = render_to_string(f"errors/{status}.html")
    assert "<h1>" in html
    assert "<p></p>" not in squeezed(html)
    assert 'href="/"' in html


def test_refusal_page_and_fragment_name_the_way_on():
    error = SimpleNamespace(
        message="Staff: 5 / 5", action_url="/panel/billing/", action_label="See plans"
    )
    for template in ("errors/409.html", "errors/_fragment.html"):
        html = render_to_string(template, {"error": error, "status": 409})
        assert "Staff: 5 / 5" in html
        assert 'href="/panel/billing/"' in html


def request_of(htmx):
    request = RequestFactory().get("/")
    request.htmx = htmx
    request.user = SimpleNamespace(name="Olivia Lind", initials="OL", email="o@tenantry.example")
    return request


CONFIRM = {
    "title": "Delete Salon Aurora",
    "happens": ["1,284 customers are removed"],
    "action": "/delete/",
    "action_label": "Delete tenant",
    "danger": True,
    "tick": "I have told Ana",
}


def test_dialog_is_a_fragment_for_htmx_and_a_page_without():
    fragment = render_to_string("ui/confirm.html", {**CONFIRM, "request": request_of(htmx=True)})
    page = render_to_string("ui/confirm.html", {**CONFIRM, "request": request_of(htmx=False)})
    assert "<html" not in fragment
    assert 'hx-post="/delete/"' in fragment
    assert "<html" in page
    assert "hx-post" not in page
    assert re.search(r"<h1>\s*Delete Salon Aurora\s*</h1>", page)
    for html in (fragment, page):
        assert 'action="/delete/"' in html
        assert "1,284 customers are removed" in html
        assert "btn-danger" in html
        assert "data-unlocks" in html


def test_no_template_of_ours_needs_more_than_the_strict_csp(settings):
    folder = settings.BASE_DIR / "templates"
    mails = folder / "workflows" / "mail"  # read by mail programs, which have no stylesheet of ours
    for template in folder.rglob("*.html"):
        if mails in template.parents:
            continue
        source = template.read_text()
        assert not re.search(
            r"\sstyle=|\son[a-z]+=\"|hx-on|javascript:|<style|<script(?![^>]*src=)(?![^>]*application/json)",
            source,
        ), template
        assert not re.search(r"(?:src|href)=\"https?://", source), template
