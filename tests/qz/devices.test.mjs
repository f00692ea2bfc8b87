// Pages written for QZ Tray and what is no printer: the machine's network, sockets, files.
import assert from "node:assert/strict";
import { networkInterfaces, hostname, userInfo } from "node:os";

import { check, differs } from "./support/check.mjs";

const NETWORKING = "only where the grant says `networking`; asks nobody outside";

check(
  "the_network_is_told_where_the_grant_says_so_and_nobody_outside_hears_of_it",
  [
    differs("networking.device", NETWORKING),
    differs("networking.devices", NETWORKING),
    differs("networking.hostname", NETWORKING),
    differs("websocket.getNetworkInfo", NETWORKING),
  ],
  async ({ open }) => {
    const shop = await open({ grant: "--qz=networking" });
    const qz = await shop.connect();
    assert.equal(await qz.networking.hostname(), hostname());
    const devices = await qz.networking.devices();
    const known = Object.entries(networkInterfaces()).filter(([, all]) => !all[0].internal);
    for (const [name, addresses] of known) {
      const device = devices.find((device) => device.name === name);
      assert.deepEqual(
        [...device.ip4, ...device.ip6].sort(),
        addresses.map(({ address }) => address).sort(),
      );
      assert.equal(device.mac, addresses[0].mac.toUpperCase());
      assert.equal(device.hostname, hostname());
      assert.equal(device.username, userInfo().username);
    }
    // A name that nobody could look up is no reason to wait or to fail.
    const asked = qz.networking.device("no.such.host.invalid", 443);
    if (known.length === 0) {
      await assert.rejects(asked, /Unable to determine primary network device/);
      return;
    }
    const device = await asked;
    assert.equal(device.primary, true);
    assert.ok([...device.ip4, ...device.ip6].includes(device.ip));
    const info = await qz.websocket.getNetworkInfo();
    assert.equal(info.ipAddress, device.ip);
  },
);

check("without_the_grants_word_nothing_beside_printers_is_told_or_done", [], async ({ open }) => {
  const shop = await open();
  const qz = await shop.connect();
  const asks = [
    () => qz.networking.device(),
    () => qz.networking.devices(),
    () => qz.networking.hostname(),
  ];
  for (const ask of asks) await assert.rejects(ask(), /Request blocked/);
});
