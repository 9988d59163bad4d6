"""What the editor stores is what the plan card shows, and the stylesheet that colours it."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client

from plans.models import Plan
from plans.services.plans import save_plan


def card(plan: Plan) -> str:
    return render_to_string(
        "ui/plan_card.html", {"plan": Plan.objects.get(pk=plan.pk), "currency": "USD"}
    )


@pytest.mark.req(6)
def test_name_is_the_title_of_the_card(plan: Plan) -> None:
    save_plan(plan, {"name": "Pro & Co"})
    assert re.search(r"<h3>\s*Pro &amp; Co\s*</h3>", card(plan))


@pytest.mark.req(7)
def test_bookmark_text_is_the_ribbon_and_none_is_drawn_without(plan: Plan) -> None:
    assert "ribbon" not in card(plan)
    save_plan(plan, {"bookmark_text": "BEST VALUE"})
    assert re.search(r'class="ribbon-word">\s*BEST VALUE\s*<', card(plan))


@pytest.mark.req(8)
def test_color_reaches_the_card_through_the_stylesheet(desk: Client, plan: Plan) -> None:
    save_plan(plan, {"color": "#F0E68C"})
    assert f"plan-color-{plan.pk}" in card(plan)
    css = desk.get("/plan-colors.css").content.decode()
    assert f".plan-color-{plan.pk} {{ --plan-color: #F0E68C; --plan-ink: #111111; }}" in css


@pytest.mark.req(13)
def test_discount_is_a_badge_beside_unchanged_prices(plan: Plan) -> None:
    without = card(plan)
    save_plan(plan, {"annual_discount": 17})
    assert "17" in re.search(r'class="save">([^<]*)<', card(plan))[1]
    assert "Save" not in without
    for price in ("$29", "$290"):
        assert price in card(plan)


@pytest.mark.req(16)
def test_description_is_rendered_below_the_price(plan: Plan) -> None:
    save_plan(
        plan, {"description": '<ul><li><b>Bold</b> <a href="https://x.example">link</a></li></ul>'}
    )
    html = card(plan)
    assert html.index("price") < html.index("<li><b>Bold</b>")
    assert '<a href="https://x.example" rel="noopener nofollow">link</a>' in html


def test_description_that_came_by_another_way_is_cleaned_on_the_page(plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(description="<p>Hi</p><script>x()</script>")
    assert "<script>" not in card(plan)


def test_colors_are_answered_with_304_until_one_changes(desk: Client, plan: Plan) -> None:
    first = desk.get("/plan-colors.css")
    assert first["Cache-Control"] == "public, max-age=60"
    again = desk.get("/plan-colors.css", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    save_plan(plan, {"color": "#111111"})
    assert desk.get("/plan-colors.css", headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("color", "ink"),
    [
        ("#000000", "#ffffff"),
        ("#ffffff", "#111111"),
        ("#0f766e", "#ffffff"),
        ("#c98a1b", "#111111"),
    ],
)
def test_ink_is_readable_on_any_color(color: str, ink: str) -> None:
    assert Plan(color=color).ink == ink
