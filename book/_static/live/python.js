// The one client of the worker, shared by cells and tasks.
//
//   start()                     a promise: Python is there
//   call("module:function", args, onEvent)   the function's result; its `post`s go to onEvent
//   run(cell, source, onEvent), restore(cell, source, kept)
//   stop()                      ends Python at once; the next call begins anew
//   events                      "progress" {what, mb, seconds}, "ready", "restarted", "memory" {mb}
const { search } = new URL(import.meta.url);
const HERE = new URL(".", import.meta.url).href;

export const events = new EventTarget();
export class Stopped extends Error {}
export class Unreachable extends Error {}

const ENDED = "Python ended, perhaps for want of memory. The next run begins anew, with the cells above.";

let worker = null;
let started = null;
let begun = 0;
let count = 0;
const waiting = new Map();

function tell(type, detail) {
  events.dispatchEvent(new CustomEvent(type, { detail }));
}

function ask(action, args, onEvent) {
  return new Promise((resolve, reject) => {
    const id = ++count;
    waiting.set(id, { resolve, reject, onEvent });
    worker.postMessage({ id, action, args });
  });
}

function take({ data }) {
  const asked = waiting.get(data.id);
  if (!asked) return;
  if (data.kind === "progress") {
    tell("progress", { what: data.what, mb: data.mb, seconds: (performance.now() - begun) / 1000 });
  } else if (data.kind === "event") {
    asked.onEvent?.(data.event);
  } else {
    waiting.delete(data.id);
    if (data.heap) tell("memory", { mb: data.heap / 2 ** 20 });
    if (data.kind === "result") asked.resolve(data.value);
    else asked.reject(new (data.missing ? Unreachable : Error)(data.fatal ? ENDED : data.message));
    if (data.fatal) end(new Error(ENDED));
  }
}

// End the worker; whoever waits for it gets `error`.
function end(error) {
  if (!worker) return;
  worker.terminate();
  worker = started = null;
  const left = [...waiting.values()];
  waiting.clear();
  for (const { reject } of left) reject(error);
  tell("restarted", {});
}

export function running() { return worker !== null; }

export function start() {
  started ??= (async () => {
    begun = performance.now();
    worker = new Worker(`${HERE}worker.js${search}`, { type: "module" });
    const own = worker;
    worker.onmessage = take;
    worker.onerror = (event) => {
      event.preventDefault();
      if (own === worker) end(new Error(event.message || ENDED));
    };
    try {
      await ask("start");
    } catch (error) {
      if (error instanceof Stopped) throw error;
      end(error);
      throw new Unreachable(error.message);
    }
    tell("ready", { seconds: (performance.now() - begun) / 1000 });
  })();
  return started;
}

export async function call(name, args, onEvent) {
  await start();
  return ask("call", { name, args }, onEvent);
}

export function run(cell, source, onEvent) {
  return call("margins.live.session:run", { cell, source }, onEvent);
}

export async function restore(cell, source, kept) {
  await start();
  return ask("restore", { cell, source, kept });
}

export function stop() { end(new Stopped("stopped")); }
