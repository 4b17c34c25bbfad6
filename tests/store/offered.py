"""An offer and its acceptance, in raw rows."""

from psycopg.types.json import Jsonb

from tests.store.scene import NOW, Connection, Scene, add


def write_acceptance(connection: Connection, scene: Scene, license_: int) -> None:
    """Write that a license accepts the first version of an offer, and that offer."""
    who = {"recorded_at": NOW, "recorded_by": "hoshino"}
    offer = add(
        connection,
        "offer",
        book_id=1,
        owner_id=scene.holder,
        reference=f"offer-{license_}",
        breadth="holder",
        **who,
    )
    wording = {"modalities": ["image"], "use_classes": ["generation"], "territories": ["WORLD"]}
    version = add(
        connection,
        "offer_version",
        offer_id=offer,
        owner_id=scene.holder,
        version=1,
        state="offered",
        effective_at=NOW,
        wind_down_days=0,
        terms=Jsonb({}),
        **wording,
        **who,
    )
    add(
        connection,
        "offer_acceptance",
        license_id=license_,
        licensee_id=scene.licensee,
        offer_version_id=version,
        accepted_at=NOW,
        accepted_by="studio-a",
    )
