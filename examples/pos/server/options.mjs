// What the server is told, as flags or as environment variables (`--tls-key` or `POS_TLS_KEY`).
import { parseArgs } from "node:util";

const USAGE = `usage: node server.mjs --key FILE --certificates FILE [options]

  --key FILE            the site's private key (site.key of platen-sign site new)
  --certificates FILE   its chain, leaf first (site.pem); also --cert
  --origin ORIGIN       where browsers find the till (default http://localhost:PORT)
  --port PORT           where to listen (default 4180)
  --host HOST           on which address (default 127.0.0.1)
  --tls-key FILE        for an https origin: the server's key
  --tls-cert FILE       and its certificate
  --ports LIST          where the agent listens, if not where it usually does:
                        wss:18181,ws:18182; health:18182 adds a port asked only for /healthz
  --frame-ancestors X   who may frame the till (default 'none')
`;

const FLAGS = [
  "key",
  "certificates",
  "cert",
  "origin",
  "port",
  "host",
  "tls-key",
  "tls-cert",
  "ports",
  "frame-ancestors",
];

/** Reads the options, or says what is missing and exits. */
export function readOptions(args, environment) {
  try {
    return parse(args, environment);
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    return process.exit(2);
  }
}

/** The options, with their defaults. */
export function parse(args, environment) {
  const fromEnvironment = Object.fromEntries(
    FLAGS.map((flag) => [flag, environment[`POS_${flag.replaceAll("-", "_").toUpperCase()}`]]),
  );
  const { values } = parseArgs({
    args,
    options: Object.fromEntries(FLAGS.map((flag) => [flag, { type: "string" }])),
  });
  const given = { ...fromEnvironment, ...values };
  const port = Number(given.port ?? 4180);
  const options = {
    key: given.key,
    certificates: given.certificates ?? given.cert,
    origin: given.origin ?? `http://localhost:${port}`,
    port,
    host: given.host ?? "127.0.0.1",
    tlsKey: given["tls-key"],
    tlsCert: given["tls-cert"],
    ports: given.ports === undefined ? undefined : readPorts(given.ports),
    frameAncestors: given["frame-ancestors"] ?? "'none'",
  };
  for (const flag of ["key", "certificates"]) {
    if (options[flag] === undefined) throw new Error(`--${flag} is missing`);
  }
  if (new URL(options.origin).origin !== options.origin) {
    throw new Error("--origin is scheme, host and port only: https://pos.example");
  }
  if (options.origin.startsWith("https:") && !(options.tlsKey && options.tlsCert)) {
    throw new Error("an https origin needs --tls-key and --tls-cert");
  }
  return options;
}

function readPorts(text) {
  const ports = { wss: [], ws: [] };
  for (const item of text.split(",")) {
    const [kind, number] = item.split(":");
    if (!["wss", "ws", "health"].includes(kind) || !(Number(number) > 0)) {
      throw new Error("--ports is a list like wss:18181,ws:18182");
    }
    (ports[kind] ??= []).push(Number(number));
  }
  return ports;
}
