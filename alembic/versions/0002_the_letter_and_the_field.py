"""The letter and the field: quirks, traces, further ways to wake a phone, client certificates.

Revision 0002, after 0001.
"""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quirk_rule",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("manufacturer", sa.String(), nullable=False),
        sa.Column("oui", sa.String(), nullable=False),
        sa.Column("product_class", sa.String(), nullable=False),
        sa.Column("version_from", sa.String(), nullable=False),
        sa.Column("version_to", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "trace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("trace", schema=None) as batch_op:
        batch_op.create_index("ix_trace_device", ["device_id", "id"], unique=False)
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cwmp_version", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("user_agent", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("quirks_learnt", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("quirks_set", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("faces", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("trace_until", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("udp_address", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("stun_address", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("stun_at", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("jabber_id", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("certificate_sha256", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("task_id", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_column("task_id")
        batch_op.drop_column("device_id")
    with op.batch_alter_table("device", schema=None) as batch_op:
        for name in (
            "certificate_sha256",
            "jabber_id",
            "stun_at",
            "stun_address",
            "udp_address",
            "trace_until",
            "faces",
            "quirks_set",
            "quirks_learnt",
            "user_agent",
            "cwmp_version",
        ):
            batch_op.drop_column(name)
    op.drop_table("trace")
    op.drop_table("quirk_rule")
