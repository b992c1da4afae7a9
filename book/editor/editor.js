/* The code editor of the pages, for cells and for exercises.
 *
 *   const editor = edit(parent, {text, firstLine, label, describedBy, onRun, onChange});
 *
 * puts `div.live-editor` at the end of `parent`. Lines are numbered from `firstLine`; `label` names
 * it to a screen reader, and the element with the id `describedBy` says how to leave it. `onRun()`
 * is called at Ctrl+Enter (on a Mac, Cmd+Enter too), `onChange(text)` whenever the text is another.
 *
 * Tab indents. After Escape, Tab and Shift+Tab leave the editor, until another key is pressed.
 *
 * Colours are the pages' own, of the classes that Pygments gives to the words of a cell.
 */

import {
  defaultKeymap, history, historyKeymap, indentWithTab, redo, undo,
} from "@codemirror/commands";
import {
  bracketMatching, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { python } from "@codemirror/lang-python";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

const AN_HOUR = 3_600_000;

// From CodeMirror's names of a word's kind to those of Pygments.
const COLOURS = tagHighlighter([
  { tag: [tags.keyword, tags.operatorKeyword, tags.self], class: "k" },
  { tag: [tags.bool, tags.null], class: "kc" },
  { tag: tags.comment, class: "c1" },
  { tag: [tags.string, tags.special(tags.string), tags.escape], class: "s" },
  { tag: tags.number, class: "m" },
  { tag: tags.operator, class: "o" },
  { tag: tags.definition(tags.function(tags.variableName)), class: "nf" },
  { tag: tags.definition(tags.className), class: "nc" },
  { tag: tags.meta, class: "nd" },
]);

const LOOK = EditorView.theme({
  // That of the frame, all the way: lines that scroll go under the numbers.
  "&, .cm-scroller, .cm-gutters": { color: "inherit", background: "inherit" },
  "&.cm-focused": { outline: "2px solid var(--pst-color-link)" },
  ".cm-scroller": { fontFamily: "var(--pst-font-family-monospace)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "currentColor", padding: ".4rem 0" },
  ".cm-gutters": { border: "0", color: "var(--pst-color-text-muted)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 .5em 0 .4em", minWidth: "2.4em" },
  ".cm-activeLineGutter": { background: "transparent", color: "inherit", fontWeight: "bold" },
  "&.cm-focused .cm-matchingBracket": {
    background: "transparent", outline: "1px solid currentColor",
  },
  "&.cm-focused .cm-nonmatchingBracket": { background: "transparent" },
  ".cm-line": { padding: "0 .25em" },
});

export function edit(parent, { text, firstLine = 1, label, describedBy, onRun, onChange }) {
  const numbers = new Compartment();
  const numbered = () => lineNumbers({ formatNumber: (line) => String(line + firstLine - 1) });
  const run = { key: "Mod-Enter", run: () => (onRun?.(), true) };
  const leave = { key: "Escape", run: (view) => (view.setTabFocusMode(AN_HOUR), false) };
  const frame = document.createElement("div");
  frame.className = "live-editor highlight";
  parent.append(frame);
  // Sphinx takes "/" for a wish to search, wherever but in a form it is typed.
  frame.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });

  const view = new EditorView({
    parent: frame,
    state: EditorState.create({
      doc: text,
      extensions: [
        numbers.of(numbered()),
        highlightActiveLineGutter(),
        history(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        indentOnInput(),
        bracketMatching(),
        python(),
        syntaxHighlighting(COLOURS),
        keymap.of([run, { ...run, key: "Ctrl-Enter" }, leave, indentWithTab]),
        keymap.of([...historyKeymap, ...defaultKeymap]),
        EditorView.domEventHandlers({ blur: (_, view) => view.setTabFocusMode(false) }),
        EditorView.contentAttributes.of({
          "aria-label": label ?? "Code",
          ...(describedBy && { "aria-describedby": describedBy }),
          autocapitalize: "off",
          autocorrect: "off",
          spellcheck: "false",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange?.(update.state.doc.toString());
        }),
        LOOK,
      ],
    }),
  });
  view.scrollDOM.tabIndex = 0; // the arrow keys scroll long lines

  return {
    text: () => view.state.doc.toString(),
    /** Another text, as one step that Undo takes back; the cursor stays where it can. */
    replace(other) {
      if (other === this.text()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: other } });
    },
    undo: () => undo(view),
    redo: () => redo(view),
    renumber(first) {
      firstLine = first;
      view.dispatch({ effects: numbers.reconfigure(numbered()) });
    },
    /** Put the cursor at the end of a line, counted as the numbers show it, and show it. */
    goTo(line) {
      const { doc } = view.state;
      const number = Math.min(Math.max(line - firstLine + 1, 1), doc.lines);
      view.dispatch({ selection: { anchor: doc.line(number).to }, scrollIntoView: true });
      view.focus();
    },
    focus: () => view.focus(),
    destroy() {
      view.destroy();
      frame.remove();
    },
  };
}
