// MathJax without a browser: the parts of it that formulas.py loads, put together.
const handler = MathJax._.a11y["assistive-mml"].AssistiveMmlHandler(
  MathJax._.handlers.html_ts.RegisterHTMLHandler(MathJax._.adaptors.liteAdaptor.liteAdaptor()),
);
const adaptor = handler.adaptor;
// What MathJax would show in red within the page is an error here.
const TeX = new MathJax._.input.tex_ts.TeX({
  packages: ["base", "ams", "html"], // html: \\class, for accents.py
  formatError: (_, error) => { throw error; },
});
const font = new MathJax._.output.chtml.fonts.tex_ts.TeXFont({ fontURL: "fonts" });
const CHTML = new MathJax._.output.chtml_ts.CHTML({ font, adaptiveCSS: false });
const page = MathJax._.mathjax.mathjax.document("", { InputJax: TeX, OutputJax: CHTML });
const serializer = new MathJax._.core.MmlTree.SerializedMmlVisitor.SerializedMmlVisitor();

const formulas = {
  html: (tex, display) => adaptor.outerHTML(page.convert(tex, { display, em: 16, ex: 16 * 0.442 })),
  mathml: (tex, display) =>
    serializer.visitTree(page.convert(tex, { display, end: MathJax._.core.MathItem.STATE.CONVERT })),
  sheet: () => adaptor.textContent(CHTML.styleSheet(page)),
};

// The answer and what is wrong with the formula; one of the two is empty.
function typeset(form, ...formula) {
  try {
    return [formulas[form](...formula), ""];
  } catch (error) {
    return ["", String(error.message ?? error)];
  }
}
