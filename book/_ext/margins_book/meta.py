"""What a page says of itself to search engines and to whoever shows a link to it.

All of it needs the address at which the book is published: where that is not known
there is nothing, rather than an address that leads nowhere.
"""

from html import escape

from margins_book.launch import GITHUB

PICTURE = "_static/social.png"
PICTURE_ALT = (
    "Margins: the loss functions of deep recognition, derived by hand. Points of two"
    " classes, the boundary that each has to respect, and the margin between the two."
)


def site(urls: dict[str, str]) -> str | None:
    """Address of the published book with a slash at its end, or None while unknown.

    Parameters
    ----------
    urls : dict
        ``[project.urls]`` of pyproject.toml: its Documentation, or else GitHub Pages'
        own place for its Repository.

    Returns
    -------
    str or None

    Examples
    --------
    >>> site({"Repository": "https://github.com/Someone/margins"})
    'https://someone.github.io/margins/'
    >>> site({"Documentation": "https://margins.example"})
    'https://margins.example/'
    >>> site({})
    """
    if address := urls.get("Documentation"):
        return address.rstrip("/") + "/"
    found = GITHUB.fullmatch(urls.get("Repository", ""))
    if not found:
        return None
    host = f"{found['owner'].lower()}.github.io"
    return (
        f"https://{host}/"
        if found["name"].lower() == host
        else f"https://{host}/{found['name']}/"
    )


def tags(home: str, address: str, title: str, description: str) -> str:
    """The card of a page, in Open Graph's words and in those that Twitter adds.

    Parameters
    ----------
    home, address : str
        Of the site, with a slash at its end, and of the page.
    title, description : str
        Plain text.

    Returns
    -------
    str
        HTML for the head of the page. The canonical link is Sphinx's own, from
        ``html_baseurl``.
    """
    facts = {
        "og:site_name": "Margins",
        "og:type": "website",
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:image": home + PICTURE,
        "og:image:alt": PICTURE_ALT,
        "twitter:card": "summary_large_image",
        "twitter:title": title,
        "twitter:description": description,
        "twitter:image": home + PICTURE,
        "twitter:image:alt": PICTURE_ALT,
    }
    return "\n".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}" '
        f'content="{escape(content)}" />'
        for name, content in facts.items()
    )
