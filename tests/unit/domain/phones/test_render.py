import pytest

from acs import formats
from acs.domain.phones.catalogue import GENERIC, MODELS
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import ITEM_KEYS, Links, item_document, next_version, render
from acs.errors import BadSettings
from acs.formats import Dialect

NOTHING = resolve([])


def test_links_become_commands() -> None:
    links = Links(
        phonebook="http://h/p.xml", firmware="http://h/f.z", certificates=("http://h/a.pem", "http://h/b.pem")
    )
    document = render(NOTHING, model=MODELS["X4"], dialect=Dialect.TEXT1, links=links)
    assert [(item.key, item.value) for _, item in document] == [
        ("Auto Image Url", "http://h/f.z"),
        ("Auto Pbook Url", "http://h/p.xml"),
        ("Auto etc Url", "http://h/a.pem"),
    ]


def test_a_link_that_the_model_does_not_take() -> None:
    with pytest.raises(BadSettings, match="C600") as caught:
        render(NOTHING, model=MODELS["C600"], dialect=Dialect.TEXT1, links=Links(background="http://h/b.bmp"))
    assert caught.value.field == "background.file_id"


def test_a_raw_command_is_overruled_by_a_newer_file() -> None:
    layers = [
        Layer("global", {"raw": {"AUTOUPDATE CONFIG MODULE": {"Auto Pbook Url": "http://old/"}}}),
        Layer("devices/1", {"phonebook": {"file_id": "f"}}),
    ]
    document = render(resolve(layers), model=GENERIC, dialect=Dialect.TEXT2, links=Links(phonebook="http://new/"))
    assert document.get("AUTOUPDATE CONFIG MODULE", "Auto Pbook Url") == "http://new/"


def test_a_raw_command_is_overruled_by_a_newer_book_and_overrules_an_older_one() -> None:
    raw = {"raw": {"AUTOUPDATE CONFIG MODULE": {"Auto Pbook Url": "http://raw/"}}}
    book = {"phonebook": {"phonebook_id": "p"}}
    for first, second, url in ((raw, book, "http://book/"), (book, raw, "http://raw/")):
        resolved = resolve([Layer("global", first), Layer("devices/1", second)])
        document = render(resolved, model=GENERIC, dialect=Dialect.TEXT2, links=Links(phonebook="http://book/"))
        assert document.get("AUTOUPDATE CONFIG MODULE", "Auto Pbook Url") == url


def test_the_same_settings_give_the_same_bytes() -> None:
    one = resolve([Layer("global", {"sip": {"lines": {"2": {"user": "b"}, "1": {"user": "a"}}}})])
    two = resolve([Layer("global", {"sip": {"lines": {"1": {"user": "a"}, "2": {"user": "b"}}}})])
    first, second = (render(resolved, model=GENERIC, dialect=Dialect.TEXT2) for resolved in (one, two))
    assert formats.write(first, Dialect.TEXT2) == formats.write(second, Dialect.TEXT2)
    assert first.version is None


def test_a_value_that_breaks_files_never_gets_into_one() -> None:
    layers = [Layer("global", {"raw": {"SIP CONFIG MODULE": {"SIP1 Display Name": "x\r\n<GLOBAL CONFIG MODULE>"}}})]
    with pytest.raises(BadSettings, match="line break"):
        render(resolve(layers), model=GENERIC, dialect=Dialect.TEXT2)


@pytest.mark.parametrize("dialect", [dialect for dialect in formats.CODECS if dialect is not Dialect.DOTTED])
@pytest.mark.parametrize("kind", ITEM_KEYS)
def test_item_documents(kind: str, dialect: Dialect) -> None:
    document = item_document(kind, "http://h/t/x/file.bin", dialect=dialect)
    data = formats.write(document.with_version("2.0003"), dialect)
    assert formats.read(data).get("AUTOUPDATE CONFIG MODULE", ITEM_KEYS[kind]) == "http://h/t/x/file.bin"


def test_item_documents_that_cannot_be() -> None:
    with pytest.raises(BadSettings, match="music"):
        item_document("music", "http://h/")
    with pytest.raises(BadSettings, match="dotted"):
        item_document("firmware", "http://h/", dialect=Dialect.DOTTED)
    with pytest.raises(BadSettings, match="line break"):
        item_document("firmware", "http://h/\r\nx")


@pytest.mark.parametrize(
    ("previous", "dialect", "following"),
    [
        ("2.0002", Dialect.TEXT1, "2.0003"),
        ("2.0009", Dialect.TEXT1, "2.0010"),
        ("2.9999", Dialect.TEXT1, "3.0000"),
        ("2.0003000000", Dialect.SYSCONF, "2.0003000001"),
        ("9.99", Dialect.TEXT2, "10.00"),
        ("7", Dialect.TEXT2, "8"),
        (None, Dialect.TEXT1, "2.0003"),
        (None, Dialect.TEXT2, "2.0003000000"),
        ("", Dialect.TEXT1, "2.0003"),
        ("sha256:ab", Dialect.SYSCONF, "2.0003000000"),
    ],
)
def test_versions_rise(previous: str | None, dialect: Dialect, following: str) -> None:
    assert next_version(previous, dialect) == following


def test_the_first_version_is_above_the_factory_ones_however_a_phone_compares() -> None:
    for factory in ("2.0002", "2.0000000000"):
        for dialect in (Dialect.TEXT1, Dialect.TEXT2):
            first = next_version(None, dialect)
            assert float(first) > float(factory)
            if len(first) >= len(factory):
                assert int(first.replace(".", "")) > int(factory.replace(".", ""))
