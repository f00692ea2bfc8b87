// The number of the last receipt, for as long as the browser keeps things for us: in another site's
// frame it keeps nothing, and throws.

const KEY = "till.receipt";
let inThisPage = 1000;

export function lastReceipt() {
  try {
    return Number(localStorage.getItem(KEY) ?? inThisPage);
  } catch {
    return inThisPage;
  }
}

export function rememberReceipt(number) {
  inThisPage = number;
  try {
    localStorage.setItem(KEY, String(number));
  } catch {
    // Then it counts until the page is closed.
  }
}
