"""Every kind of driver: what it is called, what has to be entered for it, and how it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from saas.core.errors import Sentence
from workflows.drivers import anymail, smtp
from workflows.drivers.base import Driver
from workflows.drivers.console import ConsoleDriver
from workflows.drivers.memory import MemoryDriver
from workflows.drivers.meta import MetaDriver
from workflows.drivers.twilio import TwilioDriver
from workflows.drivers.webhook import WebhookDriver

Values = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One thing to enter. A secret is never shown again. `choices` are (value, label); the first is the usual one."""

    name: str
    label: Sentence
    help: Sentence = ""
    is_secret: bool = False
    is_required: bool = True
    choices: tuple[tuple[str, Sentence], ...] = ()
    pattern: str = ""
    """What a value has to look like, as a whole."""


@dataclass(frozen=True)
class Kind:
    """One driver. `makes(values)` may count on every required value; no network call is made by it."""

    key: str
    label: Sentence
    channels: frozenset[str]
    makes: Callable[[Values], Driver]
    help: Sentence = ""
    fields: tuple[Field, ...] = ()
    is_for_demo: bool = False
    """Sends nothing, so there is none of it in production."""
    calls_back: bool = False
    greets: bool = False
    """Whether the carrier tries the address with a GET when it is entered there."""

    def missing(self, values: Values) -> list[Field]:
        return [one for one in self.fields if one.is_required and not values.get(one.name)]


SENDER = Field(
    "sender",
    _("Sender’s address"),
    _("Empty: the address that the platform’s other e-mails come from."),
    is_required=False,
    pattern=r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+",
)
API_KEY = Field("api_key", _("API key"), is_secret=True)
CALLBACK_LOGIN = Field(
    "callback_secret",
    _("Callback login"),
    _(
        "Make up a user and a password, as user:password, and enter the callback address there as"
        " https://user:password@… Empty: nothing is heard of what became of an e-mail."
    ),
    is_secret=True,
    is_required=False,
    pattern=r"[^:@/\s]+:[^:@/\s]{12,}",
)
SIGNING_KEY = Field(
    "callback_secret",
    _("Webhook signing key"),
    _("Signs what Mailgun tells us. Empty: nothing is heard of what became of an e-mail."),
    is_secret=True,
    is_required=False,
)
TWILIO = (
    Field("account_sid", _("Account SID"), _("Begins with AC."), pattern=r"AC[0-9a-fA-F]{32}"),
    Field("auth_token", _("Auth token"), _("Signs what Twilio tells us, too."), is_secret=True),
)
_EMAIL, _SMS, _WHATSAPP = frozenset({"email"}), frozenset({"sms"}), frozenset({"whatsapp"})


def _anymail(key: str) -> Callable[[Values], Driver]:
    return lambda values: anymail.driver(key, dict(values))


def _twilio(key: str) -> Callable[[Values], Driver]:
    return lambda values: TwilioDriver(key, values, settings.TWILIO_SANDBOX_URL)


_ALL = (
    Kind(
        "platform",
        _("The platform’s mail server"),
        _EMAIL,
        lambda values: smtp.platforms_own(),
        _("The one that invitations and password links go through."),
    ),
    Kind(
        "smtp",
        _("Another mail server (SMTP)"),
        _EMAIL,
        lambda values: smtp.own_server(dict(values)),
        fields=(
            Field("host", _("Server"), pattern=r"[A-Za-z0-9.:-]+"),
            Field(
                "port",
                _("Port"),
                _("Usually 587, or 465 for TLS from the start."),
                pattern=r"[0-9]{1,5}",
            ),
            Field(
                "security",
                _("Encryption"),
                choices=(
                    ("starttls", _("STARTTLS")),
                    ("tls", _("TLS from the start")),
                    ("none", _("None")),
                ),
            ),
            Field("user", _("User"), is_required=False),
            Field("password", _("Password"), is_secret=True, is_required=False),
            SENDER,
        ),
    ),
    Kind(
        "postmark",
        "Postmark",
        _EMAIL,
        _anymail("postmark"),
        fields=(API_KEY, CALLBACK_LOGIN, SENDER),
        calls_back=True,
    ),
    Kind(
        "mailgun",
        "Mailgun",
        _EMAIL,
        _anymail("mailgun"),
        fields=(
            API_KEY,
            Field(
                "domain", _("Domain"), _("As it is verified at Mailgun."), pattern=r"[A-Za-z0-9.-]+"
            ),
            Field("region", _("Region"), choices=(("us", _("United States")), ("eu", _("Europe")))),
            SIGNING_KEY,
            SENDER,
        ),
        calls_back=True,
    ),
    Kind(
        "brevo",
        "Brevo",
        _EMAIL,
        _anymail("brevo"),
        fields=(API_KEY, CALLBACK_LOGIN, SENDER),
        calls_back=True,
    ),
    Kind(
        "resend",
        "Resend",
        _EMAIL,
        _anymail("resend"),
        fields=(API_KEY, CALLBACK_LOGIN, SENDER),
        calls_back=True,
    ),
    Kind(
        "twilio",
        "Twilio",
        _SMS,
        _twilio("twilio"),
        fields=(
            *TWILIO,
            Field(
                "sender",
                _("Sender"),
                _(
                    "A number of yours with + and country code, or a messaging service that begins with MG."
                ),
                pattern=r"\+[0-9]{6,15}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 ]{3,11}",
            ),
        ),
        calls_back=True,
    ),
    Kind(
        "meta",
        _("Meta (WhatsApp Cloud API)"),
        _WHATSAPP,
        lambda values: MetaDriver(values, settings.META_SANDBOX_URL),
        fields=(
            Field(
                "phone_number_id",
                _("Phone number ID"),
                _("Meta’s id, not the number itself."),
                pattern=r"[0-9]+",
            ),
            Field(
                "access_token",
                _("Access token"),
                _("Of a system user, so that it does not end."),
                is_secret=True,
            ),
            Field("app_secret", _("App secret"), _("Signs what Meta tells us."), is_secret=True),
            Field(
                "verify_token",
                _("Verify token"),
                _("Make one up, and enter the same at Meta beside the callback address."),
                is_secret=True,
            ),
        ),
        calls_back=True,
        greets=True,
    ),
    Kind(
        "twilio_whatsapp",
        "Twilio",
        _WHATSAPP,
        _twilio("twilio_whatsapp"),
        fields=(
            *TWILIO,
            Field(
                "sender",
                _("Sender"),
                _(
                    "Your WhatsApp number with + and country code, or a messaging service that begins with MG."
                ),
                pattern=r"\+[0-9]{6,15}|MG[0-9a-fA-F]{32}",
            ),
        ),
        calls_back=True,
    ),
    Kind(
        "console",
        _("Written to the log"),
        _EMAIL | _SMS | _WHATSAPP,
        lambda values: ConsoleDriver(),
        _("Nothing is sent."),
        is_for_demo=True,
    ),
    Kind(
        "memory",
        _("Kept in memory"),
        _EMAIL | _SMS | _WHATSAPP,
        lambda values: MemoryDriver(),
        _("Nothing is sent. For tests."),
        is_for_demo=True,
    ),
    Kind("webhook", _("Webhook"), frozenset({"webhook"}), lambda values: WebhookDriver()),
)
KINDS: dict[str, Kind] = {kind.key: kind for kind in _ALL}


def kinds_for(channel: str) -> list[Kind]:
    """What may carry `channel` in this installation."""
    return [
        one for one in _ALL if channel in one.channels and (settings.DEMO or not one.is_for_demo)
    ]
