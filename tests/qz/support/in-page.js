/* global qz */
// What a test's page holds beside the unmodified client: its signing, and a door for checks.
//
// A check runs in node. What it asks of `qz` is done here, in the order in which it is asked, and
// the results stay here under the number of the call, so that a later call can be given them: the
// config that `qz.configs.create` made, for one.
(() => {
  const results = new Map();

  /** Gives the client its certificate and signatures, as a site's page does. */
  globalThis.setUp = ({ pem, algorithm, signUrl }) => {
    qz.api.showDebug(false);
    qz.security.setCertificatePromise((resolve) => {
      resolve(pem);
    });
    qz.security.setSignatureAlgorithm(algorithm);
    qz.security.setSignaturePromise((text) => (resolve, reject) => {
      fetch(signUrl, { method: "POST", body: text })
        .then(async (answer) => answer.text())
        .then(resolve, reject);
    });
  };

  /** Calls `path` of the client, or of an earlier result; what it gives, or the error's text. */
  globalThis.perform = async ({ number, on, path, args }) => {
    try {
      let owner = on === undefined ? qz : results.get(on);
      for (const name of path.slice(0, -1)) owner = owner[name];
      const given = JSON.parse(args, revive);
      const result = owner[path.at(-1)](...given);
      results.set(number, result);
      return { value: JSON.stringify(await result) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };

  /** Brings back what JSON cannot say: earlier results, and functions of the check. */
  function revive(_, value) {
    if (typeof value !== "object" || value === null) return value;
    if ("$result" in value) return results.get(value.$result);
    if ("$function" in value) {
      return (...args) => {
        globalThis.callBack(value.$function, JSON.stringify(args.map(told)));
      };
    }
    return value;
  }

  /** An event of the browser says nothing as JSON. */
  function told(value) {
    return value instanceof Event ? { type: value.type, code: value.code } : value;
  }
})();
