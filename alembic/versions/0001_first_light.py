"""First light.

Revision 0001, after nothing.
"""

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("last_used_at", sa.Float(), nullable=True),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("md5", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("oui", sa.String(), nullable=False),
        sa.Column("serial_number", sa.String(), nullable=True),
        sa.Column("product_class", sa.String(), nullable=False),
        sa.Column("manufacturer", sa.String(), nullable=False),
        sa.Column("mac", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("cwmp_namespace", sa.String(), nullable=False),
        sa.Column("software_version", sa.String(), nullable=False),
        sa.Column("hardware_version", sa.String(), nullable=False),
        sa.Column("ip_address", sa.String(), nullable=False),
        sa.Column("connection_request_url", sa.String(), nullable=False),
        sa.Column("parameter_key", sa.String(), nullable=False),
        sa.Column("methods", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("inform_digest", sa.String(), nullable=False),
        sa.Column("last_events", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.Float(), nullable=True),
        sa.Column("last_inform_at", sa.Float(), nullable=True),
        sa.Column("last_boot_at", sa.Float(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("credentials", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("password_sealed", sa.String(), nullable=True),
        sa.Column("offered_password_sealed", sa.String(), nullable=True),
        sa.Column("cr_username", sa.String(), nullable=False),
        sa.Column("cr_password_sealed", sa.String(), nullable=True),
        sa.Column("bootstraps", sa.JSON(), nullable=False),
        sa.Column("config_state", sa.String(), nullable=False),
        sa.Column("config_desired_version", sa.String(), nullable=False),
        sa.Column("config_reported_version", sa.String(), nullable=False),
        sa.Column("config_evidence", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("firmware", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index("ix_device_group", ["group_name"], unique=False)
        batch_op.create_index("ix_device_identity", ["oui", "serial_number"], unique=True)
        batch_op.create_index("ix_device_mac", ["mac"], unique=False)
        batch_op.create_index("ix_device_model", ["model"], unique=False)
        batch_op.create_index("ix_device_username", ["username"], unique=True)

    op.create_table(
        "settings_layer",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("secrets_sealed", sa.String(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "config_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("dialect", sa.String(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("applied_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("config_version", schema=None) as batch_op:
        batch_op.create_index("ix_config_version_device", ["device_id", "id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_device", ["device_id", "id"], unique=False)

    op.create_table(
        "file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("md5", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["blob.sha256"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.create_index("ix_file_kind", ["kind", "id"], unique=False)

    op.create_table(
        "link",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=True),
        sa.Column("file_id", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("served", sa.JSON(), nullable=False),
        sa.Column("first_at", sa.Float(), nullable=True),
        sa.Column("complete_at", sa.Float(), nullable=True),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index("ix_link_device_blob", ["device_id", "sha256", "name"], unique=False)
        batch_op.create_index("ix_link_task", ["task_id"], unique=False)

    op.create_table(
        "parameter_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=True),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("parameter_change", schema=None) as batch_op:
        batch_op.create_index("ix_parameter_change_device", ["device_id", "id"], unique=False)

    op.create_table(
        "parameter_tree",
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_device_id"), ["device_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("in_flight", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("fault", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_expiry", ["open", "expires_at"], unique=False)
        batch_op.create_index("ix_task_open", ["device_id", "open", "priority", "id"], unique=False)
        batch_op.create_index("ix_task_state", ["state", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("ix_task_state")
        batch_op.drop_index("ix_task_open")
        batch_op.drop_index("ix_task_expiry")

    op.drop_table("task")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_device_id"))

    op.drop_table("session")
    op.drop_table("parameter_tree")
    with op.batch_alter_table("parameter_change", schema=None) as batch_op:
        batch_op.drop_index("ix_parameter_change_device")

    op.drop_table("parameter_change")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index("ix_link_task")
        batch_op.drop_index("ix_link_device_blob")

    op.drop_table("link")
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_index("ix_file_kind")

    op.drop_table("file")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_device")

    op.drop_table("event")
    with op.batch_alter_table("config_version", schema=None) as batch_op:
        batch_op.drop_index("ix_config_version_device")

    op.drop_table("config_version")
    op.drop_table("settings_layer")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index("ix_device_username")
        batch_op.drop_index("ix_device_model")
        batch_op.drop_index("ix_device_mac")
        batch_op.drop_index("ix_device_identity")
        batch_op.drop_index("ix_device_group")

    op.drop_table("device")
    op.drop_table("blob")
    op.drop_table("api_token")
