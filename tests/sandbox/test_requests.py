"""What holds for every request: keys, errors, parameters, pages of lists, expansion."""

import json

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.params import decode
from sandbox.stripe.testing import StripeSandbox
from sandbox.stripe.world import API_VERSION
from tests.sandbox.shop import Shop


def test_version_is_the_one_that_the_sdk_pins() -> None:
    assert stripe.api_version == API_VERSION


def test_account_is_a_test_account_that_can_charge(client: StripeClient) -> None:
    account = client.v1.accounts.retrieve_current()
    assert account.charges_enabled
    assert (account.country, account.default_currency) == ("US", "usd")
    assert client.v1.accounts.retrieve_current().id == account.id


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("sk_live_abc", "refuses live keys"),
        ("rk_live_abc", "refuses live keys"),
        ("nonsense", "Invalid API Key"),
    ],
)
def test_key_that_is_no_test_key_is_refused(
    sandbox: StripeSandbox, key: str, sentence: str
) -> None:
    with pytest.raises(stripe.AuthenticationError, match=sentence) as refusal:
        sandbox.client(key).v1.accounts.retrieve_current()
    assert refusal.value.http_status == 401


def test_request_without_key_is_refused(sandbox: StripeSandbox) -> None:
    status, headers, body = sandbox.request("GET", "/v1/account")
    assert status == 401
    assert headers["request-id"].startswith("req_")
    assert json.loads(body)["error"]["type"] == "invalid_request_error"


def test_other_version_is_refused(sandbox: StripeSandbox) -> None:
    headers = {"Authorization": "Bearer sk_test_x", "Stripe-Version": "2023-08-16"}
    status, _, body = sandbox.request("GET", "/v1/account", **headers)
    assert (status, "speaks version" in body) == (400, True)


def test_unknown_address_and_object_are_told(sandbox: StripeSandbox, client: StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.products.retrieve("prod_no")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.payouts.list()
    with pytest.raises(stripe.InvalidRequestError) as referred:
        client.v1.subscriptions.create({"customer": "cus_no", "items": [{"price": "price_no"}]})
    assert (referred.value.http_status, referred.value.param) == (400, "customer")


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({}, "parameter_missing", "name"),
        ({"name": ""}, "parameter_invalid_empty", "name"),
        ({"name": "x", "colour": "red"}, "parameter_unknown", "colour"),
        ({"name": "x", "active": "perhaps"}, None, "active"),
        ({"name": "x", "metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({"name": "x", "metadata": {"k": "v" * 501}}, None, "metadata"),
    ],
)
def test_wrong_parameter_is_named(
    client: StripeClient, given: dict, code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.products.create(given)  # type: ignore[arg-type]
    assert (refusal.value.http_status, refusal.value.code, refusal.value.param) == (
        400,
        code,
        param,
    )


def test_wrong_parameter_inside_an_array_is_named(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.session(line_items=[{"price": shop.monthly, "quantity": "many"}])
    assert refusal.value.param == "line_items[0][quantity]"


def test_brackets_become_objects_and_arrays() -> None:
    assert decode("a[b][c]=1&a[b][d]=2&e[0]=3&f[]=4&f[]=5&g=&h[1]=6") == {
        "a": {"b": {"c": "1", "d": "2"}}, "e": {"0": "3"}, "f": {"0": "4", "1": "5"}, "g": "", "h": {"1": "6"},
    }  # fmt: skip


def test_metadata_with_a_number_as_key_stays_metadata(client: StripeClient) -> None:
    assert (
        client.v1.products.create({"name": "x", "metadata": {"7": "seven"}}).metadata["7"]
        == "seven"
    )


def test_lists_are_paged_in_both_directions(client: StripeClient) -> None:
    made = [client.v1.products.create({"name": str(n)}).id for n in range(5)]
    newest = made[::-1]
    first = client.v1.products.list({"limit": 2})
    assert ([each.id for each in first], first.has_more) == (newest[:2], True)
    second = client.v1.products.list({"limit": 2, "starting_after": newest[1]})
    assert [each.id for each in second] == newest[2:4]
    back = client.v1.products.list({"limit": 2, "ending_before": newest[3]})
    assert ([each.id for each in back], back.has_more) == (newest[1:3], True)
    assert [each.id for each in client.v1.products.list({"limit": 2}).auto_paging_iter()] == newest
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 100"):
        client.v1.products.list({"limit": 101})


def test_lists_are_filtered_by_creation(sandbox: StripeSandbox, client: StripeClient) -> None:
    old = client.v1.products.create({"name": "old"})
    sandbox.advance(hours=1)
    new = client.v1.products.create({"name": "new"})
    assert [p.id for p in client.v1.products.list({"created": {"gte": new.created}})] == [new.id]
    assert [p.id for p in client.v1.products.list({"created": {"lt": new.created}})] == [old.id]
    assert [p.id for p in client.v1.products.list({"created": old.created})] == [old.id]


def test_expansion_goes_through_lists_and_four_levels(client: StripeClient, shop: Shop) -> None:
    subscription = shop.subscription()
    listed = client.v1.subscriptions.list(
        {"expand": ["data.customer", "data.latest_invoice.payments"]}
    )
    row = listed.data[0]
    assert row.customer.email == "guest@example.com"  # type: ignore[union-attr]
    assert row.latest_invoice.payments.data[0].status == "paid"  # type: ignore[union-attr]
    deep = client.v1.invoices.retrieve(
        row.latest_invoice.id,
        {"expand": ["payments.data.payment.payment_intent"]},  # type: ignore[union-attr]
    )
    assert deep.payments.data[0].payment.payment_intent.status == "succeeded"  # type: ignore[union-attr]
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        client.v1.subscriptions.retrieve(
            subscription.id, {"expand": ["latest_invoice.payments.data.payment.payment_intent"]}
        )
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.subscriptions.retrieve(subscription.id, {"expand": ["status"]})


def test_included_lists_are_left_out_unless_asked_for(client: StripeClient, shop: Shop) -> None:
    subscription = shop.subscription()
    invoice = client.v1.invoices.retrieve(subscription.latest_invoice)
    session = client.v1.checkout.sessions.list({"subscription": subscription.id}).data[0]
    assert "payments" not in invoice
    assert "line_items" not in session
    assert not any(key.startswith("_") for key in [*invoice.to_dict(), *session.to_dict()])
