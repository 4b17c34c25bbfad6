"""Settings, read once from the environment (``GENBO_…``, ``DATABASE_URL``) or ``.env``."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.clearance_tokens import secret_in
from api.portal.options import CodesFor, PortalOptions
from api.rate_limits import QUOTAS, TRIES, Kind, RateLimits
from api.stripe_options import StripeOptions
from ledger.core.dunning import USUAL_DAYS, DunningTerms, read_days
from ledger.core.refusal import Refusal

if TYPE_CHECKING:
    from api.mailing import MailServer

#: A file beside the embedded database that says: this book may be thrown away.
DEMO_MARKER = "this-book-is-a-demo"


class SettingUnusable(Refusal):
    """A setting has a value it cannot have. Carries its name and why."""

    code = "setting_unusable"


class Settings(BaseSettings):
    """What a deployment decides. Every setting has a default that works on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="GENBO_", env_file=".env", extra="ignore", populate_by_name=True
    )

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    data_directory: Path = Path(".data")
    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=1, le=65_535)
    secret: SecretStr | None = Field(default=None, min_length=32)
    webhook_allow_loopback: bool = False  # to try webhooks on one machine, never in earnest
    require_declarations: bool = False  # a firm that declares nothing keeps a month open
    journal_mapping: Path | None = None  # what accounting programs call accounts
    dunning_days: str = ",".join(map(str, USUAL_DAYS))  # after the due day; empty: remind nobody

    # So much a minute, for each key and process; 0 is no limit.
    rate_report: int = Field(default=QUOTAS[Kind.REPORT], ge=0)  # events
    rate_clearance: int = Field(default=QUOTAS[Kind.CLEARANCE], ge=0)
    rate_other: int = Field(default=QUOTAS[Kind.OTHER], ge=0)
    rate_tries: int = Field(default=TRIES, ge=0)  # keys that are not good, from one address

    # Stripe, where firms may pay through it; see docs/stripe.md.
    stripe_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")  # two while one takes the other's place
    stripe_url: str = Field(default="", pattern=r"^(https?://[^/\s]+)?$")  # of a stand-in

    # The portal, and the server that takes its letters.
    portal_url: str = Field(default="", pattern=r"^(https?://[^/\s]+)?$")
    portal_codes: CodesFor = "house"
    zengin_client_code: str = Field(default="", pattern=r"^([0-9]{10})?$")  # the bank gave it
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_guard: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_from: str = ""

    def is_demo(self) -> bool:
        """Tell whether the book is one that a demo made and may throw away."""
        return self.database_url is None and (self.data_directory / DEMO_MARKER).exists()

    def portal_options(self) -> PortalOptions:
        """Return how the portal is reached and guarded; a demo's asks nobody for codes."""
        return PortalOptions(
            secret=self.secret_bytes(),
            url=self.portal_url or f"http://{self.host}:{self.port}",
            codes_for="nobody" if self.is_demo() else self.portal_codes,
            webhooks_loop_back=self.webhook_allow_loopback,
            sends_mail=bool(self.smtp_host),
            bank_client_code=self.zengin_client_code,
        )

    def dunning_terms(self) -> DunningTerms:
        """
        Return what holds about paying late where nothing is agreed.

        :raises SettingUnusable: the schedule is none.
        """
        name = "GENBO_DUNNING_DAYS"
        try:
            days = read_days(self.dunning_days)
            return DunningTerms(days=days, exempt_reason="" if days else name)
        except Refusal as refusal:
            raise SettingUnusable(field=name, name=name, reason=refusal) from None

    def mail_server(self) -> "MailServer | None":
        """Return the server that takes letters, None when there is none."""
        from api.mailing import MailServer

        if not self.smtp_host:
            return None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            guard=self.smtp_guard,
            sender=self.smtp_from or f"genbo@{self.smtp_host}",
            user=self.smtp_user,
            password=self.smtp_password.get_secret_value(),
        )

    def stripe_options(self) -> StripeOptions | None:
        """Return how Stripe is reached, None where firms do not pay through it."""
        key = self.stripe_key.get_secret_value()
        if not key:
            return None
        secrets = self.stripe_webhook_secret.get_secret_value().replace(",", " ").split()
        return StripeOptions(key=key, webhook_secrets=tuple(secrets), base_url=self.stripe_url)

    def rate_limits(self) -> RateLimits:
        """Return the limits of a process that has just started."""
        return RateLimits(
            quotas={
                Kind.REPORT: self.rate_report,
                Kind.CLEARANCE: self.rate_clearance,
                Kind.OTHER: self.rate_other,
            },
            tries=self.rate_tries,
        )

    def database_url_text(self) -> str | None:
        """Return the database's address, for the one place that connects to it."""
        return self.database_url.get_secret_value() if self.database_url else None

    def secret_bytes(self) -> bytes:
        """
        Return the secret that clearances are sealed with, or the one of the data folder.

        :raises SettingUnusable: there is none, and the folder cannot keep one.
        """
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        try:
            return secret_in(self.data_directory)
        except OSError as error:
            name = "GENBO_SECRET"
            raise SettingUnusable(field=name, name=name, reason=error) from None


def read_settings() -> Settings:
    """
    Read the settings of this process.

    :raises SettingUnusable: one of them cannot be what it was set to.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        known = "DATABASE_URL" if name == "DATABASE_URL" else f"GENBO_{name.upper()}"
        raise SettingUnusable(field=known, name=known, reason=first["msg"]) from None
