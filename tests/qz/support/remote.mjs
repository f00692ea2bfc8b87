// The client of a page, as if it were here: `await qz.printers.find()`.
//
// Every call is done in the page (`in-page.js`), and what it gives comes back as JSON. Results may
// be given to later calls and called themselves, as the config of `qz.configs.create` is, before
// they have been awaited.

const NUMBER = Symbol("the call's number");

/** The client of a page that has loaded `in-page.js`. */
export async function remoteClient(page) {
  const functions = [];
  await page.exposeBinding("callBack", (_, number, args) => {
    functions[number](...JSON.parse(args));
  });
  let calls = 0;

  const call = (on, path, args) => {
    const number = calls++;
    const text = JSON.stringify(args, (_, value) => {
      if (value?.[NUMBER] !== undefined) return { $result: value[NUMBER] };
      return typeof value === "function" ? { $function: functions.push(value) - 1 } : value;
    });
    const told = page.evaluate((what) => globalThis.perform(what), {
      number,
      on,
      path,
      args: text,
    });
    const result = told.then(({ value, error }) => {
      if (error !== undefined) throw new Error(error);
      return value === undefined ? undefined : JSON.parse(value);
    });
    // A config that cannot be made is told by the print that is given it.
    result.catch(() => undefined);
    return resultOf(number, result);
  };

  /** What stands at a path of the client, or of a result. */
  const at = (on, path) =>
    new Proxy(() => undefined, {
      get: (_, name) => (typeof name === "symbol" ? undefined : at(on, [...path, name])),
      apply: (_, __, args) => call(on, path, args),
    });

  /** A promise that can also be called, as the thing it will be. */
  const resultOf = (number, result) =>
    new Proxy(result, {
      get: (_, name) => {
        if (name === NUMBER) return number;
        if (["then", "catch", "finally"].includes(name)) return result[name].bind(result);
        return typeof name === "symbol" || name === "toJSON" ? undefined : at(number, [name]);
      },
    });

  return new Proxy({}, { get: (_, name) => (name === "then" ? undefined : at(undefined, [name])) });
}
