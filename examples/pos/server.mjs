// The till's server: gives out the page and the SDK, and signs what the page asks Platen for.
//
//   node examples/pos/server.mjs --origin http://localhost:4180 --port 4180 \
//     --certificates site/site.pem --key site/site.key
//
// Node only, no packages. What a site of your own needs from here is server/sign.mjs and the two
// routes /platen/certificates and /platen/sign of server/till.mjs.
import { readFileSync } from "node:fs";

import { readOptions } from "./server/options.mjs";
import { createTill } from "./server/till.mjs";

const options = readOptions(process.argv.slice(2), process.env);
const { tlsKey, tlsCert } = options;
const till = createTill({
  ...options,
  key: readFileSync(options.key, "utf8"),
  certificates: readFileSync(options.certificates, "utf8"),
  tls: tlsKey && tlsCert ? { key: readFileSync(tlsKey), cert: readFileSync(tlsCert) } : undefined,
});
till.listen(options.port, options.host, () => {
  console.log(`till: ${options.origin}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    till.close();
    till.closeAllConnections();
  });
}
