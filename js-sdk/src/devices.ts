/**
 * What else stands at a till: scales, scanners, displays and terminals on serial lines, USB and the
 * network, and the drawer that hangs on the printer. A page reaches what its grant names, one page
 * at a time; what it opened closes with its connection.
 */
import { Channel } from "./channel.js";
import type { Client } from "./client.js";
import type { Params } from "./connection.js";
import { list, members, text } from "./decode.js";
import { utf8, type Octets } from "./encoding.js";
import { BridgeError } from "./errors.js";
import type { DeviceClass, Method } from "./generated/protocol.js";
import type { Job } from "./job.js";
import type { CallOptions } from "./options.js";

/** Things told that wait for a slow loop; with more, the loop ends with `slow-consumer`. */
const WAITING_MAX = 1_024;

/** A device that the grant names and that is there. */
export interface DeviceInfo {
  /** What to open it by. */
  readonly device: string;
  readonly class: DeviceClass;
  /** What it says that it is; may be empty. */
  readonly label: string;
  /** The usage pages of a HID device. */
  readonly usagePages: readonly number[];
}

/** What a frame begins or ends with: octets, or text in UTF-8. */
export type Mark = string | Uint8Array;

/** How what arrives on a line is cut into pieces; left out: pieces as they come. */
export type SerialFraming =
  | { readonly by: "line" }
  | { readonly by: "mark"; readonly start?: Mark | undefined; readonly end: Mark }
  | { readonly by: "width"; readonly start?: Mark | undefined; readonly octets: number }
  | {
      readonly by: "length";
      readonly start?: Mark | undefined;
      /** Octets before the number that says the length. */
      readonly index: number;
      /** Octets of that number, 1 to 4. */
      readonly octets: number;
      readonly littleEndian?: boolean | undefined;
    };

/** How a serial line is set; left out: 9600 baud, eight bits, no parity, one stop bit. */
export interface SerialSettings {
  readonly baud?: number | undefined;
  readonly dataBits?: 5 | 6 | 7 | 8 | undefined;
  readonly parity?: "none" | "even" | "odd" | "mark" | "space" | undefined;
  readonly stopBits?: 1 | 2 | undefined;
  readonly flow?: "none" | "rts-cts" | "xon-xoff" | undefined;
  readonly framing?: SerialFraming | undefined;
}

/** What is used of a device. */
export interface DeviceSettings {
  /** Of a serial port. */
  readonly serial?: SerialSettings | undefined;
  /** Of a USB device: its interface, and the endpoint whose octets are told as they come. */
  readonly usb?: { readonly interface: number; readonly listen?: number | undefined } | undefined;
  /** Of a HID device with several usage pages. */
  readonly usagePage?: number | undefined;
}

/** A scale, on a serial port by its protocol or on USB as a HID device. */
export interface ScaleSettings {
  readonly profile: "mt-sics" | "toledo-8217" | "nci" | "sma" | "and-standard" | "hid";
  /** What it counts in, where it does not say so; left out: `kg`. */
  readonly unit?: string | undefined;
  /** How its line is set, where it is not as it came. */
  readonly serial?: Omit<SerialSettings, "framing"> | undefined;
}

/** What a scale says. */
export type ScaleState =
  | {
      readonly type: "weight";
      /** A decimal number, with the places that the scale shows. */
      readonly weight: string;
      /** `g`, `kg`, `oz`, `lb`, ... */
      readonly unit: string;
      /** Whether it is at rest: only such a weight may be sold by. */
      readonly stable: boolean;
      /** Whether nothing is on it. */
      readonly zero: boolean;
      /** Whether something was taken off as tare. */
      readonly tare: boolean;
    }
  | {
      readonly type: "no-weight";
      /** `under-range`, `over-range`, `in-motion`, `silent`, or what is wrong with it. */
      readonly problem: string;
    };

/** Where to send, and as what. */
export interface SendOptions extends CallOptions {
  /** The address of an endpoint of a USB device. */
  readonly endpoint?: number | undefined;
  /** Of a HID device: that it is a feature report. */
  readonly feature?: boolean | undefined;
}

