"""Pieces of a self-contained page: frame, tables with headers, figures. Fetches nothing from anywhere."""

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root { color-scheme: light; }
body { font: 17px/1.55 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 0 auto; max-width: 54rem;
  padding: 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; }
h2 { font-size: 1.3rem; margin-top: 2.4rem; border-top: 1px solid #ccc; padding-top: 1.2rem; }
h3 { font-size: 1.08rem; margin-top: 1.6rem; }
figure { margin: 1.2rem 0; }
figure svg { display: block; width: 100%; max-width: 36rem; height: auto; }
figcaption, caption { font-size: .93rem; color: #444; text-align: left; padding: .3rem 0; }
.wide { overflow-x: auto; margin: 1.2rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap;
  vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 2px solid #888; vertical-align: bottom; }
tr.ours { background: #e8f2fa; font-weight: 600; }
small { color: #555; font-weight: 400; }
caption { white-space: normal; }
.answer { background: #f3f6f4; border-left: .3rem solid #0072B2; padding: .6rem 1rem; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin-left: 1rem; }
"""


def page(title: str, parts: Iterable[str]) -> str:
    """The whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(parts) + "\n</main>\n</body>\n</html>\n"
    )


def paragraph(text: str, *, kind: str = "") -> str:
    """Plain text."""
    marked = f' class="{kind}"' if kind else ""
    return f"<p{marked}>{escape(text)}</p>"


def heading(text: str, level: int = 2) -> str:
    return f"<h{level}>{escape(text)}</h{level}>"


def listed(items: Iterable[str]) -> str:
    return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ul>"


def explained(terms: Iterable[tuple[str, str]]) -> str:
    """Terms, and what they mean."""
    return (
        "<dl>\n"
        + "\n".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in terms)
        + "\n</dl>"
    )


def figure(svg: str, caption: str) -> str:
    return f"<figure>\n{svg}\n<figcaption>{escape(caption)}</figcaption>\n</figure>"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, marked: str = "") -> str:
    """Cells are HTML already; the row that begins with `marked` stands out. On a phone it scrolls by itself."""
    lines = "\n".join(_row(row, marked) for row in rows)
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">\n<table>\n'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{columns}</tr></thead>\n"
        f"<tbody>\n{lines}\n</tbody>\n</table>\n</div>"
    )


def _row(row: Sequence[str], marked: str) -> str:
    kind = ' class="ours"' if marked and row[0] == marked else ""
    first, *others = row
    cells = "".join(f"<td>{cell}</td>" for cell in others)
    return f'<tr{kind}><th scope="row">{first}</th>{cells}</tr>'
