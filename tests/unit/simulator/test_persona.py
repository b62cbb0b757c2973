import pytest

from acs.errors import BadRequest
from acs.simulator.persona import EXTRA, ROOTS, Identity, Profile, enlarged, model, models, schema, tree_order


@pytest.mark.parametrize("profile", ["common", "ctc"])
@pytest.mark.parametrize("name", sorted(models()))
def test_every_model_has_a_tree_in_every_profile(profile: Profile, name: str) -> None:
    tree = schema(profile, model(name))
    assert all(path.startswith(ROOTS[profile]) for path in tree.parameters)
    assert list(tree.parameters) == sorted(tree.parameters, key=tree_order)
    assert tree.objects[tree.root] is False
    lines = [path for path in tree.objects if path.endswith(f"Line.{model(name).lines}.")]
    assert len(lines) == 1
    assert tree.objects[lines[0]] is True


FORCED = {
    "common": {
        "RootDataModelVersion",
        "DeviceInfo.HardwareVersion",
        "DeviceInfo.SoftwareVersion",
        "DeviceInfo.ProvisioningCode",
        "ManagementServer.ParameterKey",
        "ManagementServer.ConnectionRequestURL",
        "ManagementServer.AliasBasedAddressing",
    },
    "ctc": {
        "DeviceSummary",
        "DeviceInfo.SpecVersion",
        "DeviceInfo.HardwareVersion",
        "DeviceInfo.SoftwareVersion",
        "DeviceInfo.ProvisioningCode",
        "ManagementServer.ParameterKey",
        "ManagementServer.ConnectionRequestURL",
        "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress",
    },
}


@pytest.mark.parametrize("profile", ["common", "ctc"])
def test_forced_inform_parameters_are_those_of_the_data_models(profile: Profile) -> None:
    tree = schema(profile, model("X4"))
    assert {path.removeprefix(tree.root) for path in tree.forced} == FORCED[profile]


def test_phones_of_one_kind_share_their_tree() -> None:
    assert schema("common", model("X4")) is schema("common", model("x4"))


def test_passwords_are_hidden() -> None:
    tree = schema("common", model("X4"))
    hidden = {path.rpartition(".")[2] for path, parameter in tree.parameters.items() if parameter.hidden}
    assert hidden == {"Password", "ConnectionRequestPassword", "STUNPassword", "AuthPassword", "AdminPassword"}


def test_an_identity_is_written_as_fanvil_writes_it() -> None:
    who = Identity(mac="00a859f6a238", model=model("X4"), profile="ctc", ip_address="10.0.0.1")
    assert who.serial_number == "00100400FV020010000000a859f6a238"
    assert len(who.serial_number) == 32
    assert who.oui == "00A859"
    assert who.mac_with_colons == "00:A8:59:F6:A2:38"
    assert who.user_agent("2.10.2.6887") == "Fanvil X4 2.10.2.6887 00a859f6a238"


def test_unknown_models_are_refused_by_name() -> None:
    with pytest.raises(BadRequest, match="no simulated phone model 'Z9'"):
        model("Z9")


def test_a_tree_may_be_enlarged_and_is_made_once() -> None:
    small, large = enlarged("common", model("X4"), 0), enlarged("common", model("X4"), 150)
    assert small is schema("common", model("X4"))
    assert len(large.parameters) == len(small.parameters) + 150
    assert f"Device.{EXTRA}2.P49" in large.parameters
    assert enlarged("common", model("X4"), 150) is large


@pytest.mark.parametrize("name", ["X4", "X7"])
def test_a_voice_service_of_tr_104_v2(name: str) -> None:
    tree = schema("common", model(name), "v2")
    service = "Device.Services.VoiceService.1."
    assert not [path for path in tree.parameters if "VoiceProfile" in path]
    lines = model(name).lines
    for table in ("CallControl.Line", "SIP.Client", "SIP.Network", "CallControl.CallingFeatures.Set"):
        assert f"{service}{table}.{lines}." in tree.objects
        assert f"{service}{table}.{lines + 1}." not in tree.objects
    last = tree.parameters[f"{service}CallControl.Line.{lines}.Provider"]
    assert last.default == f"{service}SIP.Client.{lines}"
    assert tree.parameters[f"{service}SIP.Client.1.AuthPassword"].hidden
    assert tree.parameters[f"{service}CallControl.Line.1.Enable"].type == "boolean"
    rest = {path for path in schema("common", model(name)).parameters if not path.startswith(service)}
    assert rest == {path for path in tree.parameters if not path.startswith(service)}