/** What to ask for. */
export interface ReceiveOptions extends CallOptions {
  /** How many octets at most. */
  readonly octets: number;
  /** The address of an endpoint of a USB device. */
  readonly endpoint?: number | undefined;
  /** The number of a feature report of a HID device. */
  readonly feature?: number | undefined;
}

/** What hangs on a printer, and how long it may take. */
export interface AccessoryOptions extends CallOptions {
  /** Id of the printer; left out: the machine's default printer. */
  readonly printer?: string | undefined;
  /** Milliseconds in which it must have begun, or is not done at all; left out: 10,000. */
  readonly withinMs?: number | undefined;
  /** The same key is done once, however often it is asked. */
  readonly idempotencyKey?: string | undefined;
}

/** The devices that the grant names and that are there. */
export async function listDevices(
  client: Client,
  { class: only, signal }: CallOptions & { readonly class?: DeviceClass | undefined } = {},
): Promise<DeviceInfo[]> {
  return readList(await client.call("devices.list", { class: only }, { signal }));
}

/**
 * Which HID devices come and go, from now on.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 * import { watchDevices } from "platen/devices";
 *
 * async function follow(client: Client, show: (line: string) => void): Promise<void> {
 *   for await (const { device, attached } of watchDevices(client)) show(`${device} ${attached}`);
 * }
 * ```
 */
export async function* watchDevices(
  client: Client,
  { signal }: CallOptions = {},
): AsyncGenerator<{ readonly device: string; readonly attached: boolean }, void, undefined> {
  const line = switchboard(client).line("", signal);
  try {
    await client.call("devices.list", { class: "hid", follow: true }, { signal });
    for await (const { device, event } of line) {
      yield { device, attached: event["type"] === "attached" };
    }
  } finally {
    line.end();
  }
}

/**
 * Opens a device for this page alone.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 * import { openDevice } from "platen/devices";
 *
 * async function scan(client: Client, found: (code: string) => void): Promise<void> {
 *   const serial = { baud: 9600, framing: { by: "line" } } as const;
 *   await using scanner = await openDevice(client, "serial:/dev/ttyACM0", { serial });
 *   for await (const octets of scanner.received()) found(new TextDecoder().decode(octets));
 * }
 * ```
 */
export async function openDevice(
  client: Client,
  device: string,
  settings: DeviceSettings = {},
  { signal }: CallOptions = {},
): Promise<OpenDevice> {
  const { serial, usb, usagePage } = settings;
  const line = switchboard(client).line(device);
  const params = { device, serial: writeSerial(serial), usb, usage_page: usagePage };
  await openWith(client, line, params, signal);
  return new OpenDevice(client, device, line);
}

/**
 * Opens a scale for this page alone, and tells what it says whenever that is something new.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 * import { openScale } from "platen/devices";
 *
 * async function weigh(client: Client): Promise<string> {
 *   await using scale = await openScale(client, "serial:/dev/ttyUSB0", { profile: "toledo-8217" });
 *   for await (const state of scale.states()) {
 *     if (state.type === "weight" && state.stable && !state.zero) return state.weight + state.unit;
 *   }
 *   throw new Error("the scale is gone");
 * }
 * ```
 */
export async function openScale(
  client: Client,
  device: string,
  { profile, unit, serial }: ScaleSettings,
  { signal }: CallOptions = {},
): Promise<Scale> {
  const line = switchboard(client).line(device);
  const params = { device, serial: writeSerial(serial), scale: { profile, unit } };
  await openWith(client, line, params, signal);
  return new Scale(client, device, line);
}

/** Opens the cash drawer that hangs on a printer. The job tells what became of it. */
export async function openDrawer(
  client: Client,
  {
    drawer,
    onMs,
    ...options
  }: AccessoryOptions & {
    /** 1 or 2; left out: the first. */
    readonly drawer?: 1 | 2 | undefined;
    /** Milliseconds for which its solenoid is on, 10 to 510; left out: 120. */
    readonly onMs?: number | undefined;
  } = {},
): Promise<Job> {
  return accessory(client, "drawer.open", { drawer, on_ms: onMs }, options);
}

