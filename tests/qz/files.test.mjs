// Pages written for QZ Tray and files: which a page may use, and what it hears of a folder.
import assert from "node:assert/strict";
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { check, differs, works } from "./support/check.mjs";
import { Heard } from "./support/device.mjs";
import { printer } from "./support/shop.mjs";
import { Site } from "./support/site.mjs";

const FILES = "only where the grant says `files`, or `folder=PATH` for paths from the root";

check(
  "a_page_keeps_files_in_a_folder_of_its_sites_own",
  [
    differs("file.list", FILES),
    differs("file.read", FILES),
    differs("file.write", `${FILES}; \`plain\`, \`base64\`, \`hex\`; no \`file\` yet`),
    differs("file.remove", FILES),
  ],
  async ({ open }) => {
    const shop = await open({ grant: "--qz=files" });
    const qz = await shop.connect();
    assert.deepEqual(await qz.file.list(""), []);
    await qz.file.write("day/out.csv", { data: "é;1\n" });
    await qz.file.write("day/out.csv", { data: "Mjs=", flavor: "base64", append: true });
    await qz.file.write("day/out.csv", { data: "310A", flavor: "hex", append: true });
    assert.equal(await qz.file.read("day/out.csv"), "é;1\n2;1\n");
    assert.equal(await qz.file.read("./day//out.csv", { flavor: "base64" }), "w6k7MQoyOzEK");
    assert.equal(await qz.file.read("day/out.csv", { flavor: "hex" }), "c3a93b310a323b310a");
    await qz.file.write("day/out.csv", { data: "new" });
    assert.equal(await qz.file.read("day/out.csv"), "new");
    await qz.file.write("day/a.txt", { data: "" });
    assert.deepEqual(await qz.file.list("day"), ["a.txt", "out.csv"]);
    // Calls that do not wait for each other are done in their order.
    const lines = Array.from({ length: 20 }, (_, number) => `${number}\n`);
    await Promise.all(
      lines.map(async (data) => qz.file.write("day/log.txt", { data, append: true })),
    );
    const log = await qz.file.read("day/log.txt");
    assert.deepEqual(log.split("\n").sort(), lines.join("").split("\n").sort());
    await assert.rejects(qz.file.remove("day"), /DirectoryNotEmptyException/);
    for (const file of ["day/a.txt", "day/out.csv", "day/log.txt", "day"]) {
      await qz.file.remove(file);
    }
    assert.deepEqual(await qz.file.list(""), []);
    await assert.rejects(qz.file.list("day"), /Path does not exist/);
    await assert.rejects(qz.file.read("day/out.csv"), /NoSuchFileException: day\/out\.csv/);
    await assert.rejects(qz.file.remove("day/out.csv"), /NoSuchFileException/);
  },
);

check("another_sites_files_are_not_there", [], async ({ open }) => {
  const shop = await open({ grant: "--qz=files" });
  const other = await Site.new(shop.scene, "other");
  const origin = shop.foreignOrigin;
  await shop.bridge.verb(
    ...["trust", "add", other.certificate, "--qz=files", "--origin", origin, "--native"],
  );
  const [qz, theirs] = [await shop.connect(), await shop.connect({ site: other, origin })];
  await qz.file.write("secret.txt", { data: "mine" });
  assert.deepEqual(await theirs.file.list(""), []);
  await assert.rejects(theirs.file.read("secret.txt"), /NoSuchFileException/);
  for (const way of ["../", "/", "../../sites/"]) {
    await assert.rejects(theirs.file.list(way), /InvalidPathException|Request blocked/);
  }
  // What is no site's own is every site's.
  await qz.file.write("all.txt", { data: "ours", sandbox: false });
  assert.equal(await theirs.file.read("all.txt", { sandbox: false }), "ours");
  assert.deepEqual(await qz.file.list(""), ["secret.txt"]);
});

check("no_path_and_no_link_leads_out_of_a_folder", [], async ({ open }) => {
  const shop = await open({ grant: "--qz=files" });
  const qz = await shop.connect();
  await qz.file.write("in.txt", { data: "x" });
  const sites = shop.scene.path("state", "files", "sites");
  const own = path.join(sites, (await readdir(sites))[0]);
  const outside = shop.scene.path("outside");
  await mkdir(outside);
  await writeFile(path.join(outside, "key.txt"), "SECRET");
  await symlink(outside, path.join(own, "folder"));
  await symlink(path.join(outside, "key.txt"), path.join(own, "file.txt"));
  await link(path.join(outside, "key.txt"), path.join(own, "hard.txt"));
  const leadOut = [
    "../in.txt",
    "a/../../in.txt",
    "..",
    "folder/key.txt",
    "file.txt",
    `${outside}/key.txt`,
    "/etc/passwd",
    `${own}/in.txt`,
    "..\\in.txt",
    "C:\\in.txt",
    "in.txt\0",
  ];
  const refused = /FileIO exception occurred|Request blocked/;
  for (const file of leadOut) {
    await assert.rejects(qz.file.read(file), refused, file);
    await assert.rejects(qz.file.write(file, { data: "x" }), refused, file);
    await assert.rejects(qz.file.write(file, { data: "x", append: true }), refused, file);
    await assert.rejects(qz.file.remove(file), refused, file);
    await assert.rejects(qz.file.startListening(file), /Path|exception|blocked/, file);
  }
  await assert.rejects(qz.file.write("hard.txt", { data: "x" }), refused);
  await assert.rejects(qz.file.list("folder"), /Path is not a directory|exception/);
  assert.equal(await readFile(path.join(outside, "key.txt"), "utf8"), "SECRET");
  assert.deepEqual(await readdir(outside), ["key.txt"]);
});

