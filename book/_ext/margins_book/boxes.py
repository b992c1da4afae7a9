"""Which boxes of a page scroll, asked at once and only of those that are seen.

A box that scrolls has to be reached by keys, and the theme's script asks each in turn
how wide it is, changing the page in between: after each a browser lays the page out
again, and code that is folded as well, which nobody sees. The script is rewritten here,
after the pages.
"""

from pathlib import Path

SCRIPT = "scripts/pydata-sphinx-theme.js"
ASKED = 'document.querySelectorAll(["pre",'
# What each of the theme's pieces becomes. A folded code is asked when it is unfolded,
# and what a phone has not laid out when it comes near.
OTHERWISE = {
    ASKED: f"[...{ASKED}",
    ".forEach(e=>{e.tabIndex=e.scrollWidth>e.clientWidth||"
    "e.scrollHeight>e.clientHeight?0:-1})": (
        "].filter(e=>!e.checkVisibility||e.checkVisibility({contentVisibilityAuto:!0}))"
        ".map(e=>[e,e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight])"
        ".forEach(([e,scrolls])=>{e.tabIndex=scrolls?0:-1})"
    ),
    'window.addEventListener("resize",t),new MutationObserver': (
        'window.addEventListener("resize",t),'
        'document.addEventListener("toggle",t,!0),'
        'document.addEventListener("contentvisibilityautostatechange",t,!0),'
        "new MutationObserver"
    ),
}


def write(static: Path) -> None:
    """Rewrite the theme's script in the site's ``_static``, unless it is rewritten.

    Raises
    ------
    ValueError
        If it is not the script that this was written for.
    """
    path = static / SCRIPT
    text = path.read_text(encoding="utf-8")
    if OTHERWISE[ASKED] in text:  # a warm build did not copy it again
        return
    for old, new in OTHERWISE.items():
        if text.count(old) != 1:
            raise ValueError(f"{SCRIPT} of the theme does not say {old!r} once")
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
