// The site of the page: gives out the page and the client, and signs what the page asks for.
//
//   node examples/qz-tray/server.mjs --port 4190 --certificate site.pem --key site.key
//
// A site of your own signs only for people who are logged in; this one signs for whoever asks.
import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4190" },
    certificate: { type: "string" },
    key: { type: "string" },
    pages: { type: "string", default: path.join(import.meta.dirname, "dist") },
  },
});
if (values.certificate === undefined || values.key === undefined) {
  console.error("usage: node server.mjs --certificate FILE --key FILE [--port NUMBER]");
  process.exit(2);
}
const certificate = readFileSync(values.certificate, "utf8");
const key = readFileSync(values.key, "utf8");

const script = (file) => ["text/javascript", readFileSync(file)];
const files = new Map([
  ["/", ["text/html; charset=utf-8", readFileSync(path.join(import.meta.dirname, "index.html"))]],
  ["/qz-tray.js", script(createRequire(import.meta.url).resolve("qz-tray"))],
  ["/page.js", script(path.join(values.pages, "page.js"))],
  ["/documents.js", script(path.join(values.pages, "documents.js"))],
  ["/certificate", ["text/plain", certificate]],
]);

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const file = files.get(pathname);
  if (request.method === "GET" && file !== undefined) {
    response.writeHead(200, { "content-type": file[0] }).end(file[1]);
  } else if (request.method === "POST" && pathname === "/sign") {
    const sign = createSign("SHA512");
    request.on("data", (piece) => sign.update(piece));
    request.on("end", () => response.end(sign.sign(key, "base64")));
  } else {
    response.writeHead(404).end();
  }
});
server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`site: http://localhost:${server.address().port}`);
});