check("what_a_system_would_run_is_not_written", [], async ({ open }) => {
  const shop = await open({ grant: "--qz=files" });
  const qz = await shop.connect();
  for (const file of ["run.exe", "RUN.Bat", "a.txt.sh", "x.desktop", ".bashrc"]) {
    await assert.rejects(qz.file.write(file, { data: "x" }), {
      message: `Writing to file "${file}" is denied for security reasons. (Prohibited file extension)`,
    });
  }
  await assert.rejects(qz.file.write(".config/a.txt", { data: "x" }), {
    message: /is denied for security reasons\. \(Prohibited directory name\)$/,
  });
  assert.deepEqual(await qz.file.list(""), []);
});

check("what_a_site_keeps_has_a_bound", [], async ({ open }) => {
  const shop = await open({
    grant: "--qz=files",
    printers: ({ sink }) => `${printer("Kitchen", sink.uri)}\n[limits]\nqz_files_octets_max = 1000`,
  });
  const qz = await shop.connect();
  const data = "x".repeat(400);
  await qz.file.write("1", { data });
  await qz.file.write("a/2", { data });
  await assert.rejects(qz.file.write("3", { data }), /no more octets may be kept/);
  await assert.rejects(qz.file.write("1", { data, append: true }), /no more octets may be kept/);
  await qz.file.write("1", { data });
  await qz.file.remove("a/2");
  await qz.file.write("3", { data });
});

check("a_folder_of_the_machine_is_used_where_the_grant_names_it", [], async ({ open, t }) => {
  const exchange = await mkdtemp(path.join(os.tmpdir(), "platen-exchange-"));
  t.after(async () => rm(exchange, { recursive: true }));
  const shop = await open({ grant: `--qz=folder=${exchange}` });
  const qz = await shop.connect();
  await qz.file.write(`${exchange}/out.csv`, { data: "1;2\n" });
  assert.equal(await readFile(path.join(exchange, "out.csv"), "utf8"), "1;2\n");
  await writeFile(path.join(exchange, "in.csv"), "3;4\n");
  assert.equal(await qz.file.read(`${exchange}/in.csv`), "3;4\n");
  assert.deepEqual(await qz.file.list(exchange), ["in.csv", "out.csv"]);
  for (const file of [`${exchange}2/a.txt`, `${exchange}/../a.txt`, shop.scene.path("a.txt")]) {
    await assert.rejects(qz.file.write(file, { data: "x" }), /Request blocked|exception/);
  }
});

check(
  "a_page_hears_what_happens_in_a_folder",
  [
    differs("file.startListening", FILES),
    works("file.stopListening"),
    works("file.setFileCallbacks"),
  ],
  async ({ open }) => {
    const shop = await open({ grant: "--qz=files" });
    const qz = await shop.connect();
    const heard = new Heard();
    await qz.file.setFileCallbacks((event) => heard.push(event));
    await assert.rejects(qz.file.startListening("in"), /Path does not exist/);
    await qz.file.write("in/there.csv", { data: "0\n" });
    await assert.rejects(qz.file.startListening("in/there.csv"), /Path is not a directory/);
    await qz.file.startListening("in", {
      listener: { lines: 2 },
      include: "*.CSV",
      exclude: ["not*"],
    });
    await assert.rejects(qz.file.startListening("in"), /Already listening to path events/);
    const after = async (count) =>
      heard.until((events) => (events.length >= count ? events[count - 1] : undefined));
    await qz.file.write("in/not.csv", { data: "x" });
    await qz.file.write("in/x.txt", { data: "x" });
    await qz.file.write("in/new.csv", { data: "1\n2\n3\n" });
    assert.deepEqual(await after(1), {
      type: "ACTION",
      file: "in/new.csv",
      eventType: "ENTRY_CREATE",
      fileData: "2\n3\n",
    });
    await qz.file.write("in/there.csv", { data: "4\n", append: true });
    const modified = await after(2);
    assert.deepEqual([modified.eventType, modified.fileData], ["ENTRY_MODIFY", "0\n4\n"]);
    await qz.file.remove("in/new.csv");
    const gone = await after(3);
    assert.deepEqual([gone.eventType, gone.fileData], ["ENTRY_DELETE", undefined]);
    // Another page of the site hears nothing of it, and takes nothing away.
    const other = await shop.connect();
    await assert.rejects(other.file.stopListening("in"), /Not already listening to path events/);
    await other.file.stopListening();
    await other.file.write("in/there.csv", { data: "5\n" });
    assert.equal((await after(4)).fileData, "5\n");
    await qz.file.stopListening("in");
    await assert.rejects(qz.file.stopListening("in"), /Not already listening to path events/);
    await qz.file.write("in/there.csv", { data: "6\n" });
    await qz.file.startListening("in");
    await qz.file.write("in/last.csv", { data: "7\n" });
    const last = await after(5);
    assert.deepEqual([last.file, last.fileData], ["in/last.csv", undefined]);
    await qz.file.stopListening();
    assert.equal(heard.events.length, 5);
  },
);