/** Sounds the buzzer of a printer. */
export async function soundBuzzer(
  client: Client,
  {
    times,
    ...options
  }: AccessoryOptions & {
    /** How often, 1 to 9; left out: once. */
    readonly times?: number | undefined;
  } = {},
): Promise<Job> {
  return accessory(client, "buzzer.sound", { times }, options);
}

/** Shows text on the customer display that hangs on a printer, one for each row; none clears it. */
export async function showOnDisplay(
  client: Client,
  rows: readonly string[],
  options: AccessoryOptions = {},
): Promise<Job> {
  return accessory(client, "display.show", { rows: [...rows] }, options);
}

/** Something that a page has open. */
class Opened implements AsyncDisposable {
  /** What it is called. */
  readonly device: string;
  /** @internal */
  protected readonly client: Client;
  /** @internal */
  protected readonly line: Line;

  /** @internal */
  constructor(client: Client, device: string, line: Line) {
    this.client = client;
    this.device = device;
    this.line = line;
  }

  /** Lets it go. What was sent before is on its way. */
  async close({ signal }: CallOptions = {}): Promise<void> {
    if (this.line.ended) return;
    this.line.end();
    await this.client.call("devices.close", { device: this.device }, { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch((error: unknown) => {
      // With the connection the device is closed as well.
      if (!(error instanceof BridgeError) || error.retry !== "later") throw error;
    });
  }
}

/** A device that this page has for itself. Made by {@link openDevice}. */
export class OpenDevice extends Opened {
  /**
   * What arrives, piece by piece, from when it was opened. Ends when the device is closed; throws
   * when it is lost. One loop at a time.
   */
  async *received(): AsyncGenerator<Octets, void, undefined> {
    for await (const { event } of this.line) {
      if (event["type"] === "frame-lost")
        throw new BridgeError("slow-consumer", { message: TOO_LONG });
      yield fromBase64(text(event, "data"));
    }
  }

  /** Sends. Resolves when the device, or the system for it, has taken everything. */
  async send(data: Mark, { endpoint, feature, signal }: SendOptions = {}): Promise<void> {
    const params = { device: this.device, data: toBase64(data), endpoint, feature };
    await this.client.call("devices.send", params, { signal });
  }

  /** Asks a USB endpoint, or for a feature report of a HID device. */
  async receive({ octets, endpoint, feature, signal }: ReceiveOptions): Promise<Octets> {
    const params = { device: this.device, octets, endpoint, feature };
    const answer = await this.client.call("devices.receive", params, { signal });
    return fromBase64(text(members(answer), "data"));
  }
}

/** A scale that this page has for itself. Made by {@link openScale}. */
export class Scale extends Opened {
  /** What it says, whenever that is something new. Throws when it is lost. One loop at a time. */
  async *states(): AsyncGenerator<ScaleState, void, undefined> {
    for await (const { event } of this.line) {
      const is = (name: string): boolean => event[name] === true;
      yield event["type"] === "weight"
        ? {
            type: "weight",
            weight: text(event, "weight"),
            unit: text(event, "unit"),
            stable: is("stable"),
            zero: is("zero"),
            tare: is("tare"),
          }
        : { type: "no-weight", problem: text(event, "problem") };
    }
  }
}

const TOO_LONG = "what arrived was longer than any frame; compare the framing with the device";

/** What is told of a device. */
interface Told {
  readonly device: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** What is told of one device, until it is closed or lost. */
class Line implements AsyncIterable<Told> {
  readonly #channel: Channel<Told | undefined>;
  readonly #onEnd: () => void;
  ended = false;

  constructor(onEnd: () => void, signal: AbortSignal | undefined) {
    this.#onEnd = onEnd;
    this.#channel = new Channel<Told | undefined>({
      signal,
      limit: WAITING_MAX,
      overflow: () => undefined,
      onEnd: () => {
        this.end();
      },
    });
  }

  hear(told: Told): void {
    if (told.event["type"] !== "lost") {
      this.#channel.push(told);
      return;
    }
    const message = text(told.event, "problem");
    this.end(
      new BridgeError("device-not-open", { message, next: "open it again when it is back" }),
    );
  }

  end(error?: BridgeError): void {
    if (this.ended) return;
    this.ended = true;
    this.#onEnd();
    this.#channel.end(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Told, void, undefined> {
    // Not `for await`: leaving one loop must not keep the next from hearing.
    for (;;) {
      const next = await this.#channel.next();
      if (next.done === true) return;
      if (next.value === undefined) throw new BridgeError("slow-consumer");
      yield next.value;
    }
  }
}

/** Who hears what of the devices of one client. */
class Switchboard {
  readonly #lines = new Map<string, Line>();

