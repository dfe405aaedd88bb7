"""Click to DOM in Chromium, beside the same pages by hand."""
