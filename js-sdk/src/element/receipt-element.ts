/** The element: keeps what it is to show, and shows it when that has changed. */
import type {
  Preview,
  PrinterOptions,
  ReceiptBuilder,
  Receipts,
  Template,
} from "../receipt/index.js";
import { loadReceipt } from "../receipt/index.js";
import { fit } from "./scale.js";
import { PRINTER_ATTRIBUTES, printerOf, SOURCE_ATTRIBUTES, sourceOf } from "./source.js";
import { STYLE } from "./style.js";

/** What a receipt is made of: the bytes of a job, a template with its data, or a builder. */
export type ReceiptSource = Uint8Array | Template | ReceiptBuilder;

/** What `platen-receipt-shown` tells: what reading the receipt brought to light. */
export interface ReceiptShown {
  /** In words, each with its place in the job. */
  readonly findings: readonly string[];
  /** Characters that neither the printer nor a font has. */
  readonly missing: string;
}

/** Where there are no elements, as in node, the class is there and cannot be used. */
const Base: typeof HTMLElement =
  (globalThis as { HTMLElement?: typeof HTMLElement }).HTMLElement ??
  (Object as unknown as typeof HTMLElement);

/** A receipt is not shown larger than this by itself, in CSS pixels for a dot. */
const SCALE_MAX = 2;
/** Findings that are listed; who wants all of them asks the preview. */
const FINDINGS_SHOWN = 5;

/**
 * `<platen-receipt>`: shows a receipt as it will stand on the paper, dot for dot. Registered by
 * {@link defineReceiptElement}.
 *
 * Attributes: `job` (base64), or `markup` with `data` (JSON), `locale` and `currency`; `profile`,
 * `columns`, `dots`, `multibyte` and `dialect` for the printer; `label` for those who cannot see it;
 * `module`, where the receipt module lies. Properties say the same with values.
 */
export class PlatenReceiptElement extends Base {
  /** What is watched for changes. */
  static readonly observedAttributes: readonly string[] = [
    ...SOURCE_ATTRIBUTES,
    ...PRINTER_ATTRIBUTES,
    "label",
    "module",
  ];

