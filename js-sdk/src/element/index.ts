/**
 * `<platen-receipt>`: an element that shows a receipt as it will stand on the paper. It loads the
 * receipt module when it first has something to show, and is registered when the page says so:
 * importing it does nothing.
 */
import { PlatenReceiptElement } from "./receipt-element.js";

export { PlatenReceiptElement, type ReceiptShown, type ReceiptSource } from "./receipt-element.js";

/**
 * Registers the element, once however often it is called.
 *
 * @example
 * ```ts
 * import { defineReceiptElement, PlatenReceiptElement } from "platen/element";
 *
 * defineReceiptElement();
 * const element = document.querySelector("platen-receipt");
 * if (element instanceof PlatenReceiptElement) {
 *   element.printer = { profile: "TM-T88V" };
 *   element.source = { markup: "<receipt><text>{name}</text><cut/></receipt>", data: { name: "Tea" } };
 * }
 * ```
 */
export function defineReceiptElement(name = "platen-receipt"): void {
  if (customElements.get(name) === undefined) customElements.define(name, PlatenReceiptElement);
}

declare global {
  interface HTMLElementTagNameMap {
    "platen-receipt": PlatenReceiptElement;
  }
}
