#!/usr/bin/env python3
"""report.py -- one self-contained HTML page from the HDF5 results of a study.

usage: report.py REPORT.html --title T --work FOLDER [--fit FILE.h5]... KIND:NAME:FOLDER ...

Reads only the layout that analysis/LAYOUT.md documents; computes nothing but what drawing needs.
Every figure is also left as PNG and SVG in the --work folder.
"""
import argparse
import base64
import html
import os
import re
import sys
from pathlib import Path

import figures
from results import Stage

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 78rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733 }
h1 { font-size: 1.7rem; margin-bottom: .2rem } h2 { margin-top: 2.4rem; border-bottom: 2px solid #dde3ea }
table { border-collapse: collapse; width: 100%; font-size: .88rem } th, td { padding: .3rem .5rem; text-align: left;
vertical-align: top; border-bottom: 1px solid #e3e8ee } th { background: #f3f6f9; position: sticky; top: 0 }
td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.agrees { color: #14713d; font-weight: 600 } .differs { color: #a12622; font-weight: 600 }
.input { color: #7a5b00; font-weight: 600 } .tension { color: #a85b00; font-weight: 600 } .none { color: #5d6b7a }
figure { margin: 1.4rem 0 } figure img { max-width: 100% } figcaption { color: #44525f; font-size: .9rem; max-width: 60rem }
pre { background: #f6f8fa; padding: 1rem; overflow-x: auto; font-size: .8rem } .remark { color: #5d6b7a; font-size: .82rem }
.findings { list-style: none; padding-left: 0; max-width: 60rem; font-size: .88rem } .findings b { margin-right: .4em }
h3 { font-size: 1rem; margin-bottom: .2rem } .remark a { color: inherit }
.lead { color: #44525f; max-width: 60rem }
"""

VERDICTS = {"agrees": "agrees", "differs": "differs", "tension": "tension",
            "input, not prediction": "input", "no measured number": "none", "no simulated number": "none"}


def number(value, unit=""):
    if value is None or value != value:
        return ""
    size = abs(value)
    text = f"{value:.3g}" if size and (size < 1e-3 or size >= 1e5) else f"{value:.4g}"
    return f"{text} {unit}".strip()


def with_error(value, error, unit):
    if value != value:
        return ""
    if error != error or error == 0:
        return number(value, unit)
    return f"{number(value)} &plusmn; {error:.2g} {unit}"


def linked(remark, texts):
    """"see F1, F5": each goes to the list under the table, and shows its text when the mouse is on it."""
    return re.sub(r"\w+", lambda m: f'<a href="#{m[0]}" title="{html.escape(texts[m[0]])}">{m[0]}</a>'
                  if m[0] in texts else m[0], html.escape(remark))


def remark_list(stage):
    """The paper's own inconsistencies: first those of the table's rows, then the others."""
    texts = [t.split(": ", 1) for t in stage.texts("remarks")]
    named = set(re.findall(r"\w+", " ".join(r["remark"] for r in stage.rows())))
    out = []
    for heading, wanted in (("Inconsistencies of the paper that touch these rows", True),
                            ("Its other inconsistencies", False)):
        items = [f"<li id=\"{f}\"><b>{f}</b> {html.escape(t)}</li>" for f, t in texts if (f in named) == wanted]
        if items:
            out.append(f"<h3>{heading}</h3><ul class=findings>{''.join(items)}</ul>")
    return "\n".join(out)


def comparison_table(stage):
    """The first thing a reader sees: quantity | sample | T | simulated | measured | difference | verdict."""
    rows = stage.rows()
    texts = dict(t.split(": ", 1) for t in stage.texts("remarks"))
    out = ["<table><tr><th>technique</th><th>quantity</th><th>sample</th><th>T / K</th><th>simulated &plusmn; s.e.</th>"
           "<th>measured</th><th>difference / s.e.</th><th>verdict</th></tr>"]
    for r in rows:
        remark = f"<div class=remark>{linked(r['remark'], texts)}</div>" if r["remark"] else ""
        sentence = html.escape(r["sentence"])
        measured = with_error(r["measured"], r["measured_error"], html.escape(r["unit"]))
        if r["error_kind"]:
            measured += f" <span class=remark>({html.escape(r['error_kind'])})</span>"
        difference = "" if r["difference"] != r["difference"] else f"{r['difference']:+.1f}"
        css = VERDICTS.get(r["verdict"], "none")
        out.append(
            f"<tr><td>{html.escape(r['technique'])}</td><td title=\"{sentence}\">{html.escape(r['quantity'])}{remark}</td>"
            f"<td>{html.escape(r['sample'])}</td><td class=n>{html.escape(r['temperature'])}</td>"
            f"<td class=n>{with_error(r['simulated'], r['error'], html.escape(r['unit']))}</td>"
            f"<td class=n>{measured}</td><td class=n>{difference}</td><td class={css}>{html.escape(r['verdict'])}</td></tr>")
    out.append("</table>")
    return "\n".join(out)


def inline(path):
    """The SVG beside a PNG, as part of the page."""
    data = base64.b64encode(path.with_suffix(".svg").read_bytes()).decode()
    return f"data:image/svg+xml;base64,{data}"


def figure(number_, path, caption):
    return (f"<figure><img alt=\"{html.escape(caption[:120])}\" src=\"{inline(path)}\">"
            f"<figcaption><b>Figure {number_}.</b> {caption}</figcaption></figure>")


def qens_table(stages):
    """What the fit of the spectra gave, sample by sample."""
    columns = (("eisf_fit", "EISF, fit", ""), ("eisf_plateau", "EISF, plateau", ""), ("hwhm1", "half width / meV", ""),
               ("tau1", "&tau; = &#8463;/&Gamma; / ps", ""), ("residence1_c2", "residence time, C2 / ps", ""),
               ("residence1_c3", "residence time, C3 / ps", ""), ("p", "immobile fraction p", ""),
               ("d_BH", "d(B-H) of Eq. 4 / &Aring;", ""), ("u2", "&lang;u<sup>2</sup>&rang; / &Aring;<sup>2</sup>*", ""),
               ("libration", "libration / meV", ""))
    shown = [c for c in columns if any(s.scalar(c[0])[0] == s.scalar(c[0])[0] for s in stages)]
    names = "".join(f"<th>{html.escape(s.text('sample') or s.name)}</th>" for s in stages)
    lines = "".join(f"<td class=n>{s.scalar('lines')[0]:.0f}</td>" for s in stages)
    out = [f"<table style=\"width:auto\"><tr><th></th>{names}</tr><tr><td>Lorentzians</td>{lines}</tr>"]
    for name, label, unit in shown:
        cells = "".join(f"<td class=n>{with_error(*s.scalar(name), unit)}</td>" for s in stages)
        out.append(f"<tr><td>{label}</td>{cells}</tr>")
    status = "".join(f"<td class=remark style=\"max-width:22rem\">{html.escape(s.text('status'))}</td>" for s in stages)
    out.append(f"<tr><td>to be said</td>{status}</tr>")
    out.append("</table><p class=remark>* three-dimensional, elastic and first line together fall as "
               "exp(&minus;Q<sup>2</sup>&lang;u<sup>2</sup>&rang;/3). Errors: counting and simulation together.</p>")
    return "\n".join(out)


def run_table(stages):
    """What was simulated, stage by stage."""
    out = ["<table><tr><th>stage</th><th>T / K</th><th>lattice constant* / &Aring;</th><th>density / g cm<sup>-3</sup></th>"
           "<th>pressure / GPa</th><th>space group of averaged positions</th><th>BH4 per Mg</th>"
           "<th>terminal BH4 / %</th><th>BH4 intact</th><th>work absorbed / eV per Mg</th></tr>"]
    for s in stages:
        group = s.text("space_group_symbol") or ""
        number_ = s.scalar("space_group")[0]
        work = s.scalar("shear_work_per_mg")[0]
        out.append(
            f"<tr><td>{html.escape(s.name)}</td><td class=n>{with_error(*s.scalar('temperature'), '')}</td>"
            f"<td class=n>{with_error(*s.scalar('lattice_constant'), '')}</td>"
            f"<td class=n>{with_error(*s.scalar('density'), '')}</td>"
            f"<td class=n>{with_error(*s.scalar('pressure'), '')}</td>"
            f"<td>{html.escape(group)}{f' ({int(number_)})' if number_ > 0 else ''}</td><td class=n>{number(s.scalar('mg_coordination')[0])}</td>"
            f"<td class=n>{100 * s.scalar('terminal_fraction')[0]:.1f}</td>"
            f"<td>{'yes' if s.scalar('bh4_intact')[0] == 1 else 'NO'}</td>"
            f"<td class=n>{number(work) if work else ''}</td></tr>")
    out.append("</table><p class=remark>* edge of a cube that holds 24 formula units; for the amorphous cell only a measure "
               "of its volume.</p>")
    return "\n".join(out)


def replicas_table(stages):
    """Means over independent runs, with the errors that their scatter gives."""
    columns = (("temperature", "T / K"), ("energy_per_mg", "potential energy / eV per Mg"), ("density", "density / g cm<sup>-3</sup>"),
               ("pressure", "pressure / GPa"), ("mg_coordination", "BH4 per Mg"))
    shown = [c for c in columns if any(s.has(f"scalars/{c[0]}") for s in stages)]
    out = ["<table><tr><th>mean</th><th>of the runs</th>" + "".join(f"<th>{c[1]}</th>" for c in shown) + "</tr>"]
    for s in stages:
        cells = "".join(f"<td class=n>{with_error(*s.scalar(c[0]), '')}</td>" for c in shown)
        out.append(f"<tr><td>{html.escape(s.name)}</td><td>{html.escape(', '.join(s.texts('replicas/stages')))}</td>{cells}</tr>")
    out.append("</table><p class=remark>Errors: scatter of the runs over the root of their number.</p>")
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("report")
    parser.add_argument("--title", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--fit", action="append", default=[], type=Path, help="result of paddlewheel fit pdf")
    parser.add_argument("stages", nargs="+", metavar="KIND:NAME:FOLDER")
    a = parser.parse_args()
    work = Path(a.work)
    work.mkdir(parents=True, exist_ok=True)
    stages = [Stage(*s.split(":", 2)) for s in a.stages]
    by_kind = {}
    absent = [s.name for s in stages if s.kind != "cell" and not s.found]
    for s in stages:
        if s.name not in absent:
            by_kind.setdefault(s.kind, []).append(s)

    body = [f"<h1>{html.escape(a.title)}</h1>"]
    if by_kind.get("compare"):
        body.append("<p class=lead>Simulated with Paddlewheel, seen through models of the instruments, and held against M. Heere "
                    "et al., Sci. Rep. 10, 9080 (2020), doi 10.1038/s41598-020-65857-6. "
                    "Differences are in standard errors of simulation and measurement together; where the paper gives no "
                    "uncertainty, half a unit of its last digit is taken (rounding), so many standard errors may mean little. "
                    "Hover over a quantity for the sentence it comes from.</p>")
    else:
        body.append("<p class=lead>Simulated with Paddlewheel.</p>")
    if absent:
        body.append(f"<p class=lead>No results yet of: {html.escape(', '.join(absent))}.</p>")
    for s in by_kind.get("compare", []):
        body.append("<h2>Simulated and measured</h2>")
        body.append(comparison_table(s))
        body.append(remark_list(s))
    drawn = figures.draw_all(by_kind, a.fit, work)
    for section in figures.TITLES:
        mine, tables = [d for d in drawn if d[0] == section], figures.tables(section, by_kind)
        if mine or tables:
            body.append(f"<h2>{figures.TITLES[section]}</h2>")
        if section == "QENS" and by_kind.get("qens"):
            body.append(qens_table(by_kind["qens"]))
        body.append(tables)
        for _, path, caption in mine:
            body.append(figure(drawn.index((section, path, caption)) + 1, path, caption))
    if by_kind.get("md"):
        body.append("<h2>What was simulated</h2>")
        body.append(run_table(by_kind["md"]))
    if by_kind.get("replicas"):
        body.append("<h2>Means over independent runs</h2>")
        body.append(replicas_table(by_kind["replicas"]))
    body.append("<h2>Provenance and full effective input</h2>")
    for s in stages:
        body.append(f"<details><summary>{html.escape(s.kind)} {html.escape(s.name)}</summary>"
                    f"<pre>{html.escape(s.provenance())}</pre></details>")
    page = (f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(a.title)}</title>"
            f"<style>{STYLE}</style><body>{''.join(body)}</body></html>")
    part = a.report + ".part"
    Path(part).write_text(page, encoding="utf-8")
    os.replace(part, a.report)


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError) as problem:
        sys.exit(f"report.py: {problem}")
