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

_DOWNLOAD = {
    "kind": {"enum": ["config", "phonebook"]},
    "file_id": {"type": "string"},
    "url": {"type": "string", "format": "uri", "maxLength": 256},
    "file_type": {"type": "string", "examples": ["1 Firmware Upgrade Image", "3 Vendor Configuration File"]},
    "file_size": {"type": "integer", "minimum": 0},
    "target_file_name": {"type": "string", "maxLength": 256},
    "username": {"type": "string", "maxLength": 256},
    "password": {"type": "string", "maxLength": 256},
}
_SECONDS = {"type": "integer", "minimum": 0, "description": "Seconds from the moment at which the phone is asked."}
_WINDOW = {
    "type": "object",
    "required": ["start", "end", "mode"],
    "properties": {
        "start": _SECONDS,
        "end": _SECONDS,
        "mode": {
            "type": "string",
            "maxLength": 64,
            "description": "any_time, immediately, when_idle or confirmation; TR-069's own words and a vendor's X … "
            "are taken too.",
            "examples": ["when_idle", "1 At Any Time"],
        },
        "user_message": {"type": "string", "maxLength": 256},
        "max_retries": {"type": "integer", "minimum": -1, "default": 0, "description": "-1: the phone decides."},
    },
    "additionalProperties": False,
}
_UUID = {"type": "string", "format": "uuid"}
_LOGIN = {"username": {"type": "string", "maxLength": 256}, "password": {"type": "string", "maxLength": 256}}
_OPERATION = {
    "oneOf": [
        {
            "type": "object",
            "required": ["type", *required],
            "properties": {"type": {"const": kind, "type": "string"}, **fields},
            "additionalProperties": False,
        }
        for kind, required, fields in (
            (
                "install",
                ["url"],
                {"url": {"type": "string", "maxLength": 1024}, "uuid": _UUID, **_LOGIN, "execution_env_ref": _NAME},
            ),
            (
                "update",
                [],
                {
                    "uuid": _UUID,
                    "version": {"type": "string", "maxLength": 32},
                    "url": {"type": "string", "maxLength": 1024},
                    **_LOGIN,
                },
            ),
            (
                "uninstall",
                ["uuid"],
                {"uuid": _UUID, "version": {"type": "string", "maxLength": 32}, "execution_env_ref": _NAME},
            ),
        )
    ]
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
        'Write parameters; types are found out where they are not given, and values are read back. kind "sip" in place '
        "of values brings the VoiceService to this phone's own SIP settings: it is read afresh, and only what differs "
        "is written.",
        {
            "kind": {"const": "sip"},
            "force": {
                "type": "boolean",
                "default": False,
                "description": 'With kind "sip": also where the phone\'s profile takes SIP settings by file.',
            },
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
        (),
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
        'Hand over a file: kind "config" renders this phone\'s own configuration, kind "phonebook" has it fetch the '
        "phone book of its settings, file_id is an uploaded file, url (with file_type) any other.",
        _DOWNLOAD,
        (),
        {"kind": "config"},
    ),
    "upload": (
        "Make the phone send a file; it is kept under GET /files, with the phone and the task.",
        {"file_type": {"type": "string", "maxLength": 64}},
        ("file_type",),
        {"file_type": "1 Vendor Configuration File"},
    ),
    "schedule_inform": (
        "Make the phone call by itself in some time; done when it does, and says so.",
        {"delay_seconds": {"type": "integer", "minimum": 1, "maximum": 31622400}},
        ("delay_seconds",),
        {"delay_seconds": 3600},
    ),
    "schedule_download": (
        "As download, but in one or two windows of time that do not overlap; proven alike. CWMP 1.2 and later.",
        {**_DOWNLOAD, "time_windows": {"type": "array", "items": _WINDOW, "minItems": 1, "maxItems": 2}},
        ("time_windows",),
        {"kind": "config", "time_windows": [{"start": 7200, "end": 14400, "mode": "when_idle"}]},
    ),
    "cancel_transfer": (
        "Make the phone give up the transfers with a CommandKey: the id of a task, or any other. CWMP 1.2 and later.",
        {"command_key": {"type": "string", "minLength": 1, "maxLength": 32}},
        ("command_key",),
        {"command_key": "01JD2Z6K7N8P9Q0R1S2T"},
    ),
    "get_queued_transfers": ("Which transfers that we asked for wait in the phone?", {}, (), {}),
    "get_all_queued_transfers": ("Which transfers wait in the phone, whoever asked? CWMP 1.1 and later.", {}, (), {}),
    "change_du_state": (
        "Install, update or uninstall software modules; done when the phone reports each result. CWMP 1.2 and later.",
        {"operations": {"type": "array", "items": _OPERATION, "minItems": 1, "maxItems": 64}},
        ("operations",),
        {"operations": [{"type": "install", "url": "http://files.example.net/module.pkg"}]},
    ),
    "set_vouchers": (
        "Hand over option vouchers.",
        {"vouchers": {"type": "array", "items": {"type": "string", "format": "byte"}, "minItems": 1, "maxItems": 64}},
        ("vouchers",),
        {"vouchers": ["PFZvdWNoZXIvPg=="]},
    ),
    "get_options": (
        "State of an option, or of all.",
        {"option_name": {"type": "string", "maxLength": 64, "default": ""}},
        (),
        {"option_name": ""},
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
