// A site as QZ Tray's users have one: an RSA key, and a certificate that is its own root.
import { createSign } from "node:crypto";
import { readFile } from "node:fs/promises";

import { run } from "../../browser/support/program.mjs";

/** A site's certificate and key. */
export class Site {
  /** Path of the certificate. */
  certificate;
  /** The certificate, PEM. */
  pem;
  #key;

  /** Makes one in the scene's folder. */
  static async new(scene, name = "site") {
    const site = new Site();
    site.certificate = scene.path(`${name}.pem`);
    const key = scene.path(`${name}.key`);
    await run(
      "openssl",
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", `/CN=${name}`],
      ...["-keyout", key, "-out", site.certificate],
    );
    site.pem = await readFile(site.certificate, "utf8");
    site.#key = await readFile(key, "utf8");
    return site;
  }

  /** The signature over a text, as a site's server gives it: base64. */
  sign(text, algorithm = "SHA512") {
    return createSign(algorithm).update(text).sign(this.#key, "base64");
  }
}
