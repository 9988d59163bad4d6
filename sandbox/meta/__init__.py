"""A double of Meta’s WhatsApp Cloud API: see README.md."""

from sandbox.meta.sandbox import MetaSandbox as MetaSandbox
