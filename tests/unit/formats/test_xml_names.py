import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from acs.formats import xml_names

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.text(
    "_x04AF.- 1é/", min_size=1, max_size=14
)


@given(NAMES)
def test_any_name_comes_back(name: str) -> None:
    for dots in (False, True):
        tag = xml_names.escaped(name, dots=dots)
        assert etree.fromstring(f"<{tag}/>").tag == tag
        assert xml_names.unescaped(tag, dots=dots) == name
        assert not dots or "." not in tag
    tag = xml_names.underscored(name)
    assert etree.fromstring(f"<{tag}/>").tag == tag
    assert xml_names.spaced_out(tag) == name


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("SIP  Port", "SIP__Port"),
        ("DHCP Option 100-101", "DHCP_Option_100-101"),
        ("S.Timer Expire", "S.Timer_Expire"),
        ("Busy N/A Line", "Busy_N_x002F_A_Line"),
        ("Dial End With #", "Dial_End_With__x0023_"),
        ("a_b", "a_x005F_b"),
    ],
)
def test_spaces_are_underscores_in_old_files(name: str, tag: str) -> None:
    assert xml_names.underscored(name) == tag
    assert xml_names.spaced_out(tag) == name


@pytest.mark.parametrize("tag", ["_x0041_", "A_xD800_", "A_xFFFFFF_", "A_x000041_", "A_x12_"])
def test_an_escape_that_would_not_be_written_is_none(tag: str) -> None:
    assert xml_names.unescaped(tag) == tag
    assert xml_names.spaced_out(tag) == tag.replace("_", " ")


def test_content_is_escaped() -> None:
    assert xml_names.text("plain \"'\t") == "plain \"'\t"
    assert xml_names.text("<a> & ]]>") == "&lt;a&gt; &amp; ]]&gt;"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="_"), min_size=1, max_size=300))
def test_a_written_name_counts_as_long_as_it_was(name: str) -> None:
    assert xml_names.plain_length(xml_names.escaped(name)) == len(name)
