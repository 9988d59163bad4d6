"""What people do with their own login."""

from django.db.models import F

from tenants.models import User


def rename_user(user: User, name: str) -> None:
    """Give `user` another name; everybody sees it on their next page."""
    user.name = name
    user.save(update_fields=["name"])


def end_sessions(user: User) -> None:
    """Every session of `user`, on every host and device, is over with its next request. `user` is up to date."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
