// A site as QZ Tray's users have one: an RSA key, and a certificate that is its own root.
import { createSign } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

import { run } from "../../browser/support/program.mjs";

/** What was made, by its name: keys take their time. */
const roots = new Map();

/** A site's certificate and key. */
export class Site {
  /** Path of the certificate. */
  certificate;
  /** The certificate, PEM. */
  pem;
  #key;

  /** One in the scene's folder. In one file of tests, those of one name have one key. */
  static async new(scene, name = "site") {
    const site = new Site();
    site.certificate = scene.path(`${name}.pem`);
    const made = roots.get(name) ?? makeRoot(scene, name);
    roots.set(name, made);
    const { key, pem } = await made;
    const files = [writeFile(site.certificate, pem), writeFile(scene.path(`${name}.key`), key)];
    await Promise.all(files);
    site.pem = pem;
    site.#key = key;
    return site;
  }

  /** Makes one below an intermediate below a root: the root, and the site with both its certificates. */
  static async below(scene, name) {
    const root = await Site.new(scene, `${name}-root`);
    const middle = await root.#issue(scene, `${name}-intermediate`, "CA:TRUE");
    const site = await middle.#issue(scene, name, "CA:FALSE");
    site.pem = `${site.pem}\n--START INTERMEDIATE CERT--\n${middle.pem}`;
    return { root, site };
  }

  /** Makes a certificate that this one signs. */
  async #issue(scene, name, constraint) {
    const issued = new Site();
    const [key, request] = [scene.path(`${name}.key`), scene.path(`${name}.csr`)];
    const [issuer, extensions] = [scene.path(`${name}.issuer`), scene.path(`${name}.ext`)];
    issued.certificate = scene.path(`${name}.pem`);
    await Promise.all([
      writeFile(issuer, this.#key),
      writeFile(extensions, `basicConstraints=critical,${constraint}\n`),
      run(
        "openssl",
        ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`],
        ...["-keyout", key, "-out", request],
      ),
    ]);
    await run(
      "openssl",
      ...["x509", "-req", "-days", "30", "-in", request, "-out", issued.certificate],
      ...["-CA", this.certificate, "-CAkey", issuer, "-set_serial", "7", "-extfile", extensions],
    );
    issued.pem = await readFile(issued.certificate, "utf8");
    issued.#key = await readFile(key, "utf8");
    return issued;
  }

  /** The signature over a text, as a site's server gives it: base64. */
  sign(text, algorithm = "SHA512") {
    return createSign(algorithm).update(text).sign(this.#key, "base64");
  }
}

/** A key, and a certificate that it signs for itself. */
async function makeRoot(scene, name) {
  const [key, certificate] = [scene.path(`${name}.new.key`), scene.path(`${name}.new.pem`)];
  await run(
    "openssl",
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", `/CN=${name}`],
    ...["-keyout", key, "-out", certificate],
  );
  return { key: await readFile(key, "utf8"), pem: await readFile(certificate, "utf8") };
}
