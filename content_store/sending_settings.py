"""Parts of the settings: what takes messages."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt, SecretStr, field_validator, model_validator

from content_store import webhook_secrets
from content_store.setting_parts import LOOPBACK, Part


def _bounce_address(address: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", address):
        raise ValueError("an address is written bounces@example.com")
    return address


def _domain(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
        raise ValueError("a domain is written gmail.com")
    return name.lower()


BounceAddress = Annotated[str, AfterValidator(_bounce_address)]
Domain = Annotated[str, AfterValidator(_domain)]


class SmtpSettings(Part):
    """The server that takes mails."""

    host: str | None = Field(default=None, description="The server's name; without one, no mail is sent.")
    port: int = Field(default=587, ge=1, le=65535, description="The port it listens on.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="tls is for port 465; none is for a server on this machine only."
    )
    username: str | None = Field(default=None, description="Without one, nobody signs in.")
    password: SecretStr | None = Field(
        default=None, description="Read from the environment only, never from surmesure.toml."
    )
    timeout_seconds: float = Field(default=30, gt=0, description="An answer that takes longer is lost.")
    bounce_address: BounceAddress | None = Field(
        default=None,
        description="The mailbox that bounces come back to (MAIL FROM); the sender's address without it.",
    )
    per_minute: dict[Domain, PositiveInt] = Field(
        default={}, description="Mails a minute to a domain at most, by each process that publishes."
    )
    per_minute_elsewhere: PositiveInt | None = Field(
        default=None,
        description="The same for each domain that per_minute does not name; no limit without it.",
    )
    dkim_domain: str | None = Field(
        default=None, description="The domain that signs, that of the sender or one above it."
    )
    dkim_selector: str | None = Field(default=None, description="The selector under which DNS has the key.")
    dkim_key: Path | None = Field(default=None, description="The file of the private key, in PEM.")

    @model_validator(mode="after")
    def _whole(self) -> SmtpSettings:
        if self.security == "none" and self.host is not None and self.host not in LOOPBACK:
            raise ValueError("mails would cross the network in clear; set security to starttls or tls")
        parts = (self.dkim_domain, self.dkim_selector, self.dkim_key)
        if any(parts) and not all(parts):
            raise ValueError("dkim_domain, dkim_selector and dkim_key go together")
        return self


class WebhookSettings(Part):
    """The receiver of webhooks."""

    url: str | None = Field(default=None, description="Where requests go; without one, none is sent.")
    allow: list[str] = Field(
        default=[],
        description="Hosts, addresses or networks inside your own network that may be reached; none without it.",
    )
    secret: SecretStr | None = Field(
        default=None,
        description="whsec_ and base64, several with spaces between; from the environment only, never from surmesure.toml.",
    )
    timeout_seconds: float = Field(
        default=30, gt=0, le=60, description="A request that takes longer in all is tried again."
    )
    connections: int = Field(default=8, ge=1, le=64, description="Requests at the same time.")
    per_second: float | None = Field(
        default=None, gt=0, description="Requests that are begun a second; as many as go without it."
    )

    @field_validator("allow")
    @classmethod
    def _hosts_or_networks(cls, allow: list[str]) -> list[str]:
        for entry in allow:
            try:
                ip_network(entry, strict=False)
            except ValueError:
                if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.?", entry) or entry[-1].isdigit():
                    raise ValueError(f"{entry!r} is no host, address or network") from None
        return allow

    @field_validator("secret")
    @classmethod
    def _of_the_right_form(cls, secret: SecretStr | None) -> SecretStr | None:
        return webhook_secrets.of_the_right_form(secret)

    @property
    def keys(self) -> list[bytes]:
        """The bytes of each secret."""
        return webhook_secrets.keys(self.secret)


class AppriseSettings(Part):
    """The gateway that takes text messages and push notifications."""

    url: SecretStr | None = Field(
        default=None,
        description="An apprise URL with {address} in it, from the environment only; nothing is sent without it.",
    )

    @field_validator("url")
    @classmethod
    def _addressed(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and "{address}" not in url.get_secret_value():
            raise ValueError("write {address} where the customer's address stands")
        return url
