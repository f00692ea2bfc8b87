// Pages of other sites: what they hold is written in the test.
import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";

import { listening } from "./scene.mjs";

/** Serves one page at every path, over https when a server's certificate is given; the port. */
export async function servePage(scene, html, server, at = 0) {
  const answer = (_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(`<!doctype html><title>Another site</title>${html}`);
  };
  const made =
    server === undefined
      ? http.createServer(answer)
      : https.createServer(
          { key: await readFile(server.key), cert: await readFile(server.certificate) },
          answer,
        );
  await listening(made, "127.0.0.1", at);
  scene.atEnd(() => {
    made.close();
    made.closeAllConnections();
  });
  return made.address().port;
}
