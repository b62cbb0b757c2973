"""Every phone file: phone books as data, file keys, version history with settings, audit, LOIDs.

Revision 0003, after 0002.
"""

import json

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
            ("config_shown", sa.JSON(), "{}"),
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
    op.execute(_NAME_SMALL_FILES)
    _remember_items()


_NAME_SMALL_FILES = """
    UPDATE config_version SET kind = 'item', content_digest = 'item:' || content_digest WHERE EXISTS (
        SELECT 1 FROM task WHERE task.device_id = config_version.device_id
        AND json_extract(task.evidence, '$.proof') = 'item'
        AND json_extract(task.result, '$.version') = config_version.version
    )
"""
"""Versions that only had a phone fetch a file were not told from whole configurations before."""


def _remember_items() -> None:
    """Keep what each phone has fetched, or all of them would be told to fetch everything once more.

    Where a phone fetched several of a kind nobody knows which it has: it fetches again.
    """
    rows = op.get_bind().execute(
        sa.text(
            "SELECT link.device_id, file.kind, link.name, link.sha256, link.complete_at FROM link "
            "JOIN file ON file.id = link.file_id WHERE link.complete_at IS NOT NULL AND link.task_id IS NULL "
            "AND link.expires_at IS NULL AND file.kind IN ('phonebook', 'background', 'certificate', 'firmware')"
        )
    )
    fetched: dict[str, dict[tuple[str, str], list[tuple[str, float]]]] = {}
    for device_id, kind, name, sha256, at in rows.all():
        slot = name if kind == "certificate" else ""
        fetched.setdefault(device_id, {}).setdefault((kind, slot), []).append((sha256, at))
    for device_id, slots in fetched.items():
        items: dict[str, dict[str, dict[str, object]]] = {}
        for (kind, slot), found in slots.items():
            if len(found) == 1:
                items.setdefault(kind, {})[slot] = {"sha256": found[0][0], "at": found[0][1], "times": 1}
        op.get_bind().execute(
            sa.text("UPDATE device SET items = :items WHERE id = :id"), {"items": json.dumps(items), "id": device_id}
        )


def downgrade() -> None:
    op.execute(
        "UPDATE config_version SET content_digest = substr(content_digest, 6) WHERE content_digest LIKE 'item:%'"
    )
    for index, table, _ in reversed(_INDEXES):
        op.drop_index(index, table_name=table)
    for table, columns in reversed(_ADDED):
        for name, _, _ in reversed(columns):
            # In place: a table that is made anew is dropped first, and with it every row that refers to its rows.
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    for table in ("logical_id", "contact", "phonebook", "audit"):
        op.drop_table(table)
