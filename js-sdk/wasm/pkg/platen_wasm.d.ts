/* tslint:disable */
/* eslint-disable */

/**
 * A receipt for one printer.
 */
export class Composed {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The job.
     */
    bytes(): Uint8Array;
    /**
     * Characters that neither the printer nor a font has, each once.
     */
    missing(): string;
}

/**
 * The fonts of a page, and what is done with them.
 */
export class Engine {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * One font more, from its file.
     *
     * # Errors
     * When the file is no font or a damaged one.
     */
    add_fonts(file: Uint8Array | number[]): void;
    /**
     * Blocks, written for a printer.
     *
     * # Errors
     * When a block, a picture or an option is none.
     */
    compose(blocks: string, pictures: Pictures, printer: string): Composed;
    /**
     * Whether some font has every character of a text.
     */
    has(text: string): boolean;
    /**
     * With the fonts that come with the module.
     */
    constructor();
    /**
     * A job, laid out for a printer.
     *
     * # Errors
     * When an option is none.
     */
    preview(job: Uint8Array | number[], printer: string): Preview;
    /**
     * A template filled with data, written for a printer.
     *
     * # Errors
     * When the template, its data, a picture or an option is none.
     */
    render(template: string, data: string, locality: string, pictures: Pictures, printer: string): Composed;
}

/**
 * Pictures by the names that a receipt calls them.
 */
export class Pictures {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * One more: red, green, blue and opacity, as a canvas gives them.
     *
     * # Errors
     * When there are no pixels, too many, or others than the size says.
     */
    add(name: string, width: number, height: number, rgba: Uint8Array | number[]): void;
    /**
     * None yet.
     */
    constructor();
}

/**
 * A receipt laid out for a printer. It is drawn when dots are first asked for.
 */
export class Preview {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Its dots, eight an octet, rows of whole octets, 1 is black.
     */
    bits(): Uint8Array;
    /**
     * Where it is cut, in dots from the top.
     */
    cuts_dots(): Uint32Array;
    /**
     * What it says, as JSON.
     */
    facts(): string;
    /**
     * From the first dot to the last feed.
     */
    height_dots(): number;
    /**
     * As HTML for those who read with other means than eyes.
     */
    html(): string;
    /**
     * Its dots as pixels of a canvas: black and white, opaque.
     */
    pixels(): Uint8Array;
    /**
     * Its dots as a PNG.
     */
    png(): Uint8Array;
    /**
     * Its dots as an SVG.
     */
    svg(): string;
    /**
     * As plain text.
     */
    text(): string;
    /**
     * Width of the paper that can be printed on.
     */
    width_dots(): number;
}

/**
 * The digest of a call, as a statement names it. `params` is the text that is
 * sent, to the octet.
 *
 * # Errors
 * When there is no such method.
 */
export function call_digest(method: string, params: string): string;

/**
 * The canonical text of a statement: what is signed is its UTF-8.
 *
 * # Errors
 * When a member is missing, unknown or not what it must be.
 */
export function canonical_statement(json: string): string;

/**
 * A picture as a whole job in a printer's language.
 *
 * # Errors
 * When the picture or an option is none, or the language takes no picture so large.
 */
export function dither(width: number, height: number, rgba: Uint8Array | number[], options: string): Uint8Array;

/**
 * Reads a job, and tells its commands and findings as JSON.
 */
export function parse(job: Uint8Array | number[]): string;

/**
 * The names of the printer models that are known, as JSON.
 */
export function profiles(): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_composed_free: (a: number, b: number) => void;
    readonly __wbg_engine_free: (a: number, b: number) => void;
    readonly __wbg_pictures_free: (a: number, b: number) => void;
    readonly __wbg_preview_free: (a: number, b: number) => void;
    readonly call_digest: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly canonical_statement: (a: number, b: number) => [number, number, number, number];
    readonly composed_bytes: (a: number) => [number, number];
    readonly composed_missing: (a: number) => [number, number];
    readonly dither: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number, number];
    readonly engine_add_fonts: (a: number, b: number, c: number) => [number, number];
    readonly engine_compose: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly engine_has: (a: number, b: number, c: number) => number;
    readonly engine_new: () => number;
    readonly engine_preview: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly engine_render: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number) => [number, number, number];
    readonly parse: (a: number, b: number) => [number, number];
    readonly pictures_add: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number];
    readonly pictures_new: () => number;
    readonly preview_bits: (a: number) => [number, number];
    readonly preview_cuts_dots: (a: number) => [number, number];
    readonly preview_facts: (a: number) => [number, number];
    readonly preview_height_dots: (a: number) => number;
    readonly preview_html: (a: number) => [number, number];
    readonly preview_pixels: (a: number) => [number, number];
    readonly preview_png: (a: number) => [number, number];
    readonly preview_svg: (a: number) => [number, number];
    readonly preview_text: (a: number) => [number, number];
    readonly preview_width_dots: (a: number) => number;
    readonly profiles: () => [number, number];
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
