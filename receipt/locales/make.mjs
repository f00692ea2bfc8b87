// Writes ../src/markup/locale_table.rs and ../tests/locales.json from the
// locale data (CLDR) of the node that runs it:  node receipt/locales/make.mjs
import { writeFileSync } from "node:fs";

const LOCALES =
  `bg-BG cs-CZ da-DK de-AT de-CH de-DE el-GR en-AU en-CA en-GB en-IE en-IN en-US es-ES es-MX
  et-EE fi-FI fr-BE fr-CA fr-CH fr-FR he-IL hr-HR hu-HU id-ID is-IS it-IT ja-JP ko-KR lt-LT lv-LV nb-NO
  nl-BE nl-NL pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sl-SI sr-RS sv-SE tr-TR uk-UA vi-VN zh-CN zh-TW`.split(
    /\s+/,
  );
const CURRENCIES =
  `AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KRW KWD MXN
  MYR NOK NZD PHP PLN RON RSD RUB SEK SGD THB TND TRY TWD UAH USD VND ZAR`.split(/\s+/);
const DAY = new Date(Date.UTC(2026, 2, 7, 15, 4, 9));

// Direction marks are for screens: the order on paper is found for each row.
const text = (value) =>
  JSON.stringify(typeof value === "string" ? value.replace(/[\u200e\u200f]/g, "") : value).replace(
    /[^\x20-\x7e]/g,
    (c) => (/[\p{L}\p{Sc}]/u.test(c) ? c : `\\u{${c.codePointAt(0).toString(16)}}`),
  );
const part = (parts, type) => parts.find((p) => p.type === type)?.value ?? "";

function number(locale) {
  const parts = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).formatToParts(
    -12345678.5,
  );
  const groups = parts.filter((p) => p.type === "integer").map((p) => p.value.length);
  const four = new Intl.NumberFormat(locale).formatToParts(1234).some((p) => p.type === "group");
  return {
    decimal: part(parts, "decimal"),
    group: part(parts, "group"),
    minus: part(parts, "minusSign"),
    second: groups[1],
    four,
  };
}

function money(locale, value) {
  const parts = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: "EUR",
    currencyDisplay: "narrowSymbol",
  }).formatToParts(value);
  let pattern = "";
  for (const { type, value } of parts) {
    if (type === "currency") pattern += "¤";
    else if (type === "minusSign") pattern += "-";
    else if (type === "literal") pattern += value;
    else if (!pattern.includes("#")) pattern += "#";
  }
  return pattern;
}

function moneyPart(locale, type) {
  return part(
    new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" }).formatToParts(12345678),
    type,
  );
}

function dated(locale, options) {
  const parts = new Intl.DateTimeFormat(locale, {
    timeZone: "UTC",
    calendar: "gregory",
    numberingSystem: "latn",
    ...options,
  }).formatToParts(DAY);
  return parts
    .map(({ type, value }) => {
      switch (type) {
        case "day":
          return value.length === 2 ? "dd" : "d";
        case "month":
          return /^\d+$/.test(value) ? (value.length === 2 ? "mm" : "m") : "M";
        case "year":
          return value.length === 4 ? "y" : "yy";
        case "hour":
          return value.length === 2 ? (value === "15" ? "HH" : "hh") : value === "15" ? "H" : "h";
        case "minute":
          return "nn";
        case "dayPeriod":
          return "a";
        default:
          return value.replace(
            /[a-zA-ZäöüéèàáíóúñçâêôîûășțşğõÀ-ž\u0400-\u04ff]+/gu,
            (word) => `'${word}'`,
          );
      }
    })
    .join("");
}

function months(locale) {
  const format = new Intl.DateTimeFormat(locale, {
    timeZone: "UTC",
    calendar: "gregory",
    dateStyle: "long",
  });
  return Array.from({ length: 12 }, (_, month) =>
    part(format.formatToParts(new Date(Date.UTC(2026, month, 7))), "month"),
  );
}

function dayPeriods(locale) {
  const format = new Intl.DateTimeFormat(locale, {
    timeZone: "UTC",
    hour: "numeric",
    minute: "2-digit",
  });
  return [3, 15].map((hour) =>
    part(format.formatToParts(new Date(Date.UTC(2026, 2, 7, hour))), "dayPeriod"),
  );
}

const DATE = { year: "numeric", month: "2-digit", day: "2-digit" };
const TIME = { hour: "numeric", minute: "2-digit" };
let rust = `//! Numbers, money and dates by locale. Written by \`receipt/locales/make.mjs\`
//! from the Unicode CLDR (licence Unicode-3.0); not edited by hand.

use super::locale::{Currency, Locale};

/// The locales, sorted by their tags.
pub(super) const LOCALES: &[Locale] = &[
`;
for (const locale of LOCALES) {
  const n = number(locale);
  rust += `    Locale {
        tag: ${text(locale)},
        decimal: ${text(n.decimal)},
        group: ${text(n.group)},
        minus: ${text(n.minus)},
        second_group_digits: ${n.second},
        groups_four_digits: ${n.four},
        money_decimal: ${text(moneyPart(locale, "decimal"))},
        money_group: ${text(moneyPart(locale, "group"))},
        money: ${text(money(locale, 1))},
        money_negative: ${text(money(locale, -1))},
        date: ${text(dated(locale, DATE))},
        date_long: ${text(dated(locale, { dateStyle: "long" }))},
        time: ${text(dated(locale, TIME))},
        months: [
${months(locale)
  .map((name) => `            ${text(name)},\n`)
  .join("")}        ],
        day_periods: [${dayPeriods(locale).map(text).join(", ")}],
    },
`;
}
rust += `];

/// The currencies, sorted by their codes (ISO 4217).
pub(super) const CURRENCIES: &[Currency] = &[
`;
for (const currency of CURRENCIES) {
  const format = new Intl.NumberFormat("en", {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
  });
  rust += `    Currency {
        code: ${text(currency)},
        symbol: ${text(part(format.formatToParts(1), "currency"))},
        digits: ${format.resolvedOptions().maximumFractionDigits},
    },
`;
}
rust += "];\n";
writeFileSync(new URL("../src/markup/locale_table.rs", import.meta.url), rust);

const vectors = LOCALES.map((locale) => {
  const options = { timeZone: "UTC", calendar: "gregory", numberingSystem: "latn" };
  const numbers = Object.fromEntries(
    [
      ["0", 0],
      ["1234.5", 1],
      ["-98765432.105", 2],
      ["1e7", 0],
    ].map(([value, digits]) => [
      value,
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        roundingMode: "halfExpand",
      }).format(value),
    ]),
  );
  const money = Object.fromEntries(
    ["1", "-1234567.891", "0.005"].map((value) => [
      value,
      new Intl.NumberFormat(locale, {
        style: "currency",
        currency: "EUR",
        currencyDisplay: "narrowSymbol",
      }).format(value),
    ]),
  );
  return {
    locale,
    numbers,
    money,
    date: new Intl.DateTimeFormat(locale, { ...options, ...DATE }).format(DAY),
    date_long: new Intl.DateTimeFormat(locale, { ...options, dateStyle: "long" }).format(DAY),
    time: new Intl.DateTimeFormat(locale, { ...options, ...TIME }).format(DAY),
  };
});
writeFileSync(
  new URL("../tests/locales.json", import.meta.url),
  JSON.stringify(vectors, null, 1).replace(/[\u200e\u200f]/g, "") + "\n",
);
