"""Every phone file: phone books as data, file keys, version history with settings, audit, LOIDs.

Revision 0003, after 0002.
"""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ADDED = (
    ("device", (("file_key_sealed", sa.String(), ""), ("items", sa.JSON(), "{}"), ("acs_type", sa.String(), ""))),
    (
        "device",
        (
            ("logical_id", sa.String(), ""),
            ("carrier_sign", sa.String(), ""),
            ("account_sealed", sa.String(), ""),
            ("sip_secrets", sa.JSON(), "{}"),
        ),
    ),
    ("file", (("facts", sa.JSON(), "{}"),)),
    ("link", (("kind", sa.String(), ""),)),
    ("config_version", (("settings_sealed", sa.String(), ""), ("kind", sa.String(), ""), ("task_id", sa.String(), ""))),
)

_INDEXES = (
    ("ix_file_blob", "file", "sha256"),
    ("ix_link_blob", "link", "sha256"),
    ("ix_link_file", "link", "file_id"),
    ("ix_config_version_blob", "config_version", "sha256"),
)
"""Whether anything refers to a content still is asked of each of these tables."""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_target", ["target", "id"], unique=False)
    op.create_table(
        "phonebook",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("phonebook_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("ring", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["phonebook_id"], ["phonebook.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_phonebook", ["phonebook_id", "position", "id"], unique=False)
    op.create_table(
        "logical_id",
        sa.Column("logical_id", sa.String(), nullable=False),
        sa.Column("password_sealed", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("service_name", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.Float(), nullable=True),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("bound_at", sa.Float(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("logical_id"),
    )
    with op.batch_alter_table("logical_id", schema=None) as batch_op:
        batch_op.create_index("ix_logical_id_device", ["device_id"], unique=False)
    for table, columns in _ADDED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, kind, default in columns:
                batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=default))
    for index, table, column in _INDEXES:
        op.create_index(index, table, [column], unique=False)


def downgrade() -> None:
    for index, table, _ in reversed(_INDEXES):
        op.drop_index(index, table_name=table)
    for table, columns in reversed(_ADDED):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _, _ in reversed(columns):
                batch_op.drop_column(name)
    for table in ("logical_id", "contact", "phonebook", "audit"):
        op.drop_table(table)
