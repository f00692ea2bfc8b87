/**
 * What a print would look like, as the agent sees it: nothing is printed, and nothing is kept. A
 * page that has `platen/receipt` draws the same dots by itself, at once and without an agent.
 */
import type { Client } from "./client.js";
import { list, members, number, text } from "./decode.js";
import { prepare, type DocumentInput } from "./document.js";
import type { Octets } from "./encoding.js";
import { BridgeError } from "./errors.js";
import type { PreviewForm } from "./generated/protocol.js";
import type { CallOptions } from "./options.js";

/** What to show, and how. */
export interface PreviewRequest<Form extends PreviewForm = PreviewForm> {
  /** What would be printed: raw data, or text of the format `text/plain`. */
  readonly document: DocumentInput | readonly DocumentInput[];
  /** Text with its columns kept, or a picture: SVG, or PNG with one pixel a dot. */
  readonly form: Form;
  /** Id of the printer; left out: the machine's default printer. */
  readonly printer?: string | undefined;
  /** Another printer model to show it for, such as `TM-T88V`. */
  readonly profile?: string | undefined;
}

/** Something worth telling about a document. */
export interface PreviewFinding {
  /** Offset of the first octet it is about. */
  readonly offset: number;
  /** What it is, in words. */
  readonly finding: string;
}

/** A preview in one form. */
export interface AgentPreview<Form extends PreviewForm = PreviewForm> {
  readonly form: Form;
  /** The text or the SVG; the octets of the PNG file. */
  readonly content: Form extends "png" ? Octets : string;
  /** The printer model it is for. */
  readonly profile: string;
  /** Dots across the paper. */
  readonly widthDots: number;
  /** Dots along the paper. */
  readonly heightDots: number;
  /** Where the paper is cut, in dots from its beginning. */
  readonly cutsDots: readonly number[];
  /** Whether something was left out because there was too much of it. */
  readonly cutShort: boolean;
  /** The rows of text. */
  readonly lines: readonly string[];
  /** What reading the documents brought to light. */
  readonly findings: readonly PreviewFinding[];
  /** All it says, in the form of `platen preview --facts`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Asks the agent what a print would look like. What could not be printed is refused with the codes
 * of a print. A site may ask a few times a second; ask again when an answer has come.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 * import { preview } from "platen/preview";
 *
 * async function look(client: Client, job: Uint8Array, image: HTMLImageElement): Promise<void> {
 *   const { content, lines } = await preview(client, { document: job, form: "png" });
 *   image.src = URL.createObjectURL(new Blob([content], { type: "image/png" }));
 *   image.alt = lines.join("\n");
 * }
 * ```
 */
export async function preview<Form extends PreviewForm>(
  client: Client,
  { document, form, printer, profile }: PreviewRequest<Form>,
  { signal }: CallOptions = {},
): Promise<AgentPreview<Form>> {
  const inputs = isList(document) ? document : [document];
  const documents = await Promise.all(
    inputs.map(async (input) => prepare(globalThis.crypto.subtle, input)),
  );
  const params = { printer, profile, form, documents: documents.map(({ info }) => info) };
  const answer = await client.call("jobs.preview", params, {
    signal,
    documents: documents.map(({ octets }) => octets),
  });
  return read(answer, form);
}

function read<Form extends PreviewForm>(answer: unknown, form: Form): AgentPreview<Form> {
  const from = members(answer);
  const facts = members(from["facts"]);
  const content = text(from, "content");
  return {
    form,
    // The agent answers in the form asked for.
    content: (form === "png" ? fromBase64(content) : content) as AgentPreview<Form>["content"],
    profile: text(from, "profile"),
    widthDots: number(from, "width_dots"),
    heightDots: number(from, "height_dots"),
    cutsDots: list(from, "cuts_dots", Number),
    cutShort: from["cut_short"] === true,
    lines: list(facts, "lines", String),
    findings: list(facts, "findings", (item) => {
      const finding = members(item);
      return { offset: number(finding, "offset"), finding: text(finding, "finding") };
    }),
    facts,
  };
}

function fromBase64(content: string): Octets {
  try {
    return Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new BridgeError("invalid-answer", { cause });
  }
}

function isList(input: PreviewRequest["document"]): input is readonly DocumentInput[] {
  return Array.isArray(input);
}
