"""What oddities and refusals mean, for people: one line for each code that reading a message may note or refuse with.

Numbers are those of the list of known device quirks (``quirks.md``). Where the list has no number of its own for a
code, the nearest one is given that describes the habit, or none.
"""

from typing import Final, NamedTuple

from cwmp_schemas.sanitize import Oddity


class Meaning(NamedTuple):
    """What lies behind a code."""

    quirk: int | None
    text: str


MEANINGS: Final[dict[str, Meaning]] = {
    # Bytes and characters
    "byte_order_mark": Meaning(26, "a byte order mark stands before the XML"),
    "leading_garbage": Meaning(26, "something stands before the envelope; it was skipped"),
    "trailing_garbage": Meaning(26, "something stands behind the envelope; it was cut off"),
    "illegal_character": Meaning(25, "characters that XML does not allow were removed"),
    "unknown_charset": Meaning(22, "the named character set is not known; another one was tried"),
    "wrong_charset": Meaning(24, "the bytes are not in the character set that they claim"),
    "lone_ampersand": Meaning(68, "a bare & in text was read as &amp;"),
    "recovered": Meaning(68, "the XML is not well-formed; what could be understood of it was read"),
    # Envelope and headers
    "soap_namespace": Meaning(41, "the envelope has another namespace than SOAP 1.1's"),
    "missing_header": Meaning(46, "there is no SOAP Header, so no cwmp:ID either; answers are matched by order"),
    "missing_id": Meaning(46, "there is no cwmp:ID; answers are matched by order"),
    "must_understand": Meaning(48, 'the header lacks mustUnderstand="1"'),
    "unknown_header": Meaning(48, "a header that CWMP does not have; it was passed over"),
    "missing_body": Meaning(30, "there is no SOAP Body; perhaps the message was cut off"),
    "several_in_body": Meaning(50, "several messages in one envelope; only the first one was read"),
    # The message
    "cwmp_namespace": Meaning(43, "the namespace is none of the standard's; answers use it all the same"),
    "cwmp_namespace_missing": Meaning(42, "the message is not in the CWMP namespace; one declared around it was taken"),
    "unknown_method": Meaning(None, "no method of CWMP 1.0 to 1.4; it is answered with a fault"),
    "qualified_child": Meaning(41, "an element has a namespace prefix that it must not have"),
    "element_name": Meaning(41, "an element has another spelling than the standard's"),
    "unknown_element": Meaning(41, "an element that the standard does not have here; it was passed over"),
    "order": Meaning(216, "elements are not in the order of the schema"),
    "duplicate_element": Meaning(60, "an element comes twice; the first one was read"),
    "missing": Meaning(60, "a required element is missing; a default was taken"),
    "wrapped_struct": Meaning(60, "structures are wrapped in an array that the standard does not have"),
    "stray_member": Meaning(51, "a member stands behind the end of its array; it was counted in"),
    "array_type_missing": Meaning(51, "an array has no arrayType"),
    "array_count": Meaning(51, "an array announces another number of members than it has"),
    "array_count_padded": Meaning(51, "an array's count is written in an odd way, such as [03]"),
    "encoding_namespace": Meaning(45, "arrayType is in another namespace than SOAP's encoding"),
    "member_name": Meaning(72, "members of an array have another name than their type"),
    "operation_type": Meaning(53, "an operation does not say which one it is; it was told by its content"),
    # Values
    "schema_namespace": Meaning(41, "xsi:type is in the namespace of an older XML Schema"),
    "type_missing": Meaning(52, "a value has no xsi:type; it was read as a string"),
    "odd_type": Meaning(53, "a value has a type that XML Schema does not have; the nearest one was taken"),
    "elements_in_value": Meaning(52, "a value holds elements; their text was taken"),
    "whitespace": Meaning(69, "blanks around a name, a code or a number were cut off"),
    "too_long": Meaning(71, "a text is longer than the standard allows"),
    "not_in_enumeration": Meaning(63, "a word or number that is not one of those the standard allows here"),
    "padded_number": Meaning(59, "a number is written with leading zeros"),
    "odd_number": Meaning(56, "a number is written in an odd way; its digits were taken"),
    "not_a_number": Meaning(56, "a number was expected; a default was taken"),
    "number_range": Meaning(56, "a number is larger or smaller than its type can hold"),
    "odd_boolean": Meaning(54, "a boolean is written in another way than 0, 1, false or true"),
    "odd_time": Meaning(57, "a time is not written as ISO 8601 wants it; it was kept as it is"),
    "time_without_zone": Meaning(57, "a time does not say in which zone it is"),
    # Who it is, and why it calls
    "empty_identity": Meaning(62, "OUI or serial number is empty; the parameters may tell it"),
    "odd_oui": Meaning(143, "the OUI is not six upper-case hexadecimal digits"),
    "no_event": Meaning(60, "an Inform without an event"),
    "odd_event_code": Meaning(63, "an event code is spelt otherwise than in the standard"),
    # Faults
    "fault_without_detail": Meaning(73, "a SOAP fault without a CWMP fault in it; it counts as 9002"),
    "odd_faultstring": Meaning(74, 'faultstring is not "CWMP fault"'),
    "odd_faultcode": Meaning(74, "faultcode is neither Client nor Server"),
}
"""Every code of an ``Oddity``."""

REFUSALS: Final[dict[str, Meaning]] = {
    "empty": Meaning(
        None, "there is no message: within a session an empty POST says that the phone has nothing to say"
    ),
    "too_big": Meaning(None, "the message is larger than any that a phone sends"),
    "too_many_elements": Meaning(None, "the message has more elements than any that a phone sends"),
    "too_many_parameters": Meaning(None, "the message has more array members than any that a phone sends"),
    "too_deep": Meaning(71, "elements are nested deeper than in any message of CWMP"),
    "name_too_long": Meaning(71, "a parameter name is longer than the standard allows by far"),
    "value_too_long": Meaning(71, "a value is longer than any that a phone sends"),
    "html": Meaning(77, "a web page, such as that of a proxy or a captive portal"),
    "doctype": Meaning(
        66, "a document type or entity declaration: never taken, for it may read files or exhaust memory"
    ),
    "not_xml": Meaning(77, "no XML with a SOAP envelope in it, or too broken to be understood"),
    "not_an_envelope": Meaning(41, "XML, but no SOAP envelope"),
    "truncated": Meaning(30, "the envelope does not end: what is missing would be taken for not there"),
    "soap_version": Meaning(41, "an envelope of SOAP 1.2, where TR-069 demands 1.1"),
    "scan": Meaning(28, "a call of TR-064 or UPnP, as worms send it to find routers"),
    "id_too_long": Meaning(47, "the cwmp:ID is far longer than the 32 characters of the standard"),
    "namespace_too_long": Meaning(43, "the CWMP namespace is longer than any that a phone sends"),
}
"""Every reason of a ``Refused``; each is answered with HTTP status 400."""


def quirk_of(oddity: Oddity) -> int | None:
    """The number of an oddity's quirk: what the reader noted, else the one of its code."""
    if oddity.quirk is not None:
        return oddity.quirk
    known = MEANINGS.get(oddity.code)
    return known.quirk if known is not None else None


def text_of(oddity: Oddity) -> str:
    """One line of explanation; for a code without one, the code in plain words."""
    known = MEANINGS.get(oddity.code)
    return known.text if known is not None else oddity.code.replace("_", " ")
