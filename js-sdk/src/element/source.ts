/** What an element shows, from its attributes: a job in base64, or markup with its data as JSON. */
import type { PrinterOptions, Template } from "../receipt/index.js";

/** The attributes that say what is shown. */
export const SOURCE_ATTRIBUTES = ["job", "markup", "data", "locale", "currency"] as const;
/** The attributes that say for which printer. */
export const PRINTER_ATTRIBUTES = ["profile", "columns", "dots", "multibyte", "dialect"] as const;

/** Reads an attribute; `null` where there is none. */
export type Attributes = (name: string) => string | null;

/** An attribute that cannot be read. */
export class AttributeError extends Error {
  override readonly name = "AttributeError";
}

/** The receipt that the attributes name; `undefined` where they name none. */
export function sourceOf(attribute: Attributes): Uint8Array | Template | undefined {
  const job = attribute("job");
  if (job !== null) return fromBase64(job);
  const markup = attribute("markup");
  if (markup === null) return undefined;
  return {
    markup,
    data: json(attribute("data") ?? "{}"),
    locale: attribute("locale") ?? undefined,
    currency: attribute("currency") ?? undefined,
  };
}

/** The printer that the attributes name. */
export function printerOf(attribute: Attributes): PrinterOptions {
  return {
    profile: attribute("profile") ?? undefined,
    columns: whole(attribute, "columns"),
    dots: whole(attribute, "dots"),
    multibyte: word(attribute, "multibyte", ["none", "shift_jis", "gb18030", "big5", "ksc5601"]),
    dialect: word(attribute, "dialect", ["escpos", "star", "zpl"]),
  };
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new AttributeError('the attribute "job" is no base64; give the job\'s bytes in base64', {
      cause,
    });
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AttributeError('the attribute "data" is no JSON', { cause });
  }
}

function whole(attribute: Attributes, name: string): number | undefined {
  const text = attribute(name);
  if (text === null) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new AttributeError(`the attribute "${name}" is no whole number`);
  }
  return Number(text);
}

function word<Word extends string>(
  attribute: Attributes,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = attribute(name);
  if (text === null) return undefined;
  const found = words.find((known) => known === text);
  if (found === undefined) {
    throw new AttributeError(`the attribute "${name}" is one of ${words.join(", ")}`);
  }
  return found;
}
