"""The words of each task type, for the OpenAPI document; the programs themselves check what they are given.

A test holds the list to ``acs.domain.planning.programs``, and every example here passes its program's check.
"""

from typing import Any, Final

_NAME = {"type": "string", "maxLength": 256}
_NAMES = {"type": "array", "items": _NAME, "minItems": 1}
_VALUE = {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}
_KEY = {"type": "string", "maxLength": 32}
_NAMED_VALUE = {
    "type": "object",
    "required": ["name", "value"],
    "properties": {"name": _NAME, "value": _VALUE, "type": {"type": "string", "examples": ["xsd:unsignedInt"]}},
    "additionalProperties": False,
}
_ATTRIBUTE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": _NAME,
        "notification": {"type": "integer", "minimum": 0, "maximum": 6},
        "access_list": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}

TASKS: Final[dict[str, tuple[str, dict[str, Any], tuple[str, ...], dict[str, Any]]]] = {
    "get_rpc_methods": ("Ask which RPCs the phone knows.", {}, (), {}),
    "get_parameter_names": (
        "List parameters and objects below a path.",
        {"path": _NAME, "next_level": {"type": "boolean", "default": False}},
        (),
        {"path": "Device.DeviceInfo.", "next_level": True},
    ),
    "get_parameter_values": (
        "Read parameters by full path, or by partial path that ends in a dot.",
        {"names": _NAMES},
        ("names",),
        {"names": ["Device.DeviceInfo.SoftwareVersion"]},
    ),
    "set_parameter_values": (
        "Write parameters; types are found out where they are not given, and values are read back.",
        {
            "values": {"type": "array", "items": _NAMED_VALUE, "minItems": 1},
            "parameter_key": _KEY,
            "atomic": {
                "type": "boolean",
                "default": False,
                "description": "In one SetParameterValues or not at all: never cut in batches.",
            },
            "reboot": {
                "type": "boolean",
                "default": False,
                "description": "Restart a phone that has only stored the values (Status 1), then read them back.",
            },
        },
        ("values",),
        {"values": [{"name": "Device.ManagementServer.PeriodicInformInterval", "value": 600}]},
    ),
    "get_parameter_attributes": (
        "Read notification and access list.",
        {"names": _NAMES},
        ("names",),
        {"names": ["Device.DeviceInfo.SoftwareVersion"]},
    ),
    "set_parameter_attributes": (
        "Change notification or access list.",
        {"attributes": {"type": "array", "items": _ATTRIBUTE, "minItems": 1}},
        ("attributes",),
        {"attributes": [{"name": "Device.DeviceInfo.SoftwareVersion", "notification": 2}]},
    ),
    "add_object": (
        "Make an instance of an object, and set values in it.",
        {
            "object_name": _NAME,
            "values": {"type": "object", "additionalProperties": _VALUE},
            "parameter_key": _KEY,
        },
        ("object_name",),
        {"object_name": "Device.Services.VoiceService.1.VoiceProfile.", "values": {"Enable": "Enabled"}},
    ),
    "delete_object": (
        "Delete an instance of an object.",
        {"object_name": _NAME, "parameter_key": _KEY},
        ("object_name",),
        {"object_name": "Device.Services.VoiceService.1.VoiceProfile.2."},
    ),
    "reboot": ("Restart the phone; done when it says 1 BOOT.", {}, (), {}),
    "factory_reset": ("Reset the phone; done when it says 0 BOOTSTRAP.", {}, (), {}),
    "download": (
        'Hand over a file: kind "config" renders this phone\'s own configuration, file_id is an uploaded file, url '
        "(with file_type) any other.",
        {
            "kind": {"const": "config"},
            "file_id": {"type": "string"},
            "url": {"type": "string", "format": "uri", "maxLength": 256},
            "file_type": {"type": "string", "examples": ["1 Firmware Upgrade Image", "3 Vendor Configuration File"]},
            "file_size": {"type": "integer", "minimum": 0},
            "target_file_name": {"type": "string", "maxLength": 256},
            "username": {"type": "string", "maxLength": 256},
            "password": {"type": "string", "maxLength": 256},
        },
        (),
        {"kind": "config"},
    ),
    "upload": (
        "Make the phone send a file.",
        {"file_type": {"type": "string", "maxLength": 64}},
        ("file_type",),
        {"file_type": "1 Vendor Configuration File"},
    ),
}
"""Type: what it does, its arguments, the required ones, and an example."""


def schemas() -> dict[str, dict[str, Any]]:
    """Give one named schema for each type, and their union under ``TaskRequest``."""
    made: dict[str, dict[str, Any]] = {}
    for name, (about, arguments, required, example) in TASKS.items():
        made[_title(name)] = {
            "type": "object",
            "title": _title(name),
            "description": about,
            "required": ["type", *required],
            "properties": {
                "type": {"const": name, "type": "string"},
                **arguments,
                "expires_in": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "description": "Seconds until the task is given up if the phone does not call.",
                },
            },
            "additionalProperties": False,
            "examples": [{"type": name, **example}],
        }
    made["TaskRequest"] = {
        "title": "TaskRequest",
        "oneOf": [{"$ref": f"#/components/schemas/{_title(name)}"} for name in TASKS],
        "discriminator": {
            "propertyName": "type",
            "mapping": {name: f"#/components/schemas/{_title(name)}" for name in TASKS},
        },
    }
    return made


def _title(name: str) -> str:
    return "Task" + "".join(part.capitalize() for part in name.split("_"))
