"""Parts of the settings: the pages, who gets in, and what people type to reach them."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from content_store import webhook_secrets
from content_store.setting_parts import LOOPBACK, Part

RoleName = Literal["viewer", "author", "reviewer", "legal", "admin"]


def _safe_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("write it as https://HOST")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("what people send would cross the network in clear; write it with https")
    return url


#: https, or http on this machine
SafeUrl = Annotated[str, AfterValidator(_safe_url)]


class AppSettings(Part):
    """Where an app listens, and what people type to reach it."""

    host: str = Field(default="127.0.0.1", description="The address it listens on.")
    port: int = Field(ge=1, le=65535, description="The port it listens on.")
    public_url: SafeUrl | None = None

    @field_validator("public_url")
    @classmethod
    def _no_path(cls, url: str | None) -> str | None:
        if url is not None and (
            urlsplit(url).path.strip("/") or urlsplit(url).query or urlsplit(url).fragment
        ):
            raise ValueError("write it without a path; the page lives at the root of its host")
        return url

    @model_validator(mode="after")
    def _known_by_name(self) -> Self:
        if self.host not in LOOPBACK and self.public_url is None:
            raise ValueError(f"host {self.host} is open to others; set public_url to its https address")
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port as a browser names them."""
        if self.public_url is None:
            return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"
        parts = urlsplit(self.public_url)
        usual = {"http": ":80", "https": ":443"}[parts.scheme]
        return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the page by https."""
        return self.origin.startswith("https://")


class PublishingSettings(AppSettings):
    """Where customers stop messages, and where sites and apps ask what to show."""

    port: int = Field(default=8320, ge=1, le=65535, description="The port it listens on.")
    decisions_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="What sites and apps show that ask for decisions; read from the environment only, and nobody may ask without it.",
    )
    events_key: SecretStr | None = Field(
        default=None,
        description="What signs outcomes that shops and apps send: whsec_ and base64, several with spaces between; from the environment only, and none are taken without it.",
    )
    mailgun_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Mailgun's HTTP webhook signing key; from the environment only, and nothing is taken from Mailgun without it.",
    )
    sendgrid_key: str | None = Field(
        default=None,
        description="The public key of SendGrid's signed event webhook, as it shows it (base64); nothing is taken from SendGrid without it.",
    )
    decisions_ms: int = Field(
        default=50, ge=5, le=10_000, description="A decision that takes longer is the slot's default."
    )
    public_url: SafeUrl | None = Field(
        default=None,
        description="What the links in messages start with, such as https://news.example.com; without it one unsubscribes by a mail to the sender, and clicks are not counted.",
    )

    @field_validator("events_key")
    @classmethod
    def _of_the_right_form(cls, secret: SecretStr | None) -> SecretStr | None:
        return webhook_secrets.of_the_right_form(secret)

    @property
    def link_host(self) -> str | None:
        """The host of the links in messages; None without a page of our own."""
        return urlsplit(self.public_url).hostname if self.public_url is not None else None

    @property
    def events_keys(self) -> list[bytes]:
        """The bytes of each secret that outcomes are signed with."""
        return webhook_secrets.keys(self.events_key)

    @property
    def public(self) -> bool:
        """Whether there is something to serve."""
        served = (self.public_url, self.decisions_key, self.events_key, self.sendgrid_key, self.mailgun_key)
        return any(item is not None for item in served)


class ReviewSettings(AppSettings):
    """Where the review page is, and who gets in."""

    port: int = Field(default=8310, ge=1, le=65535, description="The port it listens on.")
    public_url: SafeUrl | None = Field(
        default=None,
        description="What people type, such as https://review.example.com behind a reverse proxy; http://HOST:PORT without it.",
    )
    trusted_proxies: list[str] = Field(
        default=[],
        description="Addresses or networks of reverse proxies whose X-Forwarded-For and -Proto are believed.",
    )
    oidc_issuer: SafeUrl | None = Field(
        default=None, description="The address of an OpenID Connect provider; only passwords without it."
    )
    oidc_client_id: str | None = Field(
        default=None, min_length=1, description="What the provider calls this page."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Read from the environment only, never from surmesure.toml."
    )
    oidc_label: str = Field(default="single sign-on", description="What the sign-in page calls the provider.")
    oidc_scopes: list[str] = Field(
        default=["openid", "profile", "email"], description="What is asked of the provider."
    )
    oidc_roles_claim: str = Field(
        default="groups", description="The claim of the identity token that roles are read from."
    )
    oidc_roles: dict[str, RoleName] = Field(
        default={},
        description="Role for a value of that claim; with it the provider decides on roles at each sign-in.",
    )
    oidc_create_users: bool = Field(
        default=False, description="Whoever has a role at the provider is added at the first sign-in."
    )
    notify: SecretStr | None = Field(
        default=None,
        description="Where reminders go: apprise URLs with spaces between, from the environment only; nowhere without it.",
    )
    remind_after_hours: float = Field(
        default=24, gt=0, description="A message that waits longer is reminded of."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.oidc_issuer is not None and self.oidc_client_id is None:
            raise ValueError("oidc_issuer needs oidc_client_id")
        if self.oidc_create_users and not self.oidc_roles:
            raise ValueError("oidc_create_users needs oidc_roles, or nobody added would have a role")
        return self
