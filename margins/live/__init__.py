"""The cells of a page, run in the reader's browser.

The page's scripts (`book/_static/live`) start a worker with Pyodide in it; what runs
there and is not Pyodide's own is here. It is ordinary Python, tested as such, and
knows of the browser only that somebody takes its messages.

`session` runs cells, `outputs` and `display` show what they print and draw, `needs`
says what has to be loaded first, and `page` is called for all of it. `keeping` is at
work when the book is built: it times the cells and keeps what the slow ones made, in
the files of `kept`, which `session` gives to a reader who would rather not wait.
"""
