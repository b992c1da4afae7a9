/* Answers and points, in this browser only.
 *
 * One entry a task, `margins.answer.04.2` and `margins.points.04.2`, without the version of the
 * book: a new one finds them. Where the browser refuses to keep something, it is held in memory,
 * `refusal()` says so, and every later write tries again.
 */

const NAME = "margins.";
const held = new Map(); // what could not be kept
let refused = "";

export const refusal = () => refused;

/** What is kept under a key, or null. */
export function read(key) {
  if (held.has(key)) return held.get(key);
  try {
    return JSON.parse(localStorage.getItem(NAME + key));
  } catch {
    return null;
  }
}

/** Keep a value, or nothing for null; whether all that was ever given is kept now. */
export function write(key, value) {
  held.set(key, value);
  try {
    for (const [waiting, latest] of held) {
      if (latest === null) localStorage.removeItem(NAME + waiting);
      else localStorage.setItem(NAME + waiting, JSON.stringify(latest));
      held.delete(waiting);
    }
    refused = "";
  } catch (error) {
    refused = error.name === "QuotaExceededError"
      ? "There is no room left for your answers in this browser"
      : "This browser does not let the page keep your answers";
  }
  return !refused;
}

/** The keys of what is kept that begin so. */
export function keys(beginning) {
  let found = [];
  try {
    found = Object.keys(localStorage).filter((key) => key.startsWith(NAME + beginning));
  } catch { /* refused: there is only what is held */ }
  const kept = new Set(found.map((key) => key.slice(NAME.length)));
  for (const [key, value] of held) {
    if (key.startsWith(beginning)) value === null ? kept.delete(key) : kept.add(key);
  }
  return [...kept].sort();
}

/** `act(key)` whenever another tab has kept something else under a key, or `act(null)` where it may
 * be any.
 *
 * The key, and not the value that the event tells of: of two tabs that write at the same time both
 * shall show what is kept in the end. */
export function watch(act) {
  addEventListener("storage", ({ key }) => {
    if (key === null) act(null);
    else if (key.startsWith(NAME)) act(key.slice(NAME.length));
  });
}
