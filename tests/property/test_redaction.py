"""No call shows a secret that it was not asked to reveal, whatever the settings are."""

import asyncio
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acs.services import audit, config_history, configs, settings_audit
from acs.services import settings as layers
from acs.services.audit import Actor
from acs.services.context import Context
from acs.services.devices import device_row, register_device
from acs.storage.engine import Database, make_engine, sqlite_url
from tests.conftest import make_context

pytestmark = pytest.mark.slow

ANNA = Actor("t", "anna")
Step = tuple[dict[str, Any], dict[str, Any]]
"""Settings for all phones, and for the one."""

letters = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=6, max_size=20)
secret = letters.map(lambda text: f"hush{text}")
"""What must never be seen; told from everything else by how it begins."""
token = st.text("ABCDEFGH0123456789_-", min_size=31, max_size=60).map(lambda text: f"hush{text}")

raw_secrets = st.dictionaries(
    st.sampled_from(
        [
            "SIP1 Register Pswd",
            "Account1 Password",
            "LDAP1 Password",
            "Web Passwd",
            "Menu Pwd",
            "Config File Key",
            "P1 Crypto Key",
            "FTP_Password",
        ]
    ),
    secret,
)
raw_urls = st.dictionaries(
    st.sampled_from(["Auto Pbook Url", "Auto Image Url", "Some Url"]),
    st.one_of(
        secret.map(lambda text: f"http://user:{text}@10.0.0.1/x"),
        token.map(lambda text: f"http://10.0.0.1:7567/t/{text}/book.xml"),
        secret.map(lambda text: f"http://10.0.0.1/x?mac=1&access_token={text}&y=2"),
        letters,
    ),
)
lines = st.fixed_dictionaries({}, optional={"user": letters, "password": secret, "server": st.just("10.0.0.1")})
documents = st.fixed_dictionaries(
    {},
    optional={
        "sip": st.fixed_dictionaries({}, optional={"lines": st.dictionaries(st.sampled_from(["1", "2"]), lines)}),
        "web": st.fixed_dictionaries(
            {"accounts": st.fixed_dictionaries({"1": st.fixed_dictionaries({"name": letters, "password": secret})})}
        ),
        "tr069": st.fixed_dictionaries({"password": secret}),
        "autoprovision": st.fixed_dictionaries({"password": secret}),
        "raw": st.fixed_dictionaries(
            {},
            optional={
                "SIP CONFIG MODULE": raw_secrets,
                "MMI CONFIG MODULE": st.fixed_dictionaries({"--MMI Account--": raw_secrets}),
                "AUTOUPDATE CONFIG MODULE": raw_urls,
            },
        ),
    },
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(documents, documents), min_size=2, max_size=3), st.sampled_from(["X4", "X6U"]))
def test_nothing_is_shown_unasked(migrated: Path, steps: list[Step], model: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(migrated, folder / migrated.name)
        shown = asyncio.run(_everything_shown(folder, steps, model))
        stored = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert len(shown) == 11 + 2 * len(steps)
    for text in shown:
        assert "hush" not in text
    assert b"hush" not in stored


async def _everything_shown(folder: Path, steps: list[Step], model: str) -> list[str]:
    database = Database(make_engine(sqlite_url(folder)))
    try:
        return [text async for text in _answers(database, make_context(folder), steps, model)]
    finally:
        await database.close()


async def _answers(database: Database, ctx: Context, steps: list[Step], model: str) -> Any:
    body = {"mac": "0c383e000001", "model": model}
    device_id = (await database.write(lambda uow: register_device(uow, ctx, body)))["id"]
    versions = []
    for step in steps:
        for scope, document in zip(("global", f"devices/{device_id}"), step, strict=True):

            def put(uow: Any, scope: str = scope, document: dict[str, Any] = document) -> Any:
                return layers.put_layer(uow, ctx, scope, document)

            yield json.dumps((await database.write(settings_audit.audited(ctx, ANNA, "settings.put", scope, put)))[0])
        rendered = await database.write(lambda uow: configs.render_config(uow, ctx, device_id))
        blob = ctx.blobs.put(rendered.content, encrypted=True, max_bytes=10**6)

        def keep(uow: Any, rendered: Any = rendered, blob: Any = blob) -> None:
            configs.save_version(uow, ctx, device_id, rendered, blob)
            device_row(uow, device_id).config_reported_version = rendered.version

        await database.write(keep)
        versions.append(rendered.version)
    first = versions[0]
    for read in (
        lambda uow: config_history.explain(uow, ctx, device_id),
        lambda uow: config_history.diff(uow, ctx, device_id),
        lambda uow: config_history.diff(uow, ctx, device_id, against=first),
        lambda uow: config_history.list_versions(uow, device_id).items,
        lambda uow: config_history.get_version(uow, ctx, device_id, first).content.decode(),
        lambda uow: configs.config_text(uow, ctx, device_id).content.decode(),
        lambda uow: configs.config_text(uow, ctx, device_id, dialect="sysconf").content.decode(),
        lambda uow: layers.get_layer(uow, ctx, f"devices/{device_id}"),
        lambda uow: audit.list_audit(uow).items,
    ):
        yield json.dumps(await database.read(read))
    yield json.dumps(await database.write(lambda uow: config_history.roll_back(uow, ctx, device_id, first)))
    yield json.dumps(await database.read(lambda uow: config_history.diff(uow, ctx, device_id, against=first)))
