"""Notifications accepted per second, beside dj-stripe's endpoint: the same signed payloads in the same run.

Each delivery is another event. Both verify the signature, store the event and hand it to a Celery queue on the same
Redis; on neither side a worker runs. dj-stripe is set up as its documentation suggests for busy endpoints: its callback
enqueues, nothing is looked up at Stripe, and neither middleware nor an owner account costs it anything. For each
delivery it reads its endpoint, inserts a trigger, verifies in a transaction, enqueues, and updates the trigger.
"""

import json
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import psycopg
from django.db import connection

from bench.peers.dj_stripe import process
from bench.peers.dj_stripe.process import NotInstalled
from bench.progress import say
from bench.rows import Better, Row, against_peer, alternately, figure
from bench.scratch import empty_database, our_database
from bench.serving import ROOT, our_server, peer_server
from bench.signed_load import EVENT_ID, Endpoint
from billing.models import GatewaySettings, WebhookEvent
from billing.services.gateways import with_secrets

PEER = "dj-stripe 2.11 with a Celery queue"
SECRET = "whsec_of_a_benchmark"
HOST = "localhost"
PATH = "/webhooks/stripe/"
ROUNDS, REQUESTS, WARM_UP = 7, 400, 100
GOAL = 3
ROWS: tuple[tuple[str, str, Better, float | None], ...] = (
    ("rps", "/s", "higher", GOAL),
    ("p50", "ms", "lower", None),
    ("p99", "ms", "lower", None),
)
Load = Callable[[int], dict[str, float]]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as folder:
        template = Path(folder, "event.json")
        template.write_text(json.dumps(an_event(), indent=2))
        with our_database("webhooks") as url:
            connect_stripe()
            with our_server(url) as port:
                ours = loads(Endpoint(port, HOST, PATH, SECRET, template))
                try:
                    return beside_peer(ours, template)
                except NotInstalled as error:
                    say(str(error))
                    return alone(ours)


def beside_peer(ours: Load, template: Path) -> list[Row]:
    python = process.python()
    with empty_database("dj_stripe") as url:
        env = process.environment(url)
        prepare = [python, "-m", "bench.peers.dj_stripe.prepare", SECRET]
        path = subprocess.check_output(prepare, cwd=ROOT, env=env, text=True).strip()
        with peer_server("dj_stripe", env, python=python) as port:
            peer = loads(Endpoint(port, HOST, path, SECRET, template))
            for load in (ours, peer):
                load(WARM_UP)
            say(f"{ROUNDS} rounds of {REQUESTS} deliveries to each")
            seen = alternately(partial(ours, REQUESTS), partial(peer, REQUESTS), ROUNDS)
        check_stored(_stored_here(), WARM_UP + ROUNDS * REQUESTS, "here")
        check_stored(_stored_there(url), WARM_UP + ROUNDS * REQUESTS, "at the peer")
    return [
        against_peer(
            f"webhook_accept_{what}",
            unit,
            ours=median(figures[what] for figures in seen[0]),
            peer=median(figures[what] for figures in seen[1]),
            peer_name=PEER,
            better=better,
            goal=goal,
        )
        for what, unit, better, goal in ROWS
    ]


def alone(ours: Load) -> list[Row]:
    """Our own figures, where the peer cannot be had."""
    ours(WARM_UP)
    rounds = [ours(REQUESTS) for _ in range(ROUNDS)]
    check_stored(_stored_here(), WARM_UP + ROUNDS * REQUESTS, "here")
    return [
        figure(f"webhook_accept_{what}", unit, median(f[what] for f in rounds), better=better)
        for what, unit, better, _ in ROWS
    ]


def loads(endpoint: Endpoint) -> Load:
    """Rounds of deliveries; no id comes twice."""
    rounds = count()
    return lambda requests: endpoint.load(requests, f"{next(rounds)}")


def connect_stripe() -> None:
    """Keys of test mode, stored as Settings stores them."""
    row = GatewaySettings(gateway="stripe", environment="test")
    keys = {"secret_key": "sk_test_of_a_benchmark", "webhook_secret": SECRET}
    row.secrets = with_secrets(row, "test", keys)
    row.save()


def _stored_here() -> int:
    connection.set_schema_to_public()
    return WebhookEvent.objects.filter(environment="test", outcome="waiting").count()


def _stored_there(url: str) -> int:
    with psycopg.connect(url) as peer:
        found = peer.execute("SELECT count(*) FROM djstripe_webhookeventtrigger WHERE valid")
        return int((found.fetchone() or (0,))[0])


def check_stored(found: int, wanted: int, where: str) -> None:
    """Raises RuntimeError unless every delivery is a row: what is answered and not stored would be no work."""
    if found != wanted:
        raise RuntimeError(f"{found} of {wanted} deliveries are stored {where}.")


def an_event() -> dict[str, object]:
    """A paid invoice as Stripe sends it, with EVENT_ID for its id."""
    from sandbox.stripe.testing import StripeSandbox

    with StripeSandbox() as sandbox:
        v1 = sandbox.client().v1
        product = v1.products.create({"name": "Team"})
        price = v1.prices.create(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount": 2900,
                "recurring": {"interval": "month"},
            }
        )
        session = v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "line_items": [{"price": price.id, "quantity": 1}],
                "success_url": "https://bench.example/",
            }
        )
        sandbox.pay(str(session.url))
        return {**sandbox.events("invoice.paid")[0], "id": EVENT_ID}
