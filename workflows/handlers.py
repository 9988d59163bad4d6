"""What workflows make of the news: everything that anybody may listen to is written down with the news itself."""

from saas.core.events import record_with
from workflows.services.recording import record

record_with(record)