  readonly #parts = makeParts();
  #source: ReceiptSource | undefined;
  #printer: PrinterOptions | undefined;
  #receipts: Receipts | undefined;
  #preview: Preview | undefined;
  #watch: AbortController | undefined;
  /** The number of the last change: what was begun for an earlier one is not shown. */
  #change = 0;
  #shown: Promise<void> = Promise.resolve();
  #dots = { width: 0, height: 0 };

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const { figure, findings, error } = this.#parts;
    root.append(figure, findings, error);
  }

  /** What is shown; goes before the attributes. */
  get source(): ReceiptSource | undefined {
    return this.#source;
  }

  set source(source: ReceiptSource | undefined) {
    this.#source = source;
    this.#changed();
  }

  /** The printer it is shown for; goes before the attributes. */
  get printer(): PrinterOptions | undefined {
    return this.#printer;
  }

  set printer(printer: PrinterOptions | undefined) {
    this.#printer = printer;
    this.#changed();
  }

  /** What draws it, where the page has loaded it already or has added fonts. */
  get receipts(): Receipts | undefined {
    return this.#receipts;
  }

  set receipts(receipts: Receipts | undefined) {
    this.#receipts = receipts;
    this.#changed();
  }

  /** What is shown, unless it failed. The element gives it back when it shows something else. */
  get preview(): Preview | undefined {
    return this.#preview;
  }

  /** Resolves when what was last said is shown, or its failure is; never rejects. */
  get shown(): Promise<void> {
    return this.#shown;
  }

  connectedCallback(): void {
    const watch = new AbortController();
    this.#watch = watch;
    const { signal } = watch;
    const sizes = new ResizeObserver(() => {
      this.#resize();
    });
    sizes.observe(this);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
    });
    this.#watchPixelRatio(signal);
    this.#changed();
  }

  disconnectedCallback(): void {
    this.#watch?.abort();
    this.#change++;
    this.#preview?.free();
    this.#preview = undefined;
  }

  attributeChangedCallback(): void {
    this.#changed();
  }

  /** Shows it anew, once for all that changes now. */
  #changed(): void {
    if (!this.isConnected) return;
    const change = ++this.#change;
    this.#shown = Promise.resolve().then(async () => this.#show(change));
  }

  async #show(change: number): Promise<void> {
    // Another change has come meanwhile, and shows everything.
    const isLate = (): boolean => change !== this.#change;
    if (isLate()) {
      await this.#shown;
      return;
    }
    try {
      const attribute = (name: string): string | null => this.getAttribute(name);
      const source = this.#source ?? sourceOf(attribute);
      const printer = this.#printer ?? printerOf(attribute);
      if (source === undefined) {
        this.#clear();
        return;
      }
      const receipts = this.#receipts ?? (await loadReceipt(attribute("module") ?? undefined));
      if (!isLate()) this.#paint(receipts.preview(source, printer), languageOf(source));
    } catch (error) {
      if (!isLate()) this.#fail(error);
    }
    if (isLate()) await this.#shown;
  }

  /** Puts a receipt in the place of the one before, at one go: nothing flickers. */
  #paint(preview: Preview, language: string | undefined): void {
    const { figure, dots, canvas, view, text, error } = this.#parts;
    const { width, height, data } = preview.pixels();
    const facts = preview.facts();
    canvas.width = width;
    canvas.height = Math.max(1, height);
    if (height > 0) {
      canvas.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
    }
    this.#dots = { width, height };
    dots.replaceChildren(canvas, view, ...preview.cuts().flatMap((cut) => cutLine(cut, height)));
    this.#resize();
    figure.setAttribute("aria-label", this.getAttribute("label") ?? "Receipt");
    figure.classList.remove("stale");
    figure.hidden = false;
    if (language === undefined) text.removeAttribute("lang");
    else text.lang = language;
    text.replaceChildren(...preview.text().trimEnd().split("\n").map(textRow));
    error.hidden = true;
    const shown = {
      findings: facts.findings.map(({ offset, finding }) => `At byte ${offset}: ${finding}`),
      missing: preview.missing,
    };
    this.#tell(shown, facts.findings_left_off);
    this.#preview?.free();
    this.#preview = preview;
    this.dispatchEvent(new CustomEvent<ReceiptShown>("platen-receipt-shown", { detail: shown }));
  }

  #tell({ findings, missing }: ReceiptShown, leftOff: number): void {
    const more = findings.length + leftOff - FINDINGS_SHOWN;
    const notes = [
      ...(missing === "" ? [] : [`No font has these characters: ${missing}`]),
      ...findings.slice(0, FINDINGS_SHOWN),
      ...(more > 0 ? [`and ${more} more`] : []),
    ];
    const list = this.#parts.findings;
    list.replaceChildren(
      ...notes.map((note) => {
        const item = document.createElement("li");
        item.textContent = note;
        return item;
      }),
    );
    list.hidden = notes.length === 0;
  }

  /** Keeps the receipt that was shown last, pale, beside what is wrong with the new one. */
  #fail(cause: unknown): void {
    const { figure, error } = this.#parts;
    figure.classList.add("stale");
    error.textContent = cause instanceof Error ? cause.message : String(cause);
    error.hidden = false;
    this.#preview?.free();
    this.#preview = undefined;
    this.dispatchEvent(new CustomEvent("platen-receipt-failed", { detail: { error: cause } }));
  }

  #clear(): void {
    const { figure, findings, error } = this.#parts;
    for (const part of [figure, findings, error]) part.hidden = true;
    this.#preview?.free();
    this.#preview = undefined;
  }

  #resize(): void {
    const { figure, dots, canvas, view } = this.#parts;
    if (this.#dots.width === 0) return;
    const style = getComputedStyle(figure);
    const margins = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const room = this.clientWidth - (Number.isFinite(margins) ? margins : 0);
    const { width, height, isCrisp } = fit(this.#dots, room, devicePixelRatio, SCALE_MAX);
    // By the object model, which a Content Security Policy lets us use.
    dots.style.inlineSize = `${width}px`;
    dots.style.blockSize = `${height}px`;
    canvas.hidden = !isCrisp;
    view.hidden = isCrisp;
    if (!isCrisp) {
      view.width = Math.max(1, Math.round(width * devicePixelRatio));
      view.height = Math.max(1, Math.round(height * devicePixelRatio));
      const context = view.getContext("2d");
      if (context === null) return;
      context.imageSmoothingQuality = "high";
      context.drawImage(canvas, 0, 0, view.width, view.height);
    }
  }

  /** A window on another screen has other pixels. */
  #watchPixelRatio(signal: AbortSignal): void {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener(
      "change",
      () => {
        this.#resize();
        this.#watchPixelRatio(signal);
      },
      { once: true, signal },
    );
  }
}

interface Parts {
  readonly figure: HTMLElement;
  readonly dots: HTMLElement;
  /** The dots, one pixel each. */
  readonly canvas: HTMLCanvasElement;
  /** The dots made smaller, where there is no room for them. */
  readonly view: HTMLCanvasElement;
  readonly text: HTMLElement;
  readonly findings: HTMLElement;
  readonly error: HTMLElement;
}

function makeParts(): Parts {
  const part = <Name extends keyof HTMLElementTagNameMap>(tag: Name, name: string) => {
    const made = document.createElement(tag);
    made.className = name;
    made.setAttribute("part", name);
    return made;
  };
  const figure = part("div", "paper");
  const dots = part("div", "dots");
  const text = part("div", "text");
  const findings = part("ul", "findings");
  const error = part("p", "error");
  const canvas = document.createElement("canvas");
  const view = document.createElement("canvas");
  // The dots are for those who see them; the same stands beside them in words.
  dots.setAttribute("aria-hidden", "true");
  figure.setAttribute("role", "figure");
  findings.setAttribute("role", "status");
  error.setAttribute("role", "alert");
  dots.append(canvas, view);
  figure.append(dots, text);
  for (const hidden of [figure, findings, error]) hidden.hidden = true;
  return { figure, dots, canvas, view, text, findings, error };
}

/** A row for a screen reader: columns apart, in the direction of its own letters. */
function textRow(row: string): HTMLElement {
  const line = document.createElement("div");
  line.dir = "auto";
  line.textContent = row.trim().replaceAll(/ {2,}/g, "  ");
  return line;
}

/** Where the cutter goes through; the end of the paper needs no line. */
function cutLine(cut: number, height: number): HTMLElement[] {
  if (cut >= height || cut <= 0) return [];
  const line = document.createElement("div");
  line.className = "cut";
  line.setAttribute("part", "cut");
  line.style.insetBlockStart = `${(cut / height) * 100}%`;
  return [line];
}

/** The language a template says it is in. */
function languageOf(source: ReceiptSource): string | undefined {
  return "markup" in source ? source.locale : undefined;
}
