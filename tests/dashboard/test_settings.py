"""The platform's settings page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import ProtectedError
from django.http import HttpResponse, QueryDict
from django.test import Client

from plans.models import Plan, PlatformSettings
from plans.services.plans import duplicate_plan, save_plan
from plans.services.settings import save_platform_settings
from plans.settings_form import PlatformSettingsForm
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.plans.pages import read_form

PATH = "/console/settings/"


def save(client: Client, **changes: Any) -> HttpResponse:
    values: dict[str, Any] = read_form(client.get(PATH))
    return client.post(PATH, {**values, **changes})


def test_settings_are_for_super_admins(
    client_for: Callable[..., Client], ana: User, aurora: Tenant
) -> None:
    assert client_for().get(PATH)["Location"].startswith("/login/")
    assert client_for(ana).get(PATH).status_code == 404
    assert client_for(ana, aurora).post(PATH, {"currency": "EUR"}).status_code == 404


def test_saving_what_the_page_shows_changes_nothing(desk: Client, plan: Plan) -> None:
    before = PlatformSettings.objects.values().get()
    assert save(desk).status_code == 302
    assert PlatformSettings.objects.values().get() == before


@pytest.mark.req(50, 51)
def test_all_settings_are_stored(desk: Client, plan: Plan, small_plan: Plan) -> None:
    response = save(
        desk,
        platform_name="Bookings & Co",
        contact_email="hello@platform.example",
        contact_text="Write to us, we answer the same day.",
        trial_plan=str(small_plan.pk),
        trial_days="30",
        expired_plan=str(plan.pk),
    )
    assert response.status_code == 302
    row = PlatformSettings.objects.values().get()
    del row["colors_version"]
    assert row == {
        "id": 1,
        "platform_name": "Bookings & Co",
        "currency": "USD",
        "contact_email": "hello@platform.example",
        "contact_text": "Write to us, we answer the same day.",
        "trial_plan_id": small_plan.pk,
        "trial_days": 30,
        "expired_plan_id": plan.pk,
    }
    page = desk.get(PATH).content.decode()
    assert "Bookings &amp; Co" in page
    assert "Settings are saved." in desk.get(PATH).content.decode() or "Settings are saved." in page


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("platform_name", "", "Enter a name."),
        ("platform_name", "n" * 41, "at most 40 characters"),
        ("currency", "BTC", "Select a valid choice"),
        ("currency", "", "This field is required"),
        ("contact_email", "nobody", "Enter a valid email address"),
        ("contact_text", "t" * 201, "at most 200 characters"),
        ("trial_plan", "999999", "not here any more"),
        ("trial_plan", "x", "not here any more"),
        ("expired_plan", "999999", "not here any more"),
        ("expired_plan", "-1", "not here any more"),
        ("trial_days", "0", "Enter a whole number from 1 to 365."),
        ("trial_days", "366", "Enter a whole number from 1 to 365."),
        ("trial_days", "two", "Enter a whole number"),
        ("trial_days", "", "Enter a whole number from 1 to 365."),
    ],
)
def test_wrong_input_gets_its_sentence_and_saves_nothing(
    desk: Client, plan: Plan, field: str, text: str, sentence: str
) -> None:
    before = PlatformSettings.objects.values().get()
    response = save(desk, **{field: text})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert response.content.decode().count('class="field-error"') == 1
    assert PlatformSettings.objects.values().get() == before


def test_new_currency_is_shown_with_its_prices_before_it_is_saved(desk: Client, plan: Plan) -> None:
    response = save(desk, currency="JPY")
    page = response.content.decode()
    assert response.status_code == 422
    assert "$29.00 → ¥2,900" in page
    assert "$290.00 → ¥29,000" in page
    assert PlatformSettings.load().currency == "USD"
    confirmed = {**read_form(response), "confirm_currency": "on"}
    assert desk.post(PATH, confirmed).status_code == 302
    assert PlatformSettings.load().currency == "JPY"
    assert Plan.objects.get(pk=plan.pk).monthly_price == 2900


def test_new_currency_needs_no_question_while_every_plan_is_free(desk: Client, plan: Plan) -> None:
    save_plan(plan, {"monthly_price": 0, "annual_price": 0})
    assert save(desk, currency="EUR").status_code == 302
    assert PlatformSettings.load().currency == "EUR"


def test_currencies_are_those_in_use_today_and_the_present_one(desk: Client, plan: Plan) -> None:
    PlatformSettings.objects.update(currency="DEM")
    page = desk.get(PATH).content.decode()
    assert '<option value="DEM" selected>DEM – German Mark</option>' in page
    assert '<option value="EUR">EUR – Euro</option>' in page
    assert "FRF" not in page


def test_trial_plan_moves_no_tenant(desk: Client, small_plan: Plan, aurora: Tenant) -> None:
    before = aurora.plan_id
    save(desk, trial_plan=str(duplicate_plan(small_plan).pk))
    assert Tenant.objects.get(pk=aurora.pk).plan_id == before


def test_trial_plan_can_be_taken_away(desk: Client, small_plan: Plan) -> None:
    save(desk, trial_plan=str(small_plan.pk))
    save(desk, trial_plan="")
    assert PlatformSettings.load().trial_plan is None


@pytest.mark.parametrize("field", ["trial_plan", "expired_plan"])
def test_plan_deleted_between_the_check_and_the_save_is_said(small_plan: Plan, field: str) -> None:
    copy = duplicate_plan(small_plan)
    settings = PlatformSettings.load()
    seen = PlatformSettingsForm(settings=settings).seen_now
    data = QueryDict(f"platform_name=T&currency=USD&trial_days=14&{field}={copy.pk}&seen={seen}")
    form = PlatformSettingsForm(data, settings=settings)
    assert form.is_valid()
    Plan.objects.filter(pk=copy.pk).delete()
    assert form.save() is None
    assert form.errors == {field: ["This plan is not here any more. Choose another one."]}


@pytest.mark.req(50)
def test_expired_plan_is_chosen_beside_the_trial_and_offers_hidden_plans(
    desk: Client, small_plan: Plan
) -> None:
    lapsed = duplicate_plan(small_plan)
    page = desk.get(PATH).content.decode()
    section = page[page.index('id="plan-settings"') :].partition("</section>")[0]
    for name in ("trial_plan", "trial_days", "expired_plan"):
        assert f'name="{name}"' in section
    assert section.count(f'value="{lapsed.pk}"') == 2
    save(desk, expired_plan=str(lapsed.pk))
    assert PlatformSettings.load().expired_plan == lapsed
    save(desk, expired_plan="")
    assert PlatformSettings.load().expired_plan is None


def test_choosing_the_expired_plan_moves_no_tenant(
    desk: Client, small_plan: Plan, aurora: Tenant
) -> None:
    save(desk, expired_plan=str(small_plan.pk))
    assert Tenant.objects.get(pk=aurora.pk).plan_id == aurora.plan_id


def test_expired_plan_cannot_vanish_from_the_database(small_plan: Plan) -> None:
    copy = duplicate_plan(small_plan)
    save_platform_settings({"expired_plan": copy})
    with pytest.raises(ProtectedError):
        Plan.objects.filter(pk=copy.pk).delete()


def test_settings_are_written_to_the_audit_log_with_before_and_after(
    desk: Client, small_plan: Plan, olivia: User
) -> None:
    save(desk, expired_plan=str(small_plan.pk), trial_days="30")
    entry = AuditEntry.objects.get(verb="settings.saved")
    assert entry.changes == {"expired_plan": [None, "Free"], "trial_days": [14, 30]}
    assert entry.actor_id == olivia.pk
    save(desk)
    assert AuditEntry.objects.filter(verb="settings.saved").count() == 1
    assert save(desk, expired_plan="", trial_days="many").status_code == 422
    assert AuditEntry.objects.filter(verb="settings.saved").count() == 1
