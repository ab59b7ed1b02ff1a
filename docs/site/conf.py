"""Settings of Sphinx for the site. `python scripts/build_docs.py` gathers the sources and builds it."""

from importlib import metadata

project = "async_dag"
author = "The async_dag authors"
release = metadata.version("async-dag-workbench")
copyright = author

extensions = ["myst_nb"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4
# Notebooks are saved with their outputs; those are shown.
nb_execution_mode = "off"

exclude_patterns = ["parts", "without_try", "notebooks/*.json"]
# As one reads them: `Trace`, and not the module in which it happens to be written.
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 72
toc_object_entries = False
default_role = None
highlight_language = "python"
suppress_warnings = [
    # The changelog and CONTRIBUTING.md are written for other readers too, and begin a level deeper.
    "myst.header",
    # Cells of notebooks have the lexer of IPython, which is installed with them.
    "misc.highlighting_failure",
]

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "async_dag"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    # Legible on both grounds (4.5:1), as axe-core checks.
    "light_css_variables": {"color-brand-primary": "#0b5cad", "color-brand-content": "#0b5cad"},
    "dark_css_variables": {"color-brand-primary": "#7db8f5", "color-brand-content": "#7db8f5"},
    "navigation_with_keys": True,
}
