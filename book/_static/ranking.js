/* Which sections answer a question best: by where its words stand, and how near each other.
   No page is needed for it: tests run it by itself. */
(() => {
  "use strict";

  const GREEK = {
    α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", ζ: "zeta", η: "eta", θ: "theta",
    κ: "kappa", λ: "lambda", μ: "mu", ν: "nu", ξ: "xi", π: "pi", ρ: "rho", σ: "sigma", τ: "tau",
    φ: "phi", χ: "chi", ψ: "psi", ω: "omega",
  };
  const LETTERS = new RegExp(`[${Object.keys(GREEK).join("")}]`, "g");
  const WORD = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}_])+/gu;

  // What a word is worth, by where it stands. `title` is the section's heading, `page` that of its page.
  const WORTH = { title: 12, words: 7, page: 4, captions: 3, text: 2, names: 1.5 };
  const MANY = ["words", "captions", "text"]; // of these a section has more than one
  const NEAR = 1.6; // words that stand together as they were asked for
  const ASKS = 0.4; // a section of tasks, or one of pages that explain nothing
  // A heading that is the question and nothing else, and another part that is.
  const WHOLE = { title: 2.5, other: 1.25 };

  /** The words of a text; a Greek letter is a word by its name, with or without an index. */
  function words(text) {
    const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
      .replace(LETTERS, (letter) => ` ${GREEK[letter]} `);
    return plain.match(WORD) ?? [];
  }

  const stem = (word) => (word.length > 3 ? word.replace(/(ies|es|s)$/, "") : word);

  /** How well a word that stands somewhere is the word that was asked for, from 0 to 1. */
  function alike(asked, found) {
    if (asked === found) return 1;
    if (stem(asked) === stem(found) && stem(asked).length > 2) return 0.9;
    if (asked.length > 2 && found.startsWith(asked)) return 0.5;
    return 0;
  }

  /** The sections with their words, once for all questions. */
  function prepare(index) {
    const sections = index.flatMap((page, number) => page.sections.map((section) => ({
      page, section, number,
      parts: {
        title: [words(section.title)],
        words: section.words.map(words),
        page: [section.anchor ? words(page.title) : []],
        captions: section.captions.map(words),
        text: section.text.map(words),
        names: [section.names.flatMap((name) => [name.toLowerCase(), ...words(name.replaceAll("_", " "))])],
      },
    })));
    return { sections, pages: index.length };
  }

  /** What one part of a section is worth to the question, and which of its words stand there. */
  function weigh(asked, lines, name) {
    let best = 0;
    let times = 0;
    const seen = new Set();
    for (const line of lines) {
      const hits = asked.map((word) => line.reduce((most, found) => Math.max(most, alike(word, found)), 0));
      hits.forEach((hit, i) => { if (hit) seen.add(i); });
      let value = hits.reduce((sum, hit) => sum + hit, 0) / asked.length;
      if (!value) continue;
      times += value;
      if (asked.length > 1 && together(asked, line)) value *= NEAR;
      if (line.length === asked.length && hits.every((hit) => hit > 0.8)) {
        value *= WHOLE[name] ?? WHOLE.other;
      }
      best = Math.max(best, value);
    }
    // Where there is more than one place it also counts how often, up to a point.
    const often = MANY.includes(name) ? 1 + times / (times + 4) : 1;
    return { value: WORTH[name] * best * often, seen };
  }

  function together(asked, line) {
    return line.some((_, start) => asked.every((word, i) => start + i < line.length && alike(word, line[start + i]) >= 0.5));
  }

  /** The sections that hold all words of the question, or most of them, the best first. */
  function find({ sections, pages }, question) {
    const asked = words(question);
    if (!asked.length) return [];
    const found = sections.map(({ page, section, number, parts }) => {
      const seen = new Set();
      let score = 0;
      for (const name of Object.keys(WORTH)) {
        const part = weigh(asked, parts[name], name);
        score += part.value;
        part.seen.forEach((i) => seen.add(i));
      }
      if (section.asks) score *= ASKS;
      // Of two that are equally good, what comes first in the book explains it.
      return { page, section, score: score * (1 + 0.1 * (1 - number / pages)), seen: seen.size };
    }).filter((one) => one.seen > 0);
    const all = found.filter((one) => one.seen === asked.length);
    return (all.length ? all : found).sort((a, b) => b.seen - a.seen || b.score - a.score);
  }

  /** Two sentences of a section that say most of what was asked, in their order. */
  function excerpt(section, question) {
    const asked = words(question);
    return [...section.captions, ...section.text]
      .map((sentence, place) => {
        const line = words(sentence);
        const hits = asked.filter((word) => line.some((found) => alike(word, found) > 0)).length;
        return { sentence, place, value: hits + (asked.length > 1 && together(asked, line) ? 1 : 0) };
      })
      .filter((one) => one.value > 0 && one.sentence.length > 12)
      .sort((a, b) => b.value - a.value || a.place - b.place)
      .slice(0, 2)
      .sort((a, b) => a.place - b.place)
      .map((one) => one.sentence);
  }

  /** A sentence in pieces: `[text, whether it was asked for]`, as a word that is so much `like` it. */
  function marked(sentence, question, like = 0.5) {
    const asked = words(question);
    return sentence.split(/([\p{L}\p{N}_]+)/u).filter(Boolean).map((piece) => [
      piece,
      words(piece).some((found) => asked.some((word) => alike(word, found) >= like)),
    ]);
  }

  globalThis.marginsRanking = { words, prepare, find, excerpt, marked };
})();
