"""Every figure of the built pages has a number, and no two have the same."""

import re

FIGURE = re.compile(r'<figure\b[^>]*class="margins-figure\b.*?</figure>', re.S)
NUMBER = re.compile(r'<figcaption[^>]*><span class="margins-number">(.+?)\.</span>')


def unnumbered(pages: dict[str, str]) -> list[str]:
    """What is wrong with the numbers of the figures, in words.

    Parameters
    ----------
    pages : dict
        The HTML of each page by its name, in the order of the book.

    Examples
    --------
    >>> figure = '<figure class="margins-figure"><figcaption>{}</figcaption></figure>'
    >>> one = '<span class="margins-number">Figure 1.1.</span> One.'
    >>> unnumbered({"a": figure.format(one)})
    []
    >>> unnumbered({"a": figure.format(one), "b": figure.format(one)})
    ['b: Figure 1.1 is on a, too']
    >>> unnumbered({"a": figure.format(one) + figure.format("Two.")})
    ['a: figure 2 has no number']
    """
    problems = []
    places: dict[str, str] = {}
    for name, page in pages.items():
        for place, figure in enumerate(FIGURE.findall(page), start=1):
            found = NUMBER.search(figure)
            if found is None:
                problems.append(f"{name}: figure {place} has no number")
            elif found[1] in places:
                problems.append(f"{name}: {found[1]} is on {places[found[1]]}, too")
            else:
                places[found[1]] = name
    return problems
