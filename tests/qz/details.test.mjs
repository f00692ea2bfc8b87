// What a page can learn of its printers beside their names.
import assert from "node:assert/strict";

import { PrintService } from "../browser/support/cupsd.mjs";
import { Bridge } from "../browser/support/bridge.mjs";
import { check, differs } from "./support/check.mjs";
import { printer } from "./support/shop.mjs";

const DETAILS = differs(
  "printers.details",
  "`driver`, `density`, `densities`, `trays` and `sizes` as CUPS knows them; `connection` is empty, it is the machine's business",
);

check("a_printer_of_no_print_system_has_a_name_and_no_more", [DETAILS], async ({ open }) => {
  const shop = await open({
    printers: ({ sink }) => [printer("Kitchen", sink.uri), printer("Bar", sink.uri)].join("\n\n"),
  });
  const qz = await shop.connect();
  const known = { driver: "", connection: "", density: -1 };
  assert.deepEqual(await qz.printers.details(), [
    { name: "Kitchen", default: true, ...known },
    { name: "Bar", default: false, ...known },
  ]);
});

check("a_queue_of_the_print_service_tells_its_driver", [DETAILS], async ({ open }) => {
  const shop = await open();
  const service = await PrintService.start(shop.scene, shop.sink);
  await shop.bridge.stop();
  shop.bridge = await Bridge.start(shop.scene, service.uri, service.config);
  const qz = await shop.connect();
  const [kitchen] = await qz.printers.details();
  assert.deepEqual([kitchen.name, kitchen.driver], ["Kitchen", "Local Raw Printer"]);
});
