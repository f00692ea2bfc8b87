// A receipt as rows, and the rows as bytes for a receipt printer (ESC/POS). The preview on the page
// shows the same rows.
import { money, SHOP } from "./shop.mjs";

/** Characters in a row of font A on 80 mm paper. */
export const COLUMNS = 48;

/** The rows of a receipt: `text` with its style, or a QR code. */
export function receiptRows(sale) {
  const vat = Math.round((sale.cents * SHOP.vatPercent) / (100 + SHOP.vatPercent));
  return [
    { text: SHOP.name, align: "center", big: true },
    ...SHOP.address.map((text) => ({ text, align: "center" })),
    { text: "" },
    { text: pair(`Receipt ${sale.number}`, timeOf(sale.startedAt)) },
    { text: "-".repeat(COLUMNS) },
    ...sale.lines.map(({ product, quantity, cents }) => ({
      text: pair(`${String(quantity).padStart(2)} x ${product.name}`, money(cents)),
    })),
    { text: "-".repeat(COLUMNS) },
    { text: pair("TOTAL", money(sale.cents)), bold: true, tall: true },
    { text: pair(`includes ${SHOP.vatPercent} % VAT`, money(vat)) },
    { text: "" },
    { qr: `receipt:${sale.number}:${sale.cents}` },
    { text: SHOP.thanks, align: "center" },
  ];
}

/** A row with a text at either end; a name that is too long gives way to the price. */
export function pair(left, right, columns = COLUMNS) {
  const room = columns - right.length - 1;
  return left.slice(0, room).padEnd(room) + " " + right;
}

function timeOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const ESC = 0x1b;
const GS = 0x1d;

/** The bytes of a receipt. */
export function encodeReceipt(rows) {
  const out = [
    [ESC, 0x40], // ESC @: as after switching on
    [ESC, 0x74, 19], // ESC t 19: code table PC858, which has the euro sign
  ];
  for (const row of rows) {
    out.push([ESC, 0x61, row.align === "center" || row.qr ? 1 : 0]); // ESC a: justification
    if (row.qr) {
      out.push(...qrCode(row.qr));
      continue;
    }
    // GS !: width in the high, height in the low four bits
    out.push([GS, 0x21, (row.big ? 0x10 : 0) | (row.big || row.tall ? 0x01 : 0)]);
    out.push([ESC, 0x45, row.bold || row.big ? 1 : 0]); // ESC E: emphasized
    out.push(encodeText(row.text), [0x0a]);
  }
  out.push([GS, 0x56, 66, 0]); // GS V 66 0: feed to the cutter, then cut
  return Uint8Array.from(out.flat());
}

/** GS ( k: a QR code, model 2, 6 dots to a module, error correction M. */
function qrCode(text) {
  const data = [...new TextEncoder().encode(text)];
  const command = (...parameters) => [
    ...[GS, 0x28, 0x6b, parameters.length & 0xff, parameters.length >> 8],
    ...parameters,
  ];
  return [
    command(0x31, 0x41, 0x32, 0),
    command(0x31, 0x43, 6),
    command(0x31, 0x45, 0x31),
    command(0x31, 0x50, 0x30, ...data),
    command(0x31, 0x51, 0x30),
    [0x0a],
  ];
}

/** Code table PC858 from 0x80 on. */
const PC858 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐" +
  "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0";

/**
 * A text in the printer's code table. What the table lacks is a question mark, and control
 * characters are dropped: a product's name is a text, never a command.
 */
export function encodeText(text) {
  return [...text.normalize("NFC")].flatMap((character) => {
    const code = character.codePointAt(0);
    if (code < 0x20 || code === 0x7f) return [];
    if (code < 0x80) return [code];
    const index = PC858.indexOf(character);
    return [index < 0 ? 0x3f : 0x80 + index];
  });
}
