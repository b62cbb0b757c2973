"""Whatever a file says, its import says too: no key lost, no value changed, in every dialect that is spoken."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from acs import formats
from acs.domain.phones.catalogue import GENERIC, MODELS, Model
from acs.domain.phones.importing import Imported, Target, import_document, marked
from acs.domain.phones.layers import Layer, resolve, validate
from acs.domain.phones.render import render
from acs.domain.phones.sheet import ORDER
from acs.errors import BadSettings
from acs.formats import CODECS, ConfigDocument, Dialect, Item, Module
from acs.formats.document import item_of, unwritable
from acs.formats.fanvil_text import KEY_WIDTH

pytestmark = pytest.mark.slow

MODELS_OF = {1: ("X4", "H5", "C58"), 2: ("X6U", "X3U", "V67")}
values = st.one_of(
    st.sampled_from(
        ["", "0", "1", "2", "5060", "a:b", " ", "x ", "http://h/?a=1&b=2", "PCMA,PCMU", "1001@1/bc", "SIP1"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30).filter(
        lambda text: unwritable(text) is None
    ),
)
known = {
    1: (
        (
            "GLOBAL CONFIG MODULE",
            "",
            ("WAN Mode", "Enable DHCP", "DHCP Auto DNS", "Primary DNS", "Time Zone", "Language"),
        ),
        ("SIP CONFIG MODULE", "", ("SIP  Port", "Notify Reboot")),
        ("SIP CONFIG MODULE", "SIP Line List", ("SIP1 Phone Number", "SIP1 Enable Reg", "SIP9 Phone Number")),
        ("PHONE CONFIG MODULE", "Function Key", ("Fkey1 Type", "Fkey1 Value", "Fkey1 Title", "Fkey99 Type")),
        ("MMI CONFIG MODULE", "MMI Account", ("Account1 Name", "Account1 Password", "Account1 Level")),
        ("TR069 CONFIG MODULE", "", ("Enable TR069", "ACS URL", "Periodix Interval", "ParameterKey")),
        ("AUTOUPDATE CONFIG MODULE", "", ("Download Server IP", "Config File Name", "Download Protocol")),
    ),
    2: (
        ("NET CONFIG MODULE", "", ("Enable DHCP", "Enable PPPoE", "DHCP Auto DNS", "Primary DNS", "Secondary DNS")),
        ("SIP CONFIG MODULE", "", ("SIP  Port", "Notify Reboot")),
        ("SIP CONFIG MODULE", "SIP Line List", ("SIP1 Phone Number", "SIP1 Enable Reg", "SIP99 Phone Number")),
        ("PHONE FEATURE MODULE", "Display Input", ("Host Name", "Default Language")),
        ("DSSKEY CONFIG MODULE", "Sidekey Config1", ("Fkey1 Type", "Fkey1 Value", "Fkey1 ICON", "Fkey9 Type")),
        ("DSSKEY CONFIG MODULE", "Dsskey Config2", ("Fkey1 Type", "Fkey1 Value", "Fkey1 Title", "Fkey99 Type")),
        ("AUTOUPDATE CONFIG MODULE", "Net Option", ("DHCP Option", "Save DHCP Opion")),
        ("AUTOUPDATE CONFIG MODULE", "", ("Flash Server IP", "Flash File Name", "Flash Protocol")),
    ),
}
words = st.text("ABCXYZabcxyz0189-.", min_size=1, max_size=8).filter(lambda word: word[0].isalpha())
keys = st.lists(words, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([" ".join(parts), "  ".join(parts), " ".join(parts).upper()])
)
prefixes = st.sampled_from(["", "", "SIP1 ", "P1 ", "Fkey3 ", "Account2 ", "XML-PBook1 ", "Item7 "])
sections = st.sampled_from(["", "", "SIP Line List", "Port Config", " Agent Config", "New List", "Dsskey Config2"])
strange_modules = st.sampled_from(
    ["MY NEW MODULE", "android", "My New Module", "SIP Hotspot MODULE", "VPN CONFIG MODULE"]
)


@st.composite
def documents(draw: st.DrawFn, generation: int) -> ConfigDocument:
    """Documents with modelled keys, unknown ones, odd spacing, and keys that stand in several places or twice."""
    modules: dict[str, list[Item]] = {ORDER[generation][0]: [Item("MTU Length", "1500")]}
    for _ in range(draw(st.integers(0, 20))):
        if draw(st.booleans()):
            module, section, names = draw(st.sampled_from(known[generation]))
            name = draw(st.sampled_from(names))
        else:
            module = draw(strange_modules | st.sampled_from(ORDER[generation]))
            section, name = draw(sections), draw(prefixes) + draw(keys)
        item = item_of(name, draw(values), section=section)
        if draw(st.integers(0, 9)) == 0:
            item = item._replace(value="", masked=True)
        modules.setdefault(module, []).append(item)
    return ConfigDocument(tuple(Module(name, tuple(items)) for name, items in modules.items()), "2.0002").ordered()


def said(document: ConfigDocument) -> Counter[Any]:
    return Counter((m.casefold(), i.section, i.index, i.key, i.value) for m, i in document if not i.masked)


def rendered(imported: Imported, scope: str, model: Model, dialect: Dialect) -> ConfigDocument:
    validate(imported.layer, scope=scope)
    document = render(resolve([Layer(scope, imported.layer)]), model=model, dialect=dialect)
    return formats.read(formats.write(document, dialect))


@pytest.mark.parametrize("dialect", CODECS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(data=st.data())
def test_no_key_is_lost_and_no_value_changed(dialect: Dialect, data: st.DataObject) -> None:
    document = data.draw(documents(dialect.generation))
    try:
        file = formats.write(document, dialect)
    except BadSettings:
        assume(False)
    read = formats.read(file)
    spoken = formats.detect(file)
    assert spoken is not None
    assume(spoken.generation == dialect.generation)
    model = MODELS.get(data.draw(st.sampled_from(MODELS_OF[dialect.generation])), GENERIC)
    scope = data.draw(st.sampled_from(["devices/1", "models/X", "groups/g", "global"]))
    imported = import_document(read, dialect=spoken, targets=[Target(model, dialect)], scope=scope, model=model)

    noted = (*imported.understood, *imported.raw, *imported.left, *imported.refused)
    whole = marked(read, spoken)
    assert Counter((note.module, note.item) for note in noted) == Counter(whole)
    assert Counter((name, item.name, item.value) for name, item in whole) == Counter(
        (name, item.name, item.value) for name, item in read
    )
    assert all(note.reason for note in (*imported.left, *imported.refused))
    aside = Counter(
        (n.module.casefold(), n.item.section, n.item.index, n.item.key, n.item.value) for n in imported.refused
    )
    assert said(rendered(imported, scope, model, spoken)) == said(whole) - aside
    # What can be refused at all are names that two keys share, which phones take for one.
    folded = Counter(
        (n.module.casefold().replace(" ", ""), n.item.name[:KEY_WIDTH].casefold().replace(" ", "")) for n in noted
    )
    for note in imported.refused:
        shared = (note.module.casefold().replace(" ", ""), note.item.name[:KEY_WIDTH].casefold().replace(" ", ""))
        assert folded[shared] > 1


@pytest.mark.parametrize("dialect", CODECS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(data=st.data())
def test_importing_twice_changes_nothing(dialect: Dialect, data: st.DataObject) -> None:
    document = data.draw(documents(dialect.generation))
    try:
        file = formats.write(document, dialect)
    except BadSettings:
        assume(False)
    spoken = formats.detect(file)
    assert spoken is not None
    assume(spoken.generation == dialect.generation)

    def imported(content: ConfigDocument) -> Imported:
        return import_document(content, dialect=spoken or dialect, targets=[], scope="devices/1", model=GENERIC)

    once = rendered(imported(formats.read(file)), "devices/1", GENERIC, spoken)
    again = rendered(imported(once), "devices/1", GENERIC, spoken)
    # A marker goes with the last key that stood behind it, and then names tell the lists.
    assert Counter((m, i.name, i.value) for m, i in again) == Counter((m, i.name, i.value) for m, i in once)
