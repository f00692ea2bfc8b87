// The signing endpoint of a site, with what must stand around a signer.
//
//   node server.mjs KEYFILE CHAINFILE ORIGIN [PORT]
//
// GET /session   sets the session cookie, answers {"csrf"}
// POST /sign     {"statement"} with the header x-platen-csrf, answers {"signature", "certificates"}
//
// No CORS headers: only pages of our own origin can read an answer.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { signStatement } from "./signer.mjs";

const [keyFile, chainFile, origin, port = "8190"] = process.argv.slice(2);
const key = readFileSync(keyFile, "utf8");
const certificates = readFileSync(chainFile, "utf8")
  .split("-----BEGIN CERTIFICATE-----")
  .slice(1)
  .map((block) => block.split("-----END")[0].replace(/\s/g, ""));

// Your framework's sessions and CSRF protection are as good. Here a sealed cookie stands in for
// "this is one of our users": open it at the end of your own login.
const secret = randomBytes(32);
const seal = (what, id) => createHmac("sha256", secret).update(`${what}:${id}`).digest("base64url");

function same(ours, theirs) {
  const [a, b] = [Buffer.from(ours), Buffer.from(theirs)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function openSession(response) {
  const id = randomBytes(16).toString("base64url");
  const cookie = `session=${id}.${seal("session", id)}; HttpOnly; SameSite=Strict; Path=/`;
  const secure = origin.startsWith("https:") ? "; Secure" : "";
  response.setHeader("set-cookie", cookie + secure);
  answer(response, 200, { csrf: seal("csrf", id) });
}

function isOurs({ headers }) {
  const [id = "", proof = ""] =
    /(?:^|; )session=([\w-]+\.[\w-]+)/.exec(headers.cookie ?? "")?.[1].split(".") ?? [];
  return (
    headers.origin === origin &&
    headers["content-type"] === "application/json" &&
    same(seal("session", id), proof) &&
    same(seal("csrf", id), String(headers["x-platen-csrf"] ?? ""))
  );
}

async function signFor(request, response) {
  if (!isOurs(request)) return answer(response, 403, { error: "not one of our pages" });
  let body = "";
  for await (const piece of request.setEncoding("utf8")) {
    body += piece;
    if (body.length > 8192) return answer(response, 413, { error: "too long" });
  }
  try {
    const { statement } = JSON.parse(body);
    answer(response, 200, { signature: signStatement(statement, key, [origin]), certificates });
  } catch (error) {
    answer(response, 422, { error: error.message });
  }
}

function answer(response, status, value) {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(status, headers).end(JSON.stringify(value));
}

const server = createServer((request, response) => {
  const route = `${request.method} ${request.url}`;
  if (route === "GET /session") openSession(response);
  else if (route === "POST /sign") signFor(request, response).catch(() => response.destroy());
  else answer(response, 404, { error: "there are GET /session and POST /sign" });
});
server.listen(Number(port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
