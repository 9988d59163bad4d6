"""What time brings about, in slices: a task has five minutes, and many tenants may run out on the same day."""

from billing.services.expiry import sweeping as expiry
from billing.services.letters import due as letters
from billing.services.letters import owner_mail
from saas.core.clock import now
from tenants.tasks import public_task

SLICE = 500
"""Tenants that one run of the sweep takes on before it puts itself at the end of the queue."""
LETTERS = 500
"""How many one run gives out; the next one goes on."""


@public_task
def sweep_expiry() -> None:
    """Whoever is due has been renewed, moved or put on the Expired plan; and on, while there are more."""
    if expiry.sweep(now(), at_most=SLICE).has_more:
        sweep_expiry.delay()


@public_task
def look_again() -> None:
    """An Expired plan was chosen: whoever stayed without one is due again."""
    if expiry.look_again(now()):
        sweep_expiry.delay()


@public_task
def remind() -> None:
    """Owners are told of failed payments and of what ends soon, by a task for each of them."""
    for letter in letters.due(now(), at_most=LETTERS):
        for owner_id in owner_mail.owners_of(letter.tenant_id):
            write_to_owner.delay(letter.kind, letter.about_id, letter.number, owner_id)


@public_task(autoretry_for=(OSError,), retry_backoff=60, max_retries=6)
def write_to_owner(kind: str, about_id: int, number: int, owner_id: int) -> None:
    """The owner has the letter, unless it is not true any more. A mail server that fails is tried for an hour."""
    letters.write(owner_mail.Kind(kind), about_id, number, owner_id, now())
