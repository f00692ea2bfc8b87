"""The signing endpoint of a site, with what must stand around a signer.

    python3 server.py KEYFILE CHAINFILE ORIGIN [PORT]

GET /session   sets the session cookie, answers {"csrf"}
POST /sign     {"statement"} with the header x-platen-csrf, answers {"signature", "certificates"}

No CORS headers: only pages of our own origin can read an answer.
"""

import hashlib
import hmac
import json
import re
import secrets
import sys
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from signer import Refused, sign_statement

key_file, chain_file, ORIGIN, *rest = sys.argv[1:]
with open(key_file, encoding="ascii") as file:
    KEY = file.read()
with open(chain_file, encoding="ascii") as file:
    blocks = file.read().split("-----BEGIN CERTIFICATE-----")[1:]
CERTIFICATES = ["".join(block.split("-----END")[0].split()) for block in blocks]

# Your framework's sessions and CSRF protection are as good. Here a sealed cookie stands in for
# "this is one of our users": open it at the end of your own login.
SECRET = secrets.token_bytes(32)


def seal(what, session):
    return hmac.new(SECRET, f"{what}:{session}".encode(), hashlib.sha256).hexdigest()


def same(ours, theirs):
    return hmac.compare_digest(ours.encode(), theirs.encode())


class Endpoint(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self):
        if self.path != "/session":
            return self.answer(404, {"error": "there are GET /session and POST /sign"})
        session = secrets.token_hex(16)
        cookie = f"session={session}.{seal('session', session)}; HttpOnly; SameSite=Strict; Path=/"
        secure = "; Secure" if ORIGIN.startswith("https:") else ""
        return self.answer(200, {"csrf": seal("csrf", session)}, cookie + secure)

    def do_POST(self):
        if self.path != "/sign":
            return self.answer(404, {"error": "there are GET /session and POST /sign"})
        if not self.is_ours():
            return self.answer(403, {"error": "not one of our pages"})
        length = self.headers.get("content-length", "")
        if not re.fullmatch(r"[0-9]{1,4}", length) or int(length) > 8192:
            return self.answer(413, {"error": "too long"})
        try:
            statement = json.loads(self.rfile.read(int(length)))["statement"]
            signature = sign_statement(statement, KEY, [ORIGIN])
        except Refused as error:
            return self.answer(422, {"error": str(error)})
        except (ValueError, TypeError, KeyError, AttributeError):
            return self.answer(422, {"error": 'post {"statement": "..."}'})
        return self.answer(200, {"signature": signature, "certificates": CERTIFICATES})

    def is_ours(self):
        try:
            cookie = SimpleCookie(self.headers.get("cookie", ""))["session"].value
        except (CookieError, KeyError):
            return False
        session, _, proof = cookie.partition(".")
        return (
            self.headers.get("origin") == ORIGIN
            and self.headers.get("content-type") == "application/json"
            and same(seal("session", session), proof)
            and same(seal("csrf", session), self.headers.get("x-platen-csrf", ""))
        )

    def answer(self, status, value, cookie=None):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("cache-control", "no-store")
        self.send_header("content-length", str(len(body)))
        if cookie:
            self.send_header("set-cookie", cookie)
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", int(rest[0]) if rest else 8190), Endpoint)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
