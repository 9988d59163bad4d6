"""Whether the gateways that renew know a plan, in words for the Plans page."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing.gateways.catalogue import KINDS, Kind
from billing.models import Environment, GatewaySettings, PlanSync
from billing.services import gateways
from plans.models import Plan

State = PlanSync.State


@dataclass(frozen=True)
class Standing:
    """How far one gateway is with one plan. `level` is a colour; `is_moving`: look again in a moment."""

    text: str
    level: str = ""
    can_retry: bool = False
    is_moving: bool = False


def standings(plans: Collection[Plan]) -> dict[int, list[Standing]]:
    """{plan id: one for each connected gateway that renews; while there is none, what the first of them waits for}.

    Two queries, however many plans.
    """
    connected = {gateway.key: gateway.environment for gateway in gateways.recurring()}
    every = [kind for kind in KINDS.values() if kind.renews]
    kinds = [kind for kind in every if kind.key in connected] or every[:1]
    rows = _rows(plans) if connected else {}
    waits = {kind.key: _why_it_waits(kind) for kind in kinds if kind.key not in connected}

    def of(plan: Plan, kind: Kind) -> Standing:
        if plan.is_free and kind.key not in connected:
            return _free(kind)
        if kind.key not in connected:
            return Standing(waits[kind.key])
        place = (plan.pk, kind.key, connected[kind.key])
        return _standing(plan, kind, place[2], rows.get(place))

    return {plan.pk: [of(plan, kind) for kind in kinds] for plan in plans}


def _rows(plans: Collection[Plan]) -> dict[tuple[int, str, str], PlanSync]:
    found = PlanSync.objects.filter(plan__in=plans)
    return {(row.plan_id, row.gateway, row.environment): row for row in found}


def _standing(plan: Plan, kind: Kind, environment: str, row: PlanSync | None) -> Standing:
    names = {"gateway": kind.name, "reason": row.reason if row else ""}
    if row and row.state == State.FAILED:
        return Standing(_("Not sent to %(gateway)s: %(reason)s") % names, "bad", can_retry=True)
    if plan.is_free and (row is None or row.state == State.DONE or not plan.gateway_ids):
        return _free(kind)
    if row is None or row.state == State.DUE:
        return Standing(_("Being sent to %(gateway)s …") % names, is_moving=True)
    if environment == Environment.LIVE:
        return Standing(_("Sent to %(gateway)s") % names, "ok")
    names["mode"] = Environment(environment).label.lower()
    return Standing(_("Sent to %(gateway)s (%(mode)s)") % names, "ok")


def _free(kind: Kind) -> Standing:
    return Standing(_("Free: not sent to %(gateway)s") % {"gateway": kind.name})


def _why_it_waits(kind: Kind) -> str:
    row = GatewaySettings.objects.filter(gateway=kind.key, is_enabled=False).first()
    text = _("Waits until %(gateway)s is switched on") if row else _("Waits for %(gateway)s’s keys")
    return text % {"gateway": kind.name}
