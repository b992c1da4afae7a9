/* What is kept of answers, under Node: `node --test tests/book/live`. No part of `make test`. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const heard = {};
globalThis.addEventListener = (name, act) => { heard[name] = act; };

/** A browser's storage with room for so many characters; keys are its own properties. */
function storage(room) {
  const used = (items) => Object.entries(items).flat().join("").length;
  const methods = {
    getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; },
    setItem(key, value) {
      if (used({ ...this, [key]: value }) > room) {
        throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
      }
      this[key] = value;
    },
    removeItem(key) { delete this[key]; },
  };
  return Object.setPrototypeOf({}, methods);
}

let store;
let count = 0;
beforeEach(async () => {
  globalThis.localStorage = storage(200);
  store = await import(`../../../book/_static/live/store.js?${count++}`);
});

test("what was written is read, also by a page that is opened later", async () => {
  assert.equal(store.write("answer.04.2", "return c"), true);
  const later = await import("../../../book/_static/live/store.js?later");
  assert.equal(later.read("answer.04.2"), "return c");
  assert.equal(later.read("answer.04.3"), null);
});

test("no key holds a version", () => {
  store.write("answer.04.2", "return c");
  assert.deepEqual(Object.keys(localStorage), ["margins.answer.04.2"]);
});

test("what does not fit is held, said, and kept once there is room", () => {
  store.write("answer.04.1", "a");
  assert.equal(store.write("answer.04.2", "x".repeat(300)), false);
  assert.match(store.refusal(), /no room left/);
  assert.equal(store.read("answer.04.2").length, 300);
  assert.deepEqual(store.keys("answer.04"), ["answer.04.1", "answer.04.2"]);
  store.write("answer.04.2", "short");
  assert.equal(store.refusal(), "");
  assert.equal(localStorage.getItem("margins.answer.04.2"), '"short"');
});

test("a browser that refuses storage loses nothing while the page is open", () => {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() { throw Object.assign(new Error("no"), { name: "SecurityError" }); },
  });
  assert.equal(store.write("answer.04.2", "return c"), false);
  assert.match(store.refusal(), /does not let/);
  assert.equal(store.read("answer.04.2"), "return c");
  assert.deepEqual(store.keys("answer"), ["answer.04.2"]);
  Object.defineProperty(globalThis, "localStorage", { configurable: true, writable: true });
});

test("null forgets", () => {
  store.write("answer.04.2", "return c");
  store.write("answer.04.2", null);
  assert.equal(store.read("answer.04.2"), null);
  assert.deepEqual(store.keys(""), []);
});

test("another tab's writing is heard by its key, and a foreign one is not", () => {
  const keys = [];
  store.watch((key) => keys.push(key));
  heard.storage({ key: "margins.answer.04.2" });
  heard.storage({ key: "theme" });
  heard.storage({ key: null });
  assert.deepEqual(keys, ["answer.04.2", null]);
});

test("what is no JSON of ours is nothing", () => {
  localStorage.setItem("margins.answer.04.2", "{");
  assert.equal(store.read("answer.04.2"), null);
});
