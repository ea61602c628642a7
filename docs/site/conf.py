"""Sphinx's configuration of the documentation site; `make docs` reads it."""

project = "Tillstream"
copyright = "the Tillstream authors, Apache-2.0"
extensions = ["myst_parser"]
root_doc = "docs/README"
html_theme = "furo"
html_title = "Tillstream"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_static_path = ["static"]
html_css_files = ["site.css"]
# the toolbar's buttons are drawn without a request, and the system's fonts are enough: the site works without a network
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
highlight_language = "none"
suppress_warnings = ["misc.highlighting_failure"]  # no colours are known for csv
