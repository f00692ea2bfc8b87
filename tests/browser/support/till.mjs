// The example's till: its keys, its server, and the machine's trust in it.
import { built, ROOT, run, Running } from "./program.mjs";
import { freePorts } from "./scene.mjs";

/** Every name that a test serves over https. */
const NAMES = ["pos.example", "mall.example", "evil.example"];

/** A server's key and certificate for {@link NAMES}. The test's browser trusts it by itself. */
export async function makeServerCertificate(scene) {
  const key = scene.path("server.key");
  const certificate = scene.path("server.pem");
  await run(
    ...["openssl", "req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=pos.example"],
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-addext", `subjectAltName=${NAMES.map((name) => `DNS:${name}`).join(",")}`],
    ...["-addext", "extendedKeyUsage=serverAuth", "-keyout", key, "-out", certificate],
  );
  return { key, certificate };
}

/** The till of a scene. */
export class Till {
  /** Where browsers find it. */
  origin;
  /** The port of it. */
  port;
  /** The root that vouches for it. */
  root;

  /**
   * Starts one that finds its agent at these ports (`wss:8181,ws:8182`): on `http://localhost`, or
   * with a server's certificate on `https://pos.example`, or, as nobody should, without one there.
   */
  static async start(scene, { ports, server, frameAncestors, insecure = false }) {
    const till = new Till();
    [till.port] = await freePorts(1);
    const secureOrigin = `https://pos.example:${till.port}`;
    if (insecure) till.origin = `http://pos.example:${till.port}`;
    else till.origin = server === undefined ? `http://localhost:${till.port}` : secureOrigin;
    const authority = scene.path("authority");
    const site = scene.path("site");
    till.root = scene.path("authority", "ca.pem");
    const sign = built("platen-sign");
    await run(sign, "ca", "new", "--name", "Test shops", "--out", authority);
    // There is no certificate for an insecure origin.
    const certified = insecure ? secureOrigin : till.origin;
    await run(sign, "site", "new", "--origin", certified, "--ca", authority, "--out", site);
    const running = new Running(process.execPath, [
      `${ROOT}/examples/pos/server.mjs`,
      ...["--origin", till.origin, "--port", String(till.port), "--ports", ports],
      ...["--certificates", `${site}/site.pem`, "--key", `${site}/site.key`],
      ...(server === undefined ? [] : ["--tls-key", server.key, "--tls-cert", server.certificate]),
      ...(frameAncestors === undefined ? [] : ["--frame-ancestors", frameAncestors]),
    ]);
    scene.atEnd(async () => running.end());
    await running.says("till: ");
    return till;
  }

  /** Has the machine trust this till. */
  async trustedBy(bridge) {
    await bridge.verb("trust", "add", this.root, "--origin", this.origin);
  }
}
