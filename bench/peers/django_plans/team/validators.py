"""The ceiling, written as the documentation of django-plans says."""

from typing import Any

from plans.validators import ModelCountValidator

from bench.peers.django_plans.team.models import Staff


class MaxStaff(ModelCountValidator):
    code = "MAX_STAFF"
    model = Staff

    def get_queryset(self, user: Any) -> Any:
        return super().get_queryset(user).filter(owner=user)


max_staff = MaxStaff()
