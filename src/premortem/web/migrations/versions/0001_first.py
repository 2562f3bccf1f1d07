"""Runs, who asked for them, and shared results."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("question", sa.String(64), nullable=False, index=True),
        sa.Column("owner", sa.String(64), nullable=False, index=True),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("titles", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("submitted", sa.Float, nullable=False),
        sa.Column("turn", sa.Float, nullable=False),
        sa.Column("ended", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("runs_done", sa.Integer, nullable=False),
        sa.Column("paired", sa.Integer, nullable=False),
        sa.Column("problems", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "asked",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("run", sa.String(32), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("when", sa.Float, nullable=False),
    )
    op.create_table(
        "shares",
        sa.Column("key", sa.String(32), primary_key=True),
        sa.Column("run", sa.String(32), sa.ForeignKey("runs.id"), nullable=False, index=True),
        sa.Column("view", sa.String(512), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("shares", "asked", "runs"):
        op.drop_table(table)
