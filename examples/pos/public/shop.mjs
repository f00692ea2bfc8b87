// The shop: its products, its prices in cents, and the sale under way.

export const SHOP = {
  name: "Corner Café",
  address: ["12 Harbor Street", "VAT ID XY 123 456 789"],
  thanks: "Thank you, come again!",
  vatPercent: 10,
};

export const PRODUCTS = [
  { id: "espresso", name: "Espresso", cents: 220, color: "oklch(0.45 0.07 50)" },
  { id: "cappuccino", name: "Cappuccino", cents: 340, color: "oklch(0.62 0.09 60)" },
  { id: "tea", name: "Green tea", cents: 290, color: "oklch(0.6 0.1 140)" },
  { id: "juice", name: "Orange juice", cents: 380, color: "oklch(0.75 0.15 65)" },
  { id: "croissant", name: "Croissant", cents: 260, color: "oklch(0.78 0.12 85)" },
  { id: "cake", name: "Rhubarb cake", cents: 410, color: "oklch(0.65 0.15 10)" },
  { id: "sandwich", name: "Cheese sandwich", cents: 590, color: "oklch(0.72 0.13 105)" },
  { id: "creme-brulee", name: "Crème brûlée", cents: 520, color: "oklch(0.7 0.11 75)" },
];

/** `€3.40`, with the sign first, as on the receipt. */
export function money(cents) {
  return `€${(cents / 100).toFixed(2)}`;
}

/** A key no other sale has. Insecure pages lack `randomUUID`, and have to tell their user why. */
function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    "",
  );
}

/** A sale under way: how many of what. Each has an id, which is also its key at the printer. */
export class Sale {
  #quantities = new Map();

  constructor(number) {
    this.id = freshKey();
    this.number = number;
    this.startedAt = new Date();
  }

  add(productId, quantity = 1) {
    const sum = (this.#quantities.get(productId) ?? 0) + quantity;
    if (sum > 0) this.#quantities.set(productId, sum);
    else this.#quantities.delete(productId);
    // Another content is another receipt: the printer must not take it for the one before.
    this.id = freshKey();
  }

  /** The lines, in the order of the products. */
  get lines() {
    return PRODUCTS.flatMap((product) => {
      const quantity = this.#quantities.get(product.id) ?? 0;
      return quantity === 0 ? [] : [{ product, quantity, cents: quantity * product.cents }];
    });
  }

  get cents() {
    return this.lines.reduce((sum, { cents }) => sum + cents, 0);
  }
}
