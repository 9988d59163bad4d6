"""`python -m bench.peers.django_plans.ask`: makes a customer with a plan, then answers questions line by line.

`feature 2000` asks 2,000 times whether the plan has a feature, `room 2000` whether one more staff member fits,
both in the documented way. The answer is one JSON line: seconds and queries per question.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django


def make_customer(staff: int) -> Any:
    """Somebody on a plan with one feature and one ceiling, loaded as a request would find them."""
    from django.contrib.auth.models import User

    from bench.peers.django_plans.team.models import Staff
    from plans.models import Plan, PlanQuota, Quota, UserPlan

    plan = Plan.objects.create(name="Team+", available=True)
    feature = Quota.objects.create(codename="REMOVE_BRANDING", is_boolean=True)
    ceiling = Quota.objects.create(codename="MAX_STAFF", is_boolean=False)
    PlanQuota.objects.create(plan=plan, quota=feature, value=1)
    PlanQuota.objects.create(plan=plan, quota=ceiling, value=25)
    user = User.objects.create(username="ana")
    UserPlan.objects.create(user=user, plan=plan, active=True)
    Staff.objects.bulk_create(Staff(owner=user, name=f"Person {n}") for n in range(staff))
    return User.objects.select_related("userplan__plan").get(pk=user.pk)


def questions(user: Any) -> dict[str, Callable[[], object]]:
    from plans.quota import get_user_quota

    from bench.peers.django_plans.team.validators import max_staff

    return {
        "feature": lambda: get_user_quota(user).get("REMOVE_BRANDING", 0) == 1,
        "room": lambda: max_staff(user, add=1),
    }


def answer(ask: Callable[[], object], times: int) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        ask()
    began = time.perf_counter()
    for _ in range(times):
        ask()
    return {"seconds": (time.perf_counter() - began) / times, "queries": len(queries)}


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.django_plans.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    asked = questions(make_customer(int(sys.argv[1])))
    print("ready", flush=True)
    for line in sys.stdin:
        name, times = line.split()
        print(json.dumps(answer(asked[name], int(times))), flush=True)


if __name__ == "__main__":
    main()
