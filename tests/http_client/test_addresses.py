"""Which addresses are public: every special block at both ends, and what carries an IPv4 address inside."""

import pytest

from app.http_client.addresses import is_inside, is_public, read_address, read_networks


def words(text: str) -> list[str]:
    return text.split()


SPECIAL_IPV4 = words("""
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.0.0.1
127.255.255.255 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.9
192.0.0.170 192.0.0.255 192.0.2.0 192.0.2.255 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.0
192.168.255.255 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255
240.0.0.1 255.255.255.254 255.255.255.255
""")

PUBLIC_IPV4 = words("""
1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255
128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.167.255.255
192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
""")

SPECIAL_IPV6 = words("""
:: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8
64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::8.8.8.8 64:ff9b:1::1 100::1
100:0:0:1::1 1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1
2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff:ffff::1 2001:db8::1
2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2002:7f00:1:: 2002:a00:1::1 2002:808:808:: 2620:4f:8000::1 3fff::1
3fff:fff:ffff::1 4000:: 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 feb0::1 fec0::1 ff02::1 ff0e::1
""")

PUBLIC_IPV6 = words("""
2000::1 2001:200::1 2001:4860:4860::8888 2001:db7:ffff::1 2001:db9::1 2003::1 2606:4700:4700::1111
2620:4f:7fff::1 2a00:1450::1 3ffe::1 3fff:1000::1 64:ff9b::8.8.8.8
""")


@pytest.mark.parametrize("text", SPECIAL_IPV4 + SPECIAL_IPV6)
def test_an_address_for_a_special_purpose_is_not_public(text: str) -> None:
    assert not is_public(read_address(text))


@pytest.mark.parametrize("text", PUBLIC_IPV4 + PUBLIC_IPV6)
def test_an_address_beside_them_is_public(text: str) -> None:
    assert is_public(read_address(text))


@pytest.mark.parametrize("text", SPECIAL_IPV4)
def test_no_form_of_ipv6_smuggles_a_special_ipv4_address(text: str) -> None:
    number = int(read_address(text))
    groups, flipped = (f"{value >> 16:x}:{value & 0xFFFF:x}" for value in (number, number ^ 0xFFFF_FFFF))
    forms = ["::{}", "::ffff:{}", "::ffff:0:{}", "64:ff9b::{}", "64:ff9b:1::{}", "2002:{}::1"]
    addresses = [*(form.format(groups) for form in forms), f"2001:0:4136:e378:8000:63bf:{flipped}"]
    assert [address for address in addresses if is_public(read_address(address))] == []


def test_a_network_that_is_allowed_holds_its_addresses_and_no_others() -> None:
    networks = read_networks(["127.0.0.0/8", "::1/128"])
    assert [is_inside(read_address(text), networks) for text in ("127.1.2.3", "::1", "10.0.0.1", "::2")] == [
        *(True, True),
        *(False, False),
    ]


def test_text_that_is_no_address_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        read_address("localhost")
