# mypy: ignore-errors
"""Prints facts about this Python's cryptography, one JSON object per line; judges nothing.

Runs inside the image that is examined: standard library only, Python 3.6 or later, imports nothing
of the toolkit. The first argument is the interpreter's path, repeated in each line.
"""

import json
import os
import sys

PYTHON = sys.argv[1] if len(sys.argv) > 1 else sys.executable
FOLDER = os.path.dirname(os.path.abspath(__file__))
MESSAGE = b"abc"
DIGESTS = ("md4", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512_256", "sha3_256",
           "sha3_512", "blake2b", "blake2s", "ripemd160", "sm3", "whirlpool")
PRIVATE = ("_md5", "_sha1", "_sha2", "_sha256", "_sha512", "_sha3", "_blake2", "_hmac")


def say(fact, value):
    sys.stdout.write(json.dumps({"python": PYTHON, "fact": fact, "value": value}) + "\n")


def attempt(function):
    """Return ["ok", result] or ["refused", type of the error, its text]."""
    try:
        return ["ok", function()]
    except BaseException as error:  # a probe reports whatever happens
        return ["refused", type(error).__name__, str(error)[:300]]


def digest(make):
    def call():
        made = make()
        kind = type(made)
        return [made.hexdigest() if "shake" not in made.name else "", kind.__module__ + "." + kind.__name__]
    return attempt(call)


def hashes():
    import hashlib
    say("algorithms_available", sorted(hashlib.algorithms_available))
    for name in DIGESTS:
        say("hashlib." + name, digest(lambda: getattr(hashlib, name)(MESSAGE)))
        say("hashlib.new." + name, digest(lambda: hashlib.new(name, MESSAGE)))
        say("hashlib.insecure." + name,
            digest(lambda: hashlib.new(name, MESSAGE, usedforsecurity=False)))
    say("pbkdf2.sha256", attempt(lambda: hashlib.pbkdf2_hmac(
        "sha256", b"passwordPASSWORDpassword", b"saltSALTsaltSALTsalt", 2000, 32).hex()))
    say("pbkdf2.md5", attempt(lambda: hashlib.pbkdf2_hmac(
        "md5", b"passwordPASSWORDpassword", b"saltSALTsaltSALTsalt", 2000, 32).hex()))
    say("scrypt", attempt(lambda: hashlib.scrypt(b"password", salt=b"saltSALT", n=16, r=1, p=1).hex()))


def openssl_view():
    def mode():
        import _hashlib
        return _hashlib.get_fips_mode()
    say("fips_mode", attempt(mode))
    for name in PRIVATE:
        say("import." + name, attempt(lambda: __import__(name).__name__))


def macs():
    import hmac
    key = bytes(range(32))
    for name in ("md5", "sha1", "sha256", "sha3_256", "blake2b"):
        say("hmac." + name, attempt(lambda: hmac.new(key, MESSAGE, name).hexdigest()))
        say("hmac.digest." + name, attempt(lambda: hmac.digest(key, MESSAGE, name).hex()))


def handshake(change, server_change=None, certificate="rsa"):
    """Two contexts of this process shake hands through memory; returns version, cipher, group."""
    import ssl
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    server.load_cert_chain(os.path.join(FOLDER, certificate + ".pem"))
    for context, edit in ((client, change), (server, server_change or change)):
        edit(ssl, context)
    a, b, c, d = ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(a, b)
    far = server.wrap_bio(c, d, server_side=True)
    finished = set()
    for _ in range(20):
        for side, name in ((near, "client"), (far, "server")):
            try:
                side.do_handshake()
                finished.add(name)
            except ssl.SSLWantReadError:
                pass
            c.write(b.read())
            a.write(d.read())
        if len(finished) == 2:
            return [near.version(), near.cipher()[0]]
    raise RuntimeError("the handshake did not end")


def only(version):
    def edit(ssl, context):
        value = getattr(ssl.TLSVersion, version)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = value
        context.minimum_version = value
        if version in ("TLSv1", "TLSv1_1"):
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return edit


def ciphers(words):
    def edit(ssl, context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(words)
    return edit


def without_ems(ssl, context):
    only("TLSv1_2")(ssl, context)
    context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET, include/openssl/ssl.h of OpenSSL 3


def curve(name):
    def edit(ssl, context):
        context.set_ecdh_curve(name)
    return edit


def tls():
    import ssl
    say("openssl_version", ssl.OPENSSL_VERSION)
    plain = lambda _ssl, context: None
    say("tls.default", attempt(lambda: handshake(plain)))
    say("tls.1.3", attempt(lambda: handshake(only("TLSv1_3"))))
    say("tls.1.2", attempt(lambda: handshake(only("TLSv1_2"))))
    say("tls.1.2.ecdsa", attempt(lambda: handshake(only("TLSv1_2"), certificate="ec")))
    say("tls.1.1", attempt(lambda: handshake(only("TLSv1_1"))))
    say("tls.1.0", attempt(lambda: handshake(only("TLSv1"))))
    say("tls.no-ems", attempt(lambda: handshake(without_ems)))
    say("tls.chacha20", attempt(lambda: handshake(ciphers("ECDHE-RSA-CHACHA20-POLY1305"))))
    say("tls.rc4", attempt(lambda: handshake(ciphers("RC4-SHA:@SECLEVEL=0"))))
    say("tls.3des", attempt(lambda: handshake(ciphers("DES-CBC3-SHA:@SECLEVEL=0"))))
    say("tls.x25519", attempt(lambda: handshake(curve("X25519"), lambda s, c: None)))
    context = ssl.create_default_context()
    say("tls.minimum", attempt(lambda: str(context.minimum_version.name)))
    say("tls.ciphers", attempt(lambda: sorted(it["name"] for it in context.get_ciphers())))
    say("rand_bytes", attempt(lambda: len(set(ssl.RAND_bytes(32) for _ in range(16)))))


def mapped():
    """The libcrypto and libssl that this process really uses."""
    with open("/proc/self/maps") as maps:
        words = (line.split() for line in maps)
        names = {it[5] for it in words if len(it) > 5}
    say("mapped", sorted(it for it in names if any(
        part in os.path.basename(it) for part in ("libcrypto", "libssl", "fips.so", "legacy.so"))))


say("version", sys.version)
for part in (hashes, openssl_view, macs, tls, mapped):
    outcome = attempt(part)
    if outcome[0] != "ok":
        say("part." + part.__name__, outcome)
say("end", True)
