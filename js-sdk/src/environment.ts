/**
 * Everything outside that the SDK leans on: the page, its permissions, sockets, clock, chance.
 * A test, or a program that is no browser, passes its own.
 */
import { aborted } from "./errors.js";
import { members, text } from "./decode.js";
import type { Permission } from "./verdict.js";
import { openWebSocket, type OpenTransport } from "./transport.js";

/** The browser's permission to reach this machine, as it is now and when it changes. */
export interface PermissionWatch {
  /** As it is now. */
  state(): Permission;
  /** Resolves at the next change; never where nothing can change. */
  changed(signal: AbortSignal): Promise<void>;
}

/** A small store of texts, as `localStorage` is. */
export interface TextStore {
  /** The text under this key. */
  getItem(key: string): string | null;
  /** Keeps a text. */
  setItem(key: string, value: string): void;
  /** Forgets it. */
  removeItem(key: string): void;
}

/** What surrounds the SDK. */
export interface Environment {
  /** The page's origin; `undefined` outside a browser. */
  readonly origin: string | undefined;
  /** Whether no browser's rule is between the page and this machine: it was served from here. */
  readonly servedFromHere: boolean;
  /** Whether the page is a secure context. */
  readonly secure: boolean;
  /** Whether the frame the page is in keeps it from this machine. */
  readonly frameBlocks: boolean;
  /** WebCrypto; `undefined` where the context is not secure. */
  readonly subtle: SubtleCrypto | undefined;
  /** Where the SDK remembers the way and the agent; `undefined` where nothing can be kept. */
  readonly store: TextStore | undefined;
  /** Starts a connection. */
  readonly open: OpenTransport;
  /** Asks for the permission's state without asking the user. */
  permission(): Promise<PermissionWatch>;
  /**
   * Asks an agent's `GET /healthz`: the protocol it speaks, or `undefined` where no agent answers.
   * Pending while the browser asks its user.
   */
  askHealth(url: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Resolves when the page has its user back: it is shown again, or the machine is back on a
   * network. What lay still meanwhile is worth a look then.
   */
  attended(signal: AbortSignal): Promise<void>;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after this long; rejects when the signal is given. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}

/** The names of the permission, new and old (Chromium, Firefox). */
const PERMISSION_NAMES = ["loopback-network", "local-network-access"];

const NEVER: PermissionWatch = { state: () => "none", changed: aborted };

/** The page this runs in, or what there is of it elsewhere. */
export function browserEnvironment(): Environment {
  const origin = typeof location === "undefined" ? undefined : location.origin;
  return {
    origin,
    // Outside a browser there is no context that could be insecure.
    secure: origin === undefined || isSecureContext,
    servedFromHere: servedFromHere(),
    frameBlocks: frameBlocks(),
    // Missing in insecure contexts, whatever the types say.
    subtle: (globalThis as { crypto?: { subtle?: SubtleCrypto } }).crypto?.subtle,
    store: localStore(),
    open: openWebSocket,
    permission: queryPermission,
    askHealth: async (url, signal) => {
      // The option marks a plain-http address as loopback, which an https page may then fetch.
      const options: RequestInit & { targetAddressSpace: string } = {
        signal,
        cache: "no-store",
        credentials: "omit",
        targetAddressSpace: "loopback",
      };
      const response = await fetch(url, options);
      const from = members(await response.json());
      return from["product"] === "platen" ? text(from, "protocol") : undefined;
    },
    attended,
    now: () => Date.now(),
    sleep,
    random: () => Math.random(),
  };
}

/**
 * Waits for what `run` starts, however it ends, but no longer than `ms`; answers whether that was
 * too long. What goes on is told to stop.
 */
export async function isLate(
  environment: Environment,
  ms: number,
  signal: AbortSignal,
  run: (stop: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const inTime = (): boolean => false;
  const late = await Promise.race([
    run(stop).then(inTime, inTime),
    environment.sleep(ms, stop).then(() => true, inTime),
  ]);
  over.abort();
  return late;
}

/**
 * Pages served from this machine are not asked: no permission applies to them, even where its
 * state reads `prompt`.
 */
function servedFromHere(): boolean {
  return (
    typeof location === "undefined" ||
    /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname)
  );
}

async function queryPermission(): Promise<PermissionWatch> {
  if (servedFromHere()) return NEVER;
  // Missing in insecure contexts, whatever the types say.
  const { permissions } = navigator as { permissions?: Permissions };
  if (permissions === undefined) return NEVER;
  for (const name of PERMISSION_NAMES) {
    try {
      // The types know only the permissions of every browser.
      const status = await permissions.query({ name: name as PermissionName });
      return {
        state: () => status.state,
        changed: async (signal) => Promise.race([happens(status, "change"), aborted(signal)]),
      };
    } catch {
      // A TypeError: this browser has no permission of this name.
    }
  }
  return NEVER;
}

/** Whether this is a frame that the page around it did not let through. */
function frameBlocks(): boolean {
  if (typeof window === "undefined" || window === window.parent) return false;
  interface FeaturePolicy {
    features(): string[];
    allowsFeature(name: string): boolean;
  }
  // Chromium only; elsewhere a frame is taken for allowed, and a refusal for the user's.
  const { featurePolicy } = document as { featurePolicy?: FeaturePolicy };
  if (featurePolicy === undefined) return false;
  const known = featurePolicy.features();
  const names = PERMISSION_NAMES.filter((name) => known.includes(name));
  return names.length > 0 && !names.some((name) => featurePolicy.allowsFeature(name));
}

function localStore(): TextStore | undefined {
  try {
    // Throws where the user forbids storage; missing outside a browser.
    return typeof location === "undefined" ? undefined : localStorage;
  } catch {
    return undefined;
  }
}

async function happens(target: EventTarget, type: string): Promise<void> {
  return new Promise((resolve) => {
    target.addEventListener(
      type,
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

async function attended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Outside a page there is nobody to come back.
    if (typeof document === "undefined") return;
    const look = (): void => {
      if (!document.hidden) resolve();
    };
    for (const type of ["online", "pageshow"]) addEventListener(type, look, { signal });
    document.addEventListener("visibilitychange", look, { signal });
  });
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new DOMException("the wait was given up", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}