  constructor(client: Client) {
    client.onDevice = (params) => {
      this.#hear(params);
    };
    client.connection.subscribe(({ type }) => {
      if (type === "open") return;
      for (const line of [...this.#lines.values()]) line.end(new BridgeError("connection-lost"));
    });
  }

  line(device: string, signal?: AbortSignal): Line {
    if (this.#lines.has(device)) throw new BridgeError("device-in-use", IN_USE);
    const line = new Line(() => {
      this.#lines.delete(device);
    }, signal);
    this.#lines.set(device, line);
    return line;
  }

  #hear(params: unknown): void {
    const { device, event } = members(params);
    const told = { device: String(device), event: members(event) };
    const isPlugging = told.event["type"] === "attached" || told.event["type"] === "detached";
    this.#lines.get(isPlugging ? "" : told.device)?.hear(told);
  }
}

const IN_USE = {
  message: "this page has the device open already",
  next: "use what was opened, or close it first",
  retry: "after-fix",
} as const;

const switchboards = new WeakMap<Client, Switchboard>();

function switchboard(client: Client): Switchboard {
  const known = switchboards.get(client) ?? new Switchboard(client);
  switchboards.set(client, known);
  return known;
}

/** Opens what `line` hears of; it hears from before the answer. */
async function openWith(
  client: Client,
  line: Line,
  params: Params,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await client.call("devices.open", params, { signal });
  } catch (error) {
    line.end();
    throw error;
  }
}

async function accessory(
  client: Client,
  method: Method,
  params: Params,
  { printer, withinMs, idempotencyKey, signal }: AccessoryOptions,
): Promise<Job> {
  const common = { printer, within_ms: withinMs, idempotency_key: idempotencyKey };
  const answer = await client.call(method, { ...params, ...common }, { signal });
  return client.job(text(members(answer), "job_id"));
}

function readList(answer: unknown): DeviceInfo[] {
  return list(members(answer), "devices", (item) => {
    const from = members(item);
    return {
      device: text(from, "device"),
      // A newer agent's classes are told as they are.
      class: text(from, "class") as DeviceClass,
      label: text(from, "label"),
      usagePages: from["usage_pages"] === undefined ? [] : list(from, "usage_pages", Number),
    };
  });
}

function writeSerial(settings: SerialSettings | undefined): Params | undefined {
  if (settings === undefined) return undefined;
  const { baud, dataBits, parity, stopBits, flow, framing } = settings;
  return {
    baud,
    data_bits: dataBits,
    parity,
    stop_bits: stopBits,
    flow,
    framing: framing && writeFraming(framing),
  };
}

function writeFraming(framing: SerialFraming): Params {
  const { by } = framing;
  if (by === "line") return { by };
  const start = framing.start === undefined ? undefined : toBase64(framing.start);
  switch (by) {
    case "mark":
      return { by, start, end: toBase64(framing.end) };
    case "width":
      return { by, start, octets: framing.octets };
    case "length": {
      const { index, octets, littleEndian } = framing;
      return { by, start, index, octets, little_endian: littleEndian };
    }
  }
}

function toBase64(data: Mark): string {
  const octets = typeof data === "string" ? utf8(data) : data;
  let characters = "";
  for (const octet of octets) characters += String.fromCharCode(octet);
  return btoa(characters);
}

function fromBase64(content: string): Octets {
  try {
    return Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new BridgeError("invalid-answer", { cause });
  }
}
