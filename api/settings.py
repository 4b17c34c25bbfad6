"""Settings, read once from the environment (``GENBO_…``, ``DATABASE_URL``) or ``.env``."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment decides. Every setting has a default that works on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="GENBO_", env_file=".env", extra="ignore", populate_by_name=True
    )

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    data_directory: Path = Path(".data")
    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=1, le=65_535)

    def database_url_text(self) -> str | None:
        """Return the database's address, for the one place that connects to it."""
        return self.database_url.get_secret_value() if self.database_url else None
