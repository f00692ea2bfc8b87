"""Signs Platen statements, with the package `cryptography`.

    python3 signer.py KEYFILE ORIGIN... < statement        prints the signature

Call sign_statement after your own login and CSRF checks, as server.py shows.
"""

import base64
import json
import re
import sys
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

# What pages of this site may ask for. Leave out what yours never do.
PURPOSES = {
    "session.open",
    "jobs.submit",
    "jobs.cancel",
    "jobs.hold",
    "jobs.release",
    "jobs.retry",
    "jobs.reprint",
}

STRINGS = {"agent", "challenge", "digest", "origin", "purpose"}
NUMBERS = {"expires_at", "issued_at", "platen", "sequence"}


class Refused(Exception):
    """The text is nothing this site signs."""


def sign_statement(text, key_pem, allowed_origins, now_ms=None):
    """Signs `text` if it is a statement for this site and this moment."""
    now_ms = int(time.time() * 1000) if now_ms is None else now_ms
    statement = read_statement(text)
    if statement["origin"] not in allowed_origins:
        raise Refused("the statement is for another site's page")
    if statement["purpose"] not in PURPOSES:
        raise Refused("the statement is for something pages here never do")
    if not 0 <= statement["expires_at"] - statement["issued_at"] <= 300_000:
        raise Refused("the statement lives longer than 300 s")
    if now_ms > statement["expires_at"] or statement["issued_at"] > now_ms + 60_000:
        raise Refused("the statement is not for now")
    key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    signature = sign_octets(text.encode(), key)
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


def read_statement(text):
    """Reads a statement from its one canonical spelling. A digest, or any other JSON, is none."""
    no_statement = Refused("only a statement in its canonical form is signed")
    try:
        if len(text.encode()) > 2048:
            raise no_statement
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise no_statement from error
    is_statement = (
        isinstance(value, dict)
        and value.keys() == STRINGS | NUMBERS
        and all(isinstance(value[name], str) for name in STRINGS)
        # `type`, because True is an int and 1.0 equals 1.
        and all(type(value[name]) is int and 0 <= value[name] < 2**53 for name in NUMBERS)
        and value["platen"] == 1
        and re.fullmatch(r"[A-Za-z0-9_-]{43}", value["digest"])
        # Canonical JSON (RFC 8785): no other order, blanks or escapes, and nothing twice.
        and json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == text
    )
    if not is_statement:
        raise no_statement
    return value


def sign_octets(octets, key):
    """The key's kind fixes the algorithm."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key.sign(octets, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(octets)
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        return key.sign(octets, pss, hashes.SHA256())
    raise Refused("use a key made by platen-sign")


if __name__ == "__main__":
    key_file, *origins = sys.argv[1:]
    try:
        with open(key_file, encoding="ascii") as file:
            print(sign_statement(sys.stdin.buffer.read().decode(), file.read(), origins))
    except (Refused, UnicodeDecodeError) as error:
        sys.exit(f"refused: {error}")
