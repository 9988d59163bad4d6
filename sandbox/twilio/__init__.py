"""A double of Twilio’s messages: see README.md."""

from sandbox.twilio.sandbox import TwilioSandbox as TwilioSandbox
