"""figures_density.py -- what the weights of X-ray pairs do to H peaks: constant Z, neutral f(Q), ionic f(Q), electron densities."""
import html

import matplotlib.pyplot as plt
import numpy as np

import style

LABELS = {"constant_Z": "constant Z", "neutral": "neutral f(Q)", "ionic": "ionic f(Q)"}
COLORS = {"constant_Z": style.COLOURS[1], "neutral": style.COLOURS[0], "ionic": style.COLOURS[2], "density": "#111827"}
PAIRS = ("Mg-B", "Mg-H", "B-H", "H-H")


def members(stage):
    """[(functional, charge of H, group)] of the ensemble, functionals slowest."""
    groups = [f for f in stage.texts("forms") if f.startswith("density_")]
    kinds = [(f, q) for f in stage.texts("functionals") for q in stage.get("hydrogen_charge")]
    return [(f, q, g) for (f, q), g in zip(kinds, groups)]


def band(stage, what):
    """Least, mean and greatest of a curve over the ensemble."""
    rows = np.array([stage.get(f"{g}/{what}") for _, _, g in members(stage)])
    return rows.min(axis=0), rows.mean(axis=0), rows.max(axis=0)


def curves(ax, stage, what, shown, width):
    low, mean, high = band(stage, what)
    r = stage.get("neutral/r")[shown]
    ax.fill_between(r, low[shown], high[shown], color=COLORS["density"], alpha=0.3, lw=0)
    ax.plot(r, mean[shown], lw=2.2 * width, color=COLORS["density"], alpha=0.55, label="density, mean of the ensemble")
    for form, style in (("constant_Z", "-"), ("neutral", "-"), ("ionic", (0, (4, 2)))):
        ax.plot(stage.get(f"{form}/r")[shown], stage.get(f"{form}/{what}")[shown], ls=style, lw=width, color=COLORS[form],
                label=LABELS[form])


def pair_name(stage, pair):
    """The data set of a pair, whatever the isotopes: Mg-H may be Mg-D, H-B may be B-H."""
    alike = {"D": "H", "10B": "B", "11B": "B"}
    wanted = sorted(pair.split("-"))
    for name in stage.file["neutral/pair"]:
        if sorted(alike.get(s, s) for s in name.split("-")) == wanted:
            return name
    return None


def weights(stage, work):
    """G(r) with all weights, and below it what each pair of the four peaks adds to it."""
    fig = plt.figure(figsize=(9.5, 7.0))
    grid = fig.add_gridspec(2, 4, height_ratios=(1.25, 1), hspace=0.3, wspace=0.32)
    ax = fig.add_subplot(grid[0, :])
    r = stage.get("neutral/r")
    curves(ax, stage, "G", (r > 0.6) & (r < 6.0), 1.2)
    ax.set(xlabel="r / Å", ylabel="G(r) / Å$^{-2}$", xlim=(0.6, 6.0))
    ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.56, 1.0))
    place = stage.get("numbers/position")[stage.texts("forms").index("constant_Z")]
    heights = stage.get("numbers/ratio")
    forms = stage.texts("forms")
    for k, pair in enumerate(PAIRS):
        ax = fig.add_subplot(grid[1, k])
        name = pair_name(stage, pair)
        if name is None or place[k] != place[k]:
            ax.set_axis_off()
            continue
        curves(ax, stage, f"pair/{name}", (r > place[k] - 0.4) & (r < place[k] + 0.4), 1.3)
        density = np.mean([heights[forms.index(g), k] for _, _, g in members(stage)])
        ax.set(xlabel="r / Å", xlim=(place[k] - 0.4, place[k] + 0.4))
        ax.set_title(f"{pair}: density / const. Z {density:.2f}", fontsize=8, loc="left")
        if k == 0:
            ax.set_ylabel("part of T(r) / Å$^{-2}$")
    path = work / f"density-{stage.name}.png"
    style.save(fig, path)
    frames = int(stage.get("frames"))
    source = f"{frames} frames" if frames else f"atoms at rest, distances spread by {float(stage.get('sigma')):.2f} Å"
    return ("PDF", path, f"X-ray G(r) of {html.escape(stage.name)} under four weights of the same pairs ({source}). Below: what "
            "the pairs of the four nearest distances add to T(r) = G(r) + 4πrρ<sub>0</sub>. Density: Kohn-Sham densities of "
            "Mg²⁺, B and H superposed on a mesh; grey: the ensemble of functionals and charges of H. The H-H peak within BH₄ "
            "is not apart from H-H between ions once the electrons of H are spread out.")


