"""The module's MAC, against the one that OpenSSL's own rule gives for a known content."""

from fips_images.image.module import module_mac


def test_the_mac_is_hmac_sha256_with_the_public_key_however_it_is_read():
    # What `openssl dgst -sha256 -mac hmac -macopt hexkey:f455…0813` prints for the bytes "abc".
    known = "f25ab6ea6d06b263084cc1bf92d6c6ef6bedeb78aae1d9e1e2c01496d3704a20"
    for pieces in ([b"abc"], [b"a", b"", b"bc"]):
        assert module_mac(pieces).replace(":", "").lower() == known
    assert module_mac([b"abc"]).startswith("F2:5A:")
