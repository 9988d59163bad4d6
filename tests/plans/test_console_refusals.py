"""What the plan editor refuses: wrong input, crafted forms, and two people at once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, QueryDict
from django.test import Client

from plans.forms import PlanForm
from plans.models import Plan
from plans.services.plans import delete_plan, duplicate_plan, save_plan
from tests.plans.pages import HTMX, address, read_form, save, typed

LONG = "x" * 5001


def fresh(plan: Plan) -> Plan:
    return Plan.objects.get(pk=plan.pk)


def errors(response: HttpResponse) -> list[str]:
    """Every sentence that the page marks as an error."""
    page = response.content.decode()
    fields = re.findall(r'class="field-error".*?<span>(.*?)</span>', page, re.DOTALL)
    banners = re.findall(r'role="alert">.*?<div>(.*?)</div>', page, re.DOTALL)
    return [text.strip().replace("&#x27;", "'") for text in [*banners, *fields]]


@pytest.mark.parametrize(
    ("field", "text", "start"),
    [
        ("name", "", "Enter a name"),
        ("name", "   ", "Enter a name"),
        ("name", "n" * 61, "Ensure this value has at most 60"),
        ("name", "fREE", "There is a plan with this name"),
        ("name", "a\x00b", "Null characters"),
        ("bookmark_text", "b" * 25, "Ensure this value has at most 24"),
        ("color", "", "Enter a colour"),
        ("color", "red", "Enter a colour"),
        ("color", "#12345g", "Enter a colour"),
        ("color", "#123456;}body{", "Enter a colour"),
        ("order_number", "-1", "Enter a whole number from 0 to"),
        ("order_number", "soon", "Enter a whole number"),
        ("order_number", "99999999999", "Enter a whole number from 0 to"),
        ("monthly_price", "", "Enter an amount"),
        ("monthly_price", "-1", "Enter an amount of zero or more"),
        ("monthly_price", "9.999", "USD has at most 2 decimals"),
        ("monthly_price", "100000000", "Enter an amount below"),
        ("monthly_price", "1e30", "Enter an amount"),
        ("annual_price", "lots", "Enter an amount"),
        ("annual_price", "NaN", "Enter an amount"),
        ("annual_discount", "much", "Enter a number"),
        ("annual_discount", "NaN", "Enter a number"),
        ("annual_discount", "123456", "Ensure that there are no more than"),
        ("description", LONG, "Ensure this value has at most 5000"),
        ("limit-staff", "", "Enter a number, or switch Unlimited on"),
        ("limit-staff", "-2", "Enter a whole number"),
        ("limit-staff", "1000000000000", "Enter at most 1,000,000,000"),
        ("limit-staff", "a few", "Enter a whole number"),
    ],
)
def test_wrong_input_gets_one_sentence_and_keeps_what_was_typed(
    desk: Client, plan: Plan, small_plan: Plan, field: str, text: str, start: str
) -> None:
    save_plan(plan, {"limits": {"staff": 5}})
    before = Plan.objects.values().get(pk=plan.pk)
    response = save(
        desk, plan, **{field: text, "bookmark_text" if field == "name" else "name": "Kept"}
    )
    assert response.status_code == 422
    [sentence] = errors(response)
    assert sentence.startswith(start)
    assert "Kept" in read_form(response)["bookmark_text" if field == "name" else "name"]
    if "\x00" not in text:
        assert read_form(response)[field] == [text.strip() if field.startswith("limit") else text]
    assert Plan.objects.values().get(pk=plan.pk) == before


def test_wrong_input_by_htmx_is_the_dialog_again(desk: Client, plan: Plan) -> None:
    response = desk.post(address(plan), typed(desk, plan, name=""), headers=HTMX)
    assert response.status_code == 422
    assert "<html" not in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode()


def test_errors_on_two_tabs_are_both_marked(desk: Client, plan: Plan) -> None:
    response = save(desk, plan, color="red", limit__staff="x", unlimited__staff=None)
    assert len(errors(response)) == 2
    panes = response.content.decode().split('role="tabpanel"')
    assert [pane.count("is-wrong") for pane in panes[1:]] == [1, 0, 1]


@pytest.mark.parametrize(
    "crafted",
    [
        {"capabilities": ["services", "steal_money"]},
        {"limit-everything": "5"},
        {"unlimited-everything": "on"},
        {"limit-": "5"},
    ],
)
def test_unknown_keys_are_refused_in_one_sentence(
    desk: Client, plan: Plan, crafted: dict[str, Any]
) -> None:
    before = Plan.objects.values().get(pk=plan.pk)
    response = desk.post(address(plan), typed(desk, plan) | crafted | {"name": "Changed"})
    assert response.status_code == 422
    [sentence] = errors(response)
    assert "Nothing was saved." in sentence
    assert Plan.objects.values().get(pk=plan.pk) == before


def test_file_in_a_text_field_is_refused(desk: Client, plan: Plan) -> None:
    upload = SimpleUploadedFile("x.txt", b"hello")
    response = desk.post(address(plan), typed(desk, plan) | {"bookmark_text": upload})
    assert response.status_code == 422
    assert errors(response) == ["This form takes no files."]


def test_empty_post_is_a_form_with_errors_and_no_crash(desk: Client, plan: Plan) -> None:
    assert desk.post(address(plan), {}).status_code == 422
    assert desk.post(address(None), {}).status_code == 422
    assert desk.post(address(plan), b"\xff\xfe", content_type="text/plain").status_code == 422


def test_fields_that_the_editor_does_not_have_are_ignored(desk: Client, plan: Plan) -> None:
    save(desk, plan, is_default="on", id="1", created_at="2000-01-01")
    assert not fresh(plan).is_default
    assert fresh(plan).created_at == plan.created_at


def test_two_editors_of_one_plan_end_in_a_clear_conflict(desk: Client, plan: Plan) -> None:
    mine = typed(
        desk, plan, name="Mine", monthly_price="31", limit__staff="4", unlimited__staff=None
    )
    save(desk, plan, name="Theirs")
    response = desk.post(address(plan), mine, headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody changed this plan meanwhile." in page
    assert "differs from what is stored now in: Name, Monthly price, Limits." in page
    kept = read_form(response)
    assert (kept["name"], kept["monthly_price"], kept["limit-staff"]) == (["Mine"], ["31"], ["4"])
    assert fresh(plan).name == "Theirs"
    shown = desk.post(address(plan), kept, headers=HTMX)
    assert fresh(plan).name == "Theirs"
    again = desk.post(address(plan), read_form(shown) | {"step": "confirm"}, headers=HTMX)
    assert again.status_code == 204
    assert fresh(plan).name == "Mine"


@pytest.mark.parametrize("version", ["", "nonsense", None])
def test_editor_without_a_version_counts_as_outdated(
    desk: Client, plan: Plan, version: str | None
) -> None:
    assert save(desk, plan, version=version, name="Forged").status_code == 409
    assert fresh(plan).name == "Team"


def test_changing_the_default_is_no_conflict_for_an_open_editor(
    desk: Client, plan: Plan, small_plan: Plan
) -> None:
    mine = typed(desk, plan, name="Mine")
    desk.post(f"/console/plans/{plan.pk}/default/")
    assert desk.post(address(plan), mine).status_code == 302
    assert fresh(plan).is_default


def test_plan_deleted_while_its_editor_was_open_is_a_friendly_404(
    desk: Client, small_plan: Plan
) -> None:
    copy = duplicate_plan(small_plan)
    mine = typed(desk, copy)
    delete_plan(fresh(copy))
    response = desk.post(f"/console/plans/{copy.pk}/", mine, headers=HTMX)
    assert response.status_code == 404
    assert "Somebody deleted it" in response.content.decode()


def test_editor_refuses_other_methods(
    desk: Client, plan: Plan, client_for: Callable[..., Client]
) -> None:
    assert desk.delete(address(plan)).status_code == 405


def test_name_that_was_taken_between_the_check_and_the_save_is_said(
    desk: Client, plan: Plan
) -> None:
    data = QueryDict(mutable=True)
    for name, value in typed(desk, plan, name="Wanted").items():
        data.setlist(name, value if isinstance(value, list) else [value])
    form = PlanForm(data, plan=plan, currency="USD")
    assert form.is_valid()
    save_plan(None, {"name": "wanted"})
    assert form.save() is None
    assert form.status == 422
    assert form.errors == {"name": ["There is a plan with this name already."]}