def cell(value, error=float("nan"), digits=2):
    if value != value:
        return "<td class=n></td>"
    more = f" &plusmn; {error:.{digits + 1}f}" if error == error else ""
    return f"<td class=n>{value:.{digits}f}{more}</td>"


def rows_of(stage):
    """(name, ratios [4], occupancies [..], their errors) for each line of the table."""
    forms = stage.texts("forms")
    ratio, x = stage.get("numbers/ratio"), stage.get("numbers/occupancy")
    ratio_error, x_error = stage.get("numbers/ratio_error"), stage.get("numbers/occupancy_error")
    out = [(LABELS[f], ratio[i], x[i], ratio_error[i], x_error[i]) for f in ("constant_Z", "neutral", "ionic")
           for i in [forms.index(f)]]
    out += [(f"density, {html.escape(f)}, H {q:+.2f} e", ratio[i], x[i], ratio_error[i], x_error[i])
            for f, q, g in members(stage) for i in [forms.index(g)]]
    return out


def answer(stage):
    """x = value, its spread over functionals, what the charge of H and the choice of frames change."""
    names, charges = stage.texts("numbers/occupancies"), stage.get("hydrogen_charge")
    value, spread, shift = (stage.get("answer/" + k) for k in ("value", "spread", "shift"))
    error = stage.get("numbers/occupancy_error")[stage.texts("forms").index("density_1")]
    said = []
    for label, name in (("refined", "refined"), ("curve", "curve"), ("Mg-H", "MgH"), ("B-H", "BH")):
        i = names.index(name)
        text = f"x({label}) = {value[i]:.3f}"
        if spread[i] == spread[i]:
            text += f" &plusmn; {spread[i]:.3f} (functionals)"
        if error[i] == error[i]:
            text += f" &plusmn; {error[i]:.3f} (frames)"
        if len(charges) > 1:
            text += f", {shift[i]:+.3f} with {charges[-1]:+.2f} e on H in place of {charges[0]:+.2f}"
        said.append(text)
    return "; ".join(said)


def table(stages):
    """Heights relative to constant Z, and occupancies of H that constant Z would need, stage by stage."""
    out = ["<table><tr><th></th><th>weights</th>" + "".join(f"<th>height {p}*</th>" for p in PAIRS) +
           "<th>x(Mg-H)</th><th>x(B-H)</th><th>x(curve)</th><th>x(refined)</th><th>u(H) / &Aring;<sup>2</sup></th></tr>"]
    answers = []
    for s in stages:
        names = s.texts("numbers/occupancies")
        shown = [names.index(n) for n in ("MgH", "BH", "curve", "refined", "u")]
        for k, (label, ratio, x, ratio_error, x_error) in enumerate(rows_of(s)):
            first = f"<td>{html.escape(s.name)}</td>" if k == 0 else "<td></td>"
            cells = "".join(cell(*p) for p in zip(ratio, ratio_error))
            cells += "".join(cell(x[i], x_error[i], 3 if names[i] == "u" else 2) for i in shown)
            out.append(f"<tr>{first}<td>{label}</td>{cells}</tr>")
        answers.append(f"<li><b>{html.escape(s.name)}</b> occupancy of H with which constant Z shows what the densities show: "
                       f"{answer(s)}.</li>")
    out.append("</table><p class=remark>* of the pair's part of T(r), over that with constant Z, at the place of the peak with constant Z. "
               "x: occupancy of H with which constant Z would give the same; x(Mg-H), x(B-H) from heights relative to Mg-B, x(curve) from a fit "
               "of scale and occupancy to G(r) from 1 to 5 &Aring;, x(refined) with the displacement u of H free too, as a refinement "
               "has it. Errors: blocks of frames.</p>"
               f"<ul class=findings>{''.join(answers)}</ul>")
    return "\n".join(out)


def draw(stages, work):
    """All of them: [(section, path, caption)]"""
    return [weights(s, work) for s in stages]
