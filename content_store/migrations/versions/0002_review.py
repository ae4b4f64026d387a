"""Review: people, the chained decision log, approvals by role, what a variant stands on, schedules and the ledger."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002_review"
down_revision = "0001_initial"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _new_tables()
    _new_tables_of_messages()
    _new_columns()
    _chain_decisions()
    _refuse_changes()
    _link_blocks()
    _rate_messages()


def _new_tables() -> None:
    op.create_table(
        "chain_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "run_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brief_id", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_requests")),
    )
    op.create_table(
        "schedules",
        sa.Column("brief_id", sa.String(length=200), nullable=False),
        sa.Column("cron", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=200), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brief_id", name=op.f("pk_schedules")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index("ix_sign_in_attempts_address_at", "sign_in_attempts", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempts_name_at", "sign_in_attempts", ["name", "at"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sessions_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("briefs", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("away_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["users.id"], name=op.f("fk_users_deputy_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
        sa.UniqueConstraint("subject", name=op.f("uq_users_subject")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"], unique=False)

    op.create_table(
        "brief_leases",
        sa.Column("brief_id", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_brief_leases_brief_id_briefs")),
        sa.PrimaryKeyConstraint("brief_id", name=op.f("pk_brief_leases")),
    )
    op.create_table(
        "kept_answers",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_kept_answers_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_kept_answers")),
    )
    op.create_index("ix_kept_answers_at", "kept_answers", ["at"], unique=False)

    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_web_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_sessions")),
    )
    op.create_index("ix_web_sessions_user_id", "web_sessions", ["user_id"], unique=False)

    op.create_table(
        "approvals",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_approvals_message_id_messages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "role", name=op.f("pk_approvals")),
    )
    op.create_table(
        "publications",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brief_id", sa.String(length=200), nullable=False),
        sa.Column("occurrence", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("approved_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "intent",
                "accepted",
                "rejected",
                "suppressed",
                "unknown",
                name="publicationstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("propensity", sa.Double(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("rendered_hash", sa.String(length=64), nullable=True),
        sa.Column("filled_in", sa.JSON(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_publications_brief_id_briefs")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_publications_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint(
            "brief_id",
            "occurrence",
            "customer_id",
            "channel",
            "step",
            name=op.f("uq_publications_brief_id_occurrence_customer_id_channel_step"),
        ),
    )
    op.create_index(
        "ix_publications_message_id_status", "publications", ["message_id", "status"], unique=False
    )

    op.create_table(
        "variant_blocks",
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("block_version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_version_id"],
            ["block_versions.id"],
            name=op.f("fk_variant_blocks_block_version_id_block_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["variants.id"],
            name=op.f("fk_variant_blocks_variant_id_variants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", "block_version_id", name=op.f("pk_variant_blocks")),
    )
    op.create_index(
        "ix_variant_blocks_block_version_id", "variant_blocks", ["block_version_id"], unique=False
    )


def _new_tables_of_messages() -> None:
    op.create_table(
        "message_blocks",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("block_version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_blocks_message_id_messages", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["block_version_id"],
            ["block_versions.id"],
            name="fk_message_blocks_block_version_id_block_versions",
        ),
        sa.PrimaryKeyConstraint("message_id", "content_hash", "block_version_id", name="pk_message_blocks"),
    )
    op.create_index("ix_message_blocks_block_version_id", "message_blocks", ["block_version_id"])


def _new_columns() -> None:
    # Plain ALTER TABLE: a copy of the table, which batch mode makes on SQLite, would delete the rows that point to it.
    for column in (
        sa.Column("waiting_for", sa.String(length=200), nullable=False, server_default="reviewer"),
        sa.Column("score", sa.Double(), nullable=False, server_default="1"),
        sa.Column("fell_back", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("messages", column)
    op.execute(
        "ALTER TABLE messages ADD COLUMN assignee_id INTEGER"
        " CONSTRAINT fk_messages_assignee_id_users REFERENCES users (id)"
    )
    op.create_index("ix_messages_assignee_id", "messages", ["assignee_id"])
    op.create_index("ix_messages_brief_id_status_id", "messages", ["brief_id", "status", "id"])
    op.create_index("ix_messages_status_score_id", "messages", ["status", "score", "id"])
    op.add_column("runs", sa.Column("progress", sa.JSON()))
    op.add_column("runs", sa.Column("flow_run_id", sa.String(length=200)))
    op.execute(
        "ALTER TABLE variants ADD COLUMN edited_from_id INTEGER"
        " CONSTRAINT fk_variants_edited_from_id_variants REFERENCES variants (id)"
    )
    op.add_column("variants", sa.Column("edited_by", sa.String(length=200)))
    op.add_column("variants", sa.Column("override_reason", sa.Text()))


def _chain_decisions() -> None:
    """The old entries, each with the hash of the one before, in a table that has room for them."""
    connection = op.get_bind()
    old = connection.execute(
        sa.text(
            'SELECT message_id, action, from_status, to_status, content_hash, "by", at, reason'
            " FROM decisions ORDER BY id"
        )
    ).all()
    op.drop_table("decisions")
    decisions = op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.Integer()),
        sa.Column("from_status", sa.String(length=20)),
        sa.Column("to_status", sa.String(length=20)),
        sa.Column("content_hash", sa.String(length=64)),
        sa.Column("reason", sa.Text()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_decisions_message_id_messages"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.UniqueConstraint("entry_hash", name="uq_decisions_entry_hash"),
    )
    op.create_index("ix_decisions_message_id", "decisions", ["message_id"])
    op.create_index("ix_decisions_subject", "decisions", ["subject"])
    previous = "0" * 64
    for number, row in enumerate(old, start=1):
        values = dict(row._mapping) | {"id": number, "subject": f"message {row.message_id}", "details": {}}
        values["at"] = _moment(row.at)
        values |= {"previous_hash": previous, "entry_hash": _entry_hash(values, previous)}
        connection.execute(decisions.insert().values(values))
        previous = values["entry_hash"]
    connection.execute(
        sa.text("INSERT INTO chain_head (id, number, entry_hash) VALUES (1, :number, :hash)"),
        {"number": len(old), "hash": previous},
    )


def _entry_hash(values: dict[str, Any], previous: str) -> str:
    names = (
        "id",
        "subject",
        "action",
        "by",
        "message_id",
        "from_status",
        "to_status",
        "content_hash",
        "reason",
        "details",
    )
    content = {name: values[name] for name in names}
    content |= {"at": values["at"].isoformat(timespec="microseconds"), "previous_hash": previous}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _refuse_changes() -> None:
    """The log is append-only in the database too."""
    if op.get_bind().dialect.name == "sqlite":
        # INSERT OR REPLACE would delete a row without the other trigger.
        op.execute(
            "CREATE TRIGGER decisions_no_replace BEFORE INSERT ON decisions"
            " WHEN EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id)"
            " BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END"
        )
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER decisions_no_{change.lower()} BEFORE {change} ON decisions"
                " BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_decision_changes() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the decision log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_decision_changes()"
    )


def _link_blocks() -> None:
    """What recall looks up, from the lists that the variants hold."""
    connection = op.get_bind()
    versions = set(connection.scalars(sa.text("SELECT id FROM block_versions")))
    links: list[dict[str, Any]] = []
    hashes: list[dict[str, Any]] = []
    for variant, words, stored in connection.execute(
        sa.text("SELECT id, text, block_version_ids FROM variants")
    ):
        ids = sorted(set(json.loads(stored) if isinstance(stored, str) else stored))
        canonical = json.dumps([words, ids], ensure_ascii=False, separators=(",", ":"))
        hashes.append({"variant": variant, "hash": hashlib.sha256(canonical.encode()).hexdigest()})
        links += [{"variant": variant, "version": version} for version in ids if version in versions]
    if hashes:
        # A variant is its text and what it stands on; before, it was its text alone.
        connection.execute(sa.text("UPDATE variants SET content_hash = :hash WHERE id = :variant"), hashes)
    if links:
        connection.execute(
            sa.text("INSERT INTO variant_blocks (variant_id, block_version_id) VALUES (:variant, :version)"),
            links,
        )
    connection.execute(
        sa.text(
            "INSERT INTO message_blocks (message_id, content_hash, block_version_id)"
            " SELECT DISTINCT messages.id, messages.content_hash, variant_blocks.block_version_id FROM messages"
            " JOIN message_variants ON message_variants.message_id = messages.id"
            " JOIN variant_blocks ON variant_blocks.variant_id = message_variants.variant_id"
        )
    )


def _rate_messages() -> None:
    """The lowest reader score of the texts that a model wrote, and whether approved text stands in."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT message_variants.message_id, variants.origin, variants.scores FROM message_variants"
            " JOIN variants ON variants.id = message_variants.variant_id"
        )
    )
    found: dict[int, dict[str, Any]] = {}
    for message, origin, stored in rows:
        scores = json.loads(stored) if isinstance(stored, str) else stored
        rated = found.setdefault(message, {"message": message, "score": 1.0, "fell_back": False})
        rated["fell_back"] = rated["fell_back"] or origin == "fallback"
        if origin == "generated":
            rated["score"] = min(rated["score"], scores.get("readers", 1.0))
    if found:
        connection.execute(
            sa.text("UPDATE messages SET score = :score, fell_back = :fell_back WHERE id = :message"),
            list(found.values()),
        )
