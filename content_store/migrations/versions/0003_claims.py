"""Who looks at a message now, and which wishes resume a run that died."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_claims"
down_revision = "0002_review"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE messages ADD COLUMN claimed_by_id INTEGER"
        " CONSTRAINT fk_messages_claimed_by_id_users REFERENCES users (id)"
    )
    op.add_column("messages", sa.Column("claimed_until", sa.DateTime(timezone=True)))
    op.add_column(
        "run_requests", sa.Column("resumption", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column("run_requests", sa.Column("flow_run_id", sa.String(length=200)))
