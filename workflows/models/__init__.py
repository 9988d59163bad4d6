"""Rules, and the messages that come of them. All in the public schema: what is due is one query, not one per tenant."""

from workflows.models.messages import Message, OptOut, State
from workflows.models.rules import Action, Occurrence, Run, Side, Unit, Workflow
from workflows.models.settings import ApprovedTemplate, ChannelSettings, MessagingSettings

__all__ = [
    "Action",
    "ApprovedTemplate",
    "ChannelSettings",
    "Message",
    "MessagingSettings",
    "Occurrence",
    "OptOut",
    "Run",
    "Side",
    "State",
    "Unit",
    "Workflow",
]
