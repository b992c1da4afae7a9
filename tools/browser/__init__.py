"""Checks of the built pages, in Chromium where a reader would need one."""
