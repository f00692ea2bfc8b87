/** How a receipt looks around its dots. Pages change it by custom properties and by parts. */

/** Paper is lighter than ink: the dots darken it, whatever the colors. */
export const STYLE = `
:host {
  display: block;
  inline-size: var(--platen-receipt-width, auto);
  max-inline-size: 100%;
}
:host([hidden]) { display: none; }
[hidden] { display: none !important; }
.paper {
  position: relative;
  box-sizing: border-box;
  inline-size: fit-content;
  max-inline-size: 100%;
  margin: var(--platen-receipt-gap, 0 auto);
  padding: var(--platen-receipt-margin, 20px 5.5%);
  background: var(--platen-receipt-paper, #fdfcf8);
  box-shadow: var(--platen-receipt-shadow, 0 1px 2px rgb(0 0 0 / 0.2), 0 6px 20px rgb(0 0 0 / 0.14));
  forced-color-adjust: none;
  isolation: isolate;
}
.paper.stale { opacity: 0.45; }
.dots {
  position: relative;
  margin-inline: auto;
  mix-blend-mode: multiply;
  isolation: isolate;
}
.dots::after {
  content: "";
  position: absolute;
  inset: 0;
  background: var(--platen-receipt-ink, #1c1b1a);
  mix-blend-mode: screen;
  pointer-events: none;
}
canvas { display: block; inline-size: 100%; block-size: 100%; image-rendering: pixelated; }
.cut {
  position: absolute;
  inset-inline: 0;
  border-block-start: 1px dashed var(--platen-receipt-cut, rgb(0 0 0 / 0.28));
}
.text {
  position: absolute;
  inline-size: 1px;
  block-size: 1px;
  margin: -1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: pre-wrap;
}
.findings, .error {
  margin-block: 0.75em 0;
  padding: 0.6em 0.8em;
  border-radius: 6px;
  font: var(--platen-receipt-font, 0.85em/1.4 system-ui, sans-serif);
  color: var(--platen-receipt-note-color, #5b4a00);
  background: var(--platen-receipt-note-background, #fff6d6);
}
.findings { list-style: none; }
.error {
  color: var(--platen-receipt-error-color, #8a1020);
  background: var(--platen-receipt-error-background, #fdecee);
}
`;
