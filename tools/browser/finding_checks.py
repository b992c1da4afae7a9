"""Look words up in the built book, as a reader does."""

from tools.browser import page_checks
from tools.browser.site_browser import chromium, serve, watched_page

# A question, and the heading of the section that answers it best.
ANSWERS = {
    "Chebyshev": "Chebyshev polynomials",
    "past pi": "Past π the logit turns back up",
    "NaN": "Where the NaN comes from",
    "lambda": "What λ really does",
    "λ": "What λ really does",
}
FIRST = "#search-results li:first-child > a"
# Whether the place that the address names is what one sees.
IN_VIEW = """() => {
  const place = location.hash ? document.getElementById(decodeURIComponent(
    location.hash.slice(1))) : document.querySelector('h1');
  const top = place?.getBoundingClientRect().top;
  return top > -20 && top < innerHeight / 2 &&
    (place.querySelector('h1, h2, h3') ?? place).textContent.trim();
}"""
# The box's own words must not begin under the picture of a magnifier.
COVERED = """() => {
  const input = document.querySelector('.margins-search input[name=q]');
  const left = input.getBoundingClientRect().left
    + parseFloat(getComputedStyle(input).paddingLeft);
  return document.querySelector('.margins-search form i')
    .getBoundingClientRect().right > left;
}"""
# What is marked on the page that opens: words of the text, and not parts of them.
MARKED = r"""() => {
  const letter = (text) => /[\p{L}\p{N}]/u.test(text ?? '');
  const found = [...document.querySelectorAll('mark, .highlighted')];
  return { some: found.length, wrong: found.filter(mark =>
    !mark.closest('article') || letter(mark.previousSibling?.textContent.slice(-1)) ||
    letter(mark.nextSibling?.textContent[0])).map(mark => mark.textContent) };
}"""
MARKS = "past pi"  # the question whose words stand in many places, and inside others


def search(site):
    """What the search of the folder `site` does not find, served and as files."""
    problems = []
    with serve(site) as home, chromium() as browser:
        with watched_page(browser, home, problems) as page:
            for question, answer in ANSWERS.items():
                problems += asked(page, home, question, answer)
        address = site.as_uri() + "/"
        with watched_page(browser, address, problems) as page:
            problems += asked(page, address, *next(iter(ANSWERS.items())))
    return [f"search: {problem}" for problem in problems]


def asked(page, home, question, answer):
    """Ask with the keys that the search box names, and open the first answer."""
    page.goto(home + "book/index.html", wait_until="load")
    page.keyboard.press("Control+k")
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    try:
        first = page.wait_for_selector(FIRST, timeout=page_checks.PATIENCE_MS)
    except page_checks.TookTooLong:
        return [f"does not find {question}"]
    problems = []
    if page.evaluate(COVERED):
        problems.append("the magnifier covers the first letter")
    title = first.inner_text()
    if not title.endswith(answer):
        problems.append(f"{question} leads to {title!r} first, not to {answer!r}")
    first.press("Enter")
    if question == MARKS:
        problems += marks(page, question)
    try:
        seen = page.wait_for_function(IN_VIEW, timeout=page_checks.PATIENCE_MS)
    except page_checks.TookTooLong:
        return [*problems, f"{title!r} does not open where it stands"]
    heading = seen.json_value()
    if title.split(maxsplit=1)[-1][:12] not in heading:
        problems.append(f"{title!r} opens {heading!r}")
    return problems


def marks(page, question):
    """Whether the page that an answer opens marks what was asked, in whole words."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    found = page.evaluate(MARKED)
    if not found["some"]:
        return [f"{question} is marked nowhere on the page that it opens"]
    if not found["wrong"]:
        return []
    times, first = len(found["wrong"]), found["wrong"][0]
    return [f"marks {times} times more than a word of the text, first {first!r}"]
