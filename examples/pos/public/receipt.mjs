// The receipt of a sale: markup, and the sale as its data. The same goes to the preview on the page
// and to the printer. Data are text, whatever they say: a product's name is never a command.
import { SHOP } from "./shop.mjs";

const MARKUP = `<receipt locale="en-IE" currency="EUR">
  <group align="center">
    <text size="2" bold="yes">{shop.name}</text>
    <each in="shop.address" as="line"><text>{line}</text></each>
  </group>
  <feed/>
  <row>
    <col>Receipt {number}</col>
    <col width="16" align="right">{date | date} {date | time}</col>
  </row>
  <rule/>
  <each in="items" as="item">
    <row>
      <col width="3" align="right">{item.quantity}</col>
      <col width="3" align="center">x</col>
      <col>{item.name}</col>
      <col width="10" align="right">{item.amount | currency}</col>
    </row>
  </each>
  <rule/>
  <row size="1x2" bold="yes">
    <col>TOTAL</col>
    <col width="16" align="right">{total | currency}</col>
  </row>
  <row>
    <col>includes {shop.vatPercent} % VAT</col>
    <col width="12" align="right">{vat | currency}</col>
  </row>
  <feed/>
  <qr align="center" size="5">receipt:{number}:{cents}</qr>
  <text align="center">{shop.thanks}</text>
  <cut/>
</receipt>`;

/** The receipt of a sale, as `platen/receipt` and `<platen-receipt>` take it. */
export function receiptOf(sale) {
  const vat = Math.round((sale.cents * SHOP.vatPercent) / (100 + SHOP.vatPercent));
  const data = {
    shop: SHOP,
    number: sale.number,
    date: localTime(sale.startedAt),
    items: sale.lines.map(({ product, quantity, cents }) => ({
      ...{ name: product.name, quantity, amount: amount(cents) },
    })),
    cents: sale.cents,
    total: amount(sale.cents),
    vat: amount(vat),
  };
  return { markup: MARKUP, data };
}

/** Cents as a decimal text: amounts are never binary fractions. */
function amount(cents) {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
}

/** The time on the clock of the till. */
function localTime(date) {
  const two = (number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
