// A page written for QZ Tray, as it is: nothing in it knows Platen.
import { epl, escPos, label, logo, zpl } from "./documents.js";

/** The published types say that these give nothing; they give promises. */
interface SocketCalls {
  open: (host: string, port: number) => Promise<void>;
  sendData: (host: string, port: number, data: string) => Promise<void>;
  close: (host: string, port: number) => Promise<void>;
  setSocketCallbacks: (call: (event: object) => void) => void;
}
const socket = qz.socket as unknown as SocketCalls;

qz.security.setCertificatePromise((resolve, reject) => {
  text("/certificate").then(resolve, reject);
});
qz.security.setSignatureAlgorithm("SHA512");
qz.security.setSignaturePromise(async (toSign) => text("/sign", toSign));
qz.printers.setPrinterCallbacks((event) => {
  say("printer", JSON.stringify(event));
});
socket.setSocketCallbacks((event) => {
  say("socket", JSON.stringify(event));
});

on("connect", async () => {
  // Where the agent is not on the ports that the client tries by itself, the address of the page says so.
  const query = new URLSearchParams(location.search);
  const port = (name: string): number[] => query.getAll(name).map(Number);
  const usingSecure = query.get("tls") !== "no";
  const ports = { secure: port("secure"), insecure: port("insecure") };
  const given = query.has("secure") || query.has("insecure");
  await qz.websocket.connect({ usingSecure, ...(given ? { port: ports } : {}) });
  const { socket, port: connected } = await qz.websocket.getConnectionInfo();
  return `${socket} ${connected}, version ${await qz.api.getVersion()}`;
});
on("disconnect", async () => {
  await qz.websocket.disconnect();
  return "disconnected";
});
on("find", async () => [await qz.printers.find()].flat().join(", "));
on("default", async () => qz.printers.getDefault());
on("listen", async () => {
  await qz.printers.startListening(value("printer"));
  return "listening";
});
on("status", async () => {
  await qz.printers.getStatus();
  return "asked";
});
on("stop", async () => {
  await qz.printers.stopListening();
  return "not listening";
});

on("escpos", async () => print([escPos]));
on("zpl", async () => print([zpl]));
on("epl", async () => print([epl]));
on("base64", async () => print([{ ...command, flavor: "base64", data: btoa(escPos) }]));
on("hex", async () => print([{ ...command, flavor: "hex", data: hex(escPos) }]));
on("image", async () =>
  print([
    label.begin,
    {
      type: "raw",
      format: "image",
      flavor: "base64",
      data: logo,
      options: { language: "ESCPOS", dotDensity: "double" },
    },
    label.end,
  ]),
);

on("socket", async () => {
  const [host, port] = [value("host"), Number(value("port"))];
  await socket.open(host, port);
  await socket.sendData(host, port, "a line\n");
  await socket.close(host, port);
  return "sent";
});

const command = { type: "raw", format: "command" } as const;

async function print(data: Parameters<typeof qz.print>[1] | (string | object)[]): Promise<string> {
  const config = qz.configs.create(value("printer"), { jobName: "Sample" });
  // The published types know no array that holds both text and items.
  await qz.print(config, data as Parameters<typeof qz.print>[1]);
  return "handed over";
}

/** Does something when the button with this id is pressed, and says what came of it. */
function on(id: string, act: () => Promise<string>): void {
  element(id).addEventListener("click", () => {
    act().then(
      (done) => {
        say(id, done);
      },
      (error: unknown) => {
        say(id, error instanceof Error ? error.message : String(error), "failed");
      },
    );
  });
}

function say(about: string, what: string, state = "done"): void {
  const line = document.createElement("li");
  line.dataset["about"] = about;
  line.dataset["state"] = state;
  line.textContent = what;
  element("log").append(line);
}

async function text(path: string, body?: string): Promise<string> {
  const answer = await fetch(path, body === undefined ? {} : { method: "POST", body });
  if (!answer.ok) throw new Error(`the site answered ${answer.status}`);
  return answer.text();
}

function hex(octets: string): string {
  return Array.from(octets, (octet) => octet.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function value(id: string): string {
  return (element(id) as HTMLInputElement).value;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}
