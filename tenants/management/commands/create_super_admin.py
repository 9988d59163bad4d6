"""`manage.py create_super_admin you@example.com`: the first login for the console."""

import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from tenants.services.super_admins import create_super_admin


class Command(BaseCommand):
    help = "Make a super admin, or turn an existing login into one. Asks for the password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="Super admin")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
            password = getpass.getpass("Password (at least 12 characters): ")
            if password != getpass.getpass("The same once more: "):
                raise CommandError("The two passwords differ. Nothing was saved.")
            create_super_admin(options["email"], password, name=options["name"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{options['email']} is a super admin.")
