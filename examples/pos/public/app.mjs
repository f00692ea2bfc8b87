// The till: products, the sale under way, its receipt, and what becomes of the paper.
import { defineReceiptElement } from "/sdk/element/index.js";
import { BridgeError } from "/sdk/index.js";
import { loadReceipt } from "/sdk/receipt/index.js";
import { livePrinters } from "/sdk/ui.js";

import { Connection, detail } from "./connection.mjs";
import { button, element, find } from "./dom.mjs";
import { History } from "./history.mjs";
import { receiptOf } from "./receipt.mjs";
import { lastReceipt, rememberReceipt } from "./remember.mjs";
import { money, PRODUCTS, Sale } from "./shop.mjs";
import { jobSentence, printerSentence } from "./words.mjs";

const printButton = find("[data-testid=print]");
const printerPicker = find("[data-testid=printer]");
const printerNeeds = find("[data-testid=printer-needs]");
const paper = find("[data-testid=preview]");
/** The printers as they were last told. */
let shownPrinters = [];
const history = new History(find("#history"), find("#history-empty"), reportFailure);

let sale = newSale();

/** The next sale. The demo rings up a first one, so that there is something to print. */
function newSale() {
  return new Sale(lastReceipt() + 1);
}

function showSale() {
  const lines = sale.lines.map(({ product, quantity, cents }) => {
    const change = (by) => () => {
      sale.add(product.id, by);
      showSale();
    };
    return element(
      "li",
      {},
      element("span", { textContent: product.name }),
      element(
        "span",
        { className: "quantity" },
        button("−", change(-1), { ariaLabel: `One ${product.name} less` }),
        element("span", { textContent: String(quantity) }),
        button("+", change(1), { ariaLabel: `One ${product.name} more` }),
      ),
      element("span", { className: "price", textContent: money(cents) }),
    );
  });
  const none = element("li", { className: "none", textContent: "Tap a product to add it." });
  find("#lines").replaceChildren(...(lines.length === 0 ? [none] : lines));
  find("[data-testid=total]").textContent = money(sale.cents);
  // Dot for dot what the button beside it prints.
  paper.source = receiptOf(sale);
  updatePrintButton();
}

function showProducts() {
  const products = PRODUCTS.map((product) => {
    const made = button(
      "",
      () => {
        sale.add(product.id);
        showSale();
      },
      { className: "product" },
    );
    made.dataset.testid = `product-${product.id}`;
    made.style.setProperty("--product", product.color);
    made.append(
      element("span", { textContent: product.name }),
      element("small", { textContent: money(product.cents) }),
    );
    return made;
  });
  find("#products").replaceChildren(...products);
}

let printing = false;

function updatePrintButton() {
  printButton.disabled = printing || sale.lines.length === 0;
  printButton.textContent = printing ? "Printing…" : "Print receipt";
}

async function print() {
  printing = true;
  updatePrintButton();
  try {
    const client = await connection.client();
    const printed = sale;
    const { markup, data } = receiptOf(printed);
    const receipts = await loadReceipt();
    const job = await client.print({
      printer: printerPicker.value === "" ? undefined : printerPicker.value,
      document: receipts.render(markup, data),
      name: `Receipt ${printed.number}`,
      // Pressed again after a lost connection, it is still the same receipt.
      idempotencyKey: printed.id,
    });
    rememberReceipt(printed.number);
    sale = newSale();
    follow(job);
  } catch (error) {
    reportFailure(error);
  } finally {
    printing = false;
    showSale();
  }
}

let unfollow = () => undefined;

/** Shows where the job printed last stands. The job itself knows: the till keeps nothing. */
function follow(job) {
  unfollow();
  find("#job").hidden = false;
  find("#job-events").replaceChildren();
  let last;
  unfollow = job.status.subscribe((status) => {
    const { state = "pending", progress } = status;
    if (progress !== undefined) {
      find("#job-progress").hidden = false;
      find("#job-progress").value = progress.octetsSent / progress.octetsTotal;
      return;
    }
    showJob({ ...status, state });
    if (status.state === undefined || state === last) return;
    last = state;
    find("#job-events").append(
      element("li", { textContent: `${new Date().toLocaleTimeString()}  ${state}` }),
    );
  });
}

function showJob(job) {
  const state = find("[data-testid=job-state]");
  state.textContent = job.state;
  state.dataset.state = job.state;
  const evidence = find("[data-testid=job-evidence]");
  evidence.textContent = job.evidence ?? "";
  evidence.hidden = job.evidence === undefined;
  find("#job-sentence").textContent = jobSentence(job);
  find("#job-progress").hidden = true;
}

/** Failures of the connection show in the notice; others where the job would be. */
function reportFailure(error) {
  if (!(error instanceof BridgeError)) console.error(error);
  const state = find("[data-testid=job-state]");
  find("#job").hidden = false;
  state.textContent = error instanceof BridgeError ? error.code : "failed";
  state.dataset.state = "failed";
  find("[data-testid=job-evidence]").hidden = true;
  find("#job-sentence").textContent = detail(error);
  find("#job-events").replaceChildren();
}

/** Reads what may have changed meanwhile; the loops of a client go on over lost connections. */
async function onOpen(client, isNew) {
  const tasks = [history.read(client)];
  if (isNew) {
    livePrinters(client).subscribe((printers) => {
      if (printers !== undefined) showPrinters(printers);
    });
    tasks.push(history.follow(client));
  }
  for (const { reason } of await Promise.allSettled(tasks)) {
    // Lost again, or closed by the page: the notice says it.
    const expected = reason instanceof BridgeError && PASSING.includes(reason.code);
    if (reason !== undefined && !expected) reportFailure(reason);
  }
}

const PASSING = ["connection-lost", "closed", "aborted"];

function showPrinters(printers) {
  const chosen = printerPicker.value;
  const options = printers.map(({ id, name, state, reasons, isDefault }) => {
    const notes = [state, ...reasons, ...(isDefault ? ["default"] : [])].join(", ");
    return element("option", { value: id, textContent: `${name} (${notes})` });
  });
  printerPicker.replaceChildren(
    element("option", { value: "", textContent: "This machine’s default" }),
    ...options,
  );
  const kept = printers.find(({ id }) => id === chosen) ?? printers.find((one) => one.isDefault);
  printerPicker.value = kept?.id ?? printers[0]?.id ?? "";
  printerPicker.disabled = false;
  shownPrinters = printers;
  showNeeds();
}

/** Says what the chosen printer needs, where that is anything. */
function showNeeds() {
  const chosen = printerPicker.value;
  const printer = shownPrinters.find(
    ({ id, isDefault }) => id === chosen || (chosen === "" && isDefault),
  );
  const sentence = printer === undefined ? "" : printerSentence(printer);
  printerNeeds.hidden = sentence === "";
  printerNeeds.textContent = sentence;
  printerNeeds.dataset.state = printer?.state ?? "";
}

defineReceiptElement();
const config = await (await fetch("/config.json")).json();
const connection = new Connection(config, onOpen);
showProducts();
for (const product of ["espresso", "cappuccino", "croissant", "cappuccino"]) sale.add(product);
printButton.addEventListener("click", print);
printerPicker.addEventListener("change", showNeeds);
showSale();
