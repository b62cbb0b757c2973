from typing import Any

import pytest
from pydantic import ValidationError

from acs.domain.phones.config import PhoneConfig


@pytest.mark.parametrize(
    "document",
    [
        {"network": {"hostname": "x" * 63, "dns": ["10.0.0.1", "fe80::1"], "address": "", "vlan": {"id": 4094}}},
        {"network": {"mode": "static", "netmask": "255.255.254.0"}},
        {"autoprovision": {"dhcp_option": 43, "server_url": "tftp://10.0.0.1/$mac.cfg"}},
        {"autoprovision": {"dhcp_option": 254, "server_url": ""}},
        {"tr069": {"acs_url": "https://acs.example:7547/x?y=1", "periodic_interval": 1}},
        {"sip": {"lines": {"20": {"server": "[2001:db8::1]"}, "1": {"server": ""}}}},
        {"locale": {"language": "16"}},
        {"encryption": {"enabled": False, "device_key": "aB" * 32}},
        {"encryption": {"enabled": True, "deliver": True, "container": "aes-256-ecb"}},
        {"raw": {"M": {"a": 1, "--S--": {"b": "x"}}}},
        {"phonebook": {"phonebook_id": "p", "file_id": None, "format": "vcf"}},
        {"phonebook": {"format": "csv"}},
        {"phonebook": {"file_id": "f", "phonebook_id": None}},
    ],
)
def test_what_can_be_said(document: dict[str, Any]) -> None:
    assert PhoneConfig.model_validate(document).model_dump(exclude_unset=True) == document


@pytest.mark.parametrize(
    "document",
    [
        {"network": {"hostname": "x" * 64}},
        {"network": {"hostname": "-x"}},
        {"network": {"hostname": "a b"}},
        {"network": {"address": "10.0.0.256"}},
        {"network": {"netmask": "255.0.255.0"}},
        {"network": {"gateway": "fe80::1"}},
        {"network": {"dns": ["a.example"]}},
        {"network": {"dns": ["10.0.0.1", "10.0.0.2", "10.0.0.3"]}},
        {"network": {"vlan": {"id": 4095}}},
        {"autoprovision": {"dhcp_option": 67}},
        {"autoprovision": {"server_url": "http://user:pw@10.0.0.1/"}},
        {"autoprovision": {"server_url": "gopher://10.0.0.1/"}},
        {"autoprovision": {"server_url": "http:///x"}},
        {"autoprovision": {"server_url": "http://h:99999/"}},
        {"autoprovision": {"interval_hours": 0}},
        {"tr069": {"acs_url": "ftp://h/"}},
        {"sip": {"lines": {"1": {"server": "sip:10.1.2.3"}}}},
        {"sip": {"lines": {"1": {"server": "a b"}}}},
        {"sip": {"lines": {"1": {"transport": "TLS"}}}},
        {"sip": {"lines": {"1": {"codecs": []}}}},
        {"sip": {"lines": {"1": {"codecs": ["PCMA/16000"]}}}},
        {"sip": {"lines": {"1": {"display_name": "x" * 129}}}},
        {"sip": {"lines": {"1": {"enabled": 1}}}},
        {"sip": {"lines": {"01": {}}}},
        {"locale": {"language": "German"}},
        {"encryption": {"enabled": "yes"}},
        {"encryption": {"container": "plain"}},
        {"encryption": {"container": "aes-unheard-of"}},
        {"encryption": {"device_key": "ab"}},
        {"encryption": {"common_key": "g" * 64}},
        {"time": {"timezone": "CET+1"}},
        {"raw": {"M": {"a": True}}},
        {"raw": {"M": {"--S--": {"a": {"b": {"c": "d"}}}}}},
        {"raw": {"M": {"a": [1]}}},
        {"raw": {"M": {"a": []}}},
        {"sip": {"lines": {"1": {"user": ""}}}},
        {"sip": {"lines": {"1": {"enabled": True, "user": ""}}}},
        {"network": {"netmask": "0.255.255.255"}},
        {"web": {"accounts": {"1": {"password": ""}}}},
        {"certificates": [{"file_id": "a"}] * 33},
        {"phonebook": {"phonebook_id": "p", "file_id": "f"}},
        {"phonebook": {"file_id": "f", "format": "vcf"}},
        {"phonebook": {"phonebook_id": "p", "format": "pdf"}},
    ],
)
def test_what_cannot(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PhoneConfig.model_validate(document)
