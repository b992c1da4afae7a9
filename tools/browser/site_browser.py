"""A built folder on localhost, and a Chromium that can reach nothing else."""

import contextlib
import functools
import http.server
import os
import shutil
import sys
import threading

from playwright.sync_api import sync_playwright

# Debian's own works as well as the one that `playwright install chromium` fetches.
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Advice on the speed of 3-D figures without a graphics card says nothing of the page.
HARMLESS = ("GL Driver Message", "GPU stall due to ReadPixels", "willReadFrequently")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serve(folder, handler=Quiet):
    """The address at which `folder` is served meanwhile, with a slash at its end."""
    handler = functools.partial(handler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def chromium(profile=None):
    """A headless Chromium: the system's, or playwright's own.

    With a folder as its `profile` it keeps on disk what a reader's does, and is
    playwright's context, not its browser.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    # Chromium refuses to sandbox what root starts, which is what containers do.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        if not found and not os.path.exists(playwright.chromium.executable_path):
            sys.exit(
                "no Chromium found: install one (Debian and Ubuntu: apt install"
                " chromium; elsewhere: .venv-check/bin/playwright install chromium)"
            )
        how = {"executable_path": found, "args": ["--no-sandbox"] if root else []}
        if profile:
            browser = playwright.chromium.launch_persistent_context(profile, **how)
        else:
            browser = playwright.chromium.launch(**how)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def watched_page(browser, allowed, problems, **options):
    """A page that may ask for addresses that begin with `allowed`; what goes wrong is
    collected.

    Parameters
    ----------
    browser : playwright Browser
    allowed : str
        Everything else, ``data:`` and ``blob:`` aside, is refused and reported.
    problems : list of str
        Console errors and warnings, script errors and failed requests are appended.
    options
        Of playwright's `new_context`.
    """
    context = browser.new_context(**options)

    def only_ours(route):
        if route.request.url.startswith((allowed, "data:", "blob:")):
            route.continue_()
        else:
            problems.append(f"asks the network for {route.request.url}")
            route.abort()

    def hear(message):
        if message.type in ("error", "warning") and not any(
            h in message.text for h in HARMLESS
        ):
            problems.append(f"console: {message.text}")

    context.route("**/*", only_ours)
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on("console", hear)
    page.on(
        "requestfailed",
        # A request that ends because the page is left is not missed by anybody.
        lambda request: (
            request.failure == "net::ERR_ABORTED"
            or problems.append(f"request failed: {request.url}")
        ),
    )
    page.on(
        "response",
        lambda r: r.status >= 400 and problems.append(f"{r.status}: {r.url}"),
    )
    try:
        yield page
    finally:
        context.close()


def arrive(page):
    """Have `page` lay out all that is far below, as it does when a reader jumps."""
    page.evaluate("() => dispatchEvent(new HashChangeEvent('hashchange'))")
