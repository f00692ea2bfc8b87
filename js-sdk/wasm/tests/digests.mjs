// The SHA-256 of every form of every fixture, as the module makes them: for node, pages and workers.

export async function digests({ loadReceipt, eastAsianFonts }, fixtures) {
  const receipts = await loadReceipt();
  receipts.addFonts(await eastAsianFonts());
  const made = [];
  for (const { job, printer, template } of fixtures) {
    const preview = receipts.preview(template ?? octets(job), printer);
    made.push({
      text: await digest(preview.text()),
      html: await digest(preview.html()),
      facts: await digest(preview.factsJson()),
      svg: await digest(preview.svg()),
      png: await digest(preview.png()),
      bits: await digest(preview.bits().rows),
      ...(template === undefined ? {} : { job: base64(preview.job) }),
    });
    preview.free();
  }
  return made;
}

/** Base64url without padding, as the protocol writes digests. */
async function digest(form) {
  const content = typeof form === "string" ? new TextEncoder().encode(form) : form;
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return base64(found).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function octets(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function base64(content) {
  return btoa(Array.from(content, (octet) => String.fromCharCode(octet)).join(""));
}
