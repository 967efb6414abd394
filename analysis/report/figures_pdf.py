"""figures_pdf.py -- X-rays as in Fig. 1 of the paper: powder pattern, G(r) of all samples and what is left, peaks, processing, fits."""
import html

import h5py
import matplotlib.pyplot as plt
import numpy as np

import style

REGIONS = (("A", 1.5, 5.1), ("B", 5.1, 12.3), ("C", 12.3, None))
PAIRS = ("Mg-B", "Mg-H", "B-H", "H-H", "Mg-Mg", "B-B")
WEIGHTS = {"neutral": "neutral atoms", "ionic": "ions", "computed": "computed ions"}


def label(stage):
    return stage.text("sample") or stage.name


def pattern_of(stage):
    """Bragg's sum where there is a crystal, else Debye's; (2 theta, y, which)."""
    for which in ("bragg", "debye"):
        if stage.has(f"powder/{which}"):
            return stage.get("powder/two_theta"), stage.get(f"powder/{which}"), which
    return None


def wavelength(stages):
    """" (λ = ..)" from place and Q of a Bragg line, "" without one."""
    for s in stages:
        if s.has("powder/lines/q") and len(s.get("powder/lines/q")):
            q, angle = s.get("powder/lines/q")[0], s.get("powder/lines/two_theta")[0]
            return f" (λ = {4 * np.pi * np.sin(np.radians(angle / 2)) / q:.5f} Å)"
    return ""


def strong_lines(stage, low, high, least):
    """[(2 theta, "hkl")] of the lines that stand out."""
    at, size, index = (stage.get("powder/lines/" + k) for k in ("two_theta", "intensity", "index"))
    seen = (at > low) & (at < high)
    keep = seen & (size > least * size[seen].max()) if seen.any() else seen
    return [(at[i], "".join(str(abs(int(h))) for h in index[i])) for i in np.flatnonzero(keep)]


def powder(stages, work):
    """Patterns above one another, strong lines of the crystals with their indices."""
    drawn = [(s, *pattern_of(s)) for s in stages if pattern_of(s)]
    fig, ax = plt.subplots(figsize=(9.5, 1.4 + 1.7 * len(drawn)))
    high, words = min(8.0, max(d[1][-1] for d in drawn)), []
    for k, (s, angle, y, which) in enumerate(reversed(drawn)):
        color = style.COLOURS[(len(drawn) - 1 - k) % len(style.COLOURS)]
        seen = (angle > 0.5) & (angle <= high)
        y = y / y[seen].max()
        ax.plot(angle[seen], y[seen] + 1.35 * k, color=color, lw=1.1)
        if which == "bragg" and s.has("powder/debye"):
            other = s.get("powder/debye")
            ax.plot(angle[seen], other[seen] / s.get("powder/bragg")[seen].max() + 1.35 * k, color="0.55", lw=0.8, zorder=1)
        ax.text(high, 1.35 * k + 0.55, label(s) + (" (Bragg)" if which == "bragg" else " (Debye)"), color=color, ha="right", fontsize=9)
        words.append(f"{html.escape(label(s))}: {'Bragg' if which == 'bragg' else 'Debye'}'s sum")
        if which == "bragg":
            last = -1.0
            for at, name in strong_lines(s, 0.5, high, 0.08):
                if at - last > 0.16:
                    ax.text(at, np.interp(at, angle, y) + 1.35 * k + 0.04, name, ha="center", va="bottom", fontsize=7, rotation=90)
                    last = at
    ax.set(xlabel="2θ / degree" + wavelength(stages), ylabel="intensity / maximum", xlim=(0.5, high), ylim=(-0.08, 1.35 * len(drawn) + 0.1), yticks=[])
    path = work / "powder.png"
    style.save(fig, path)
    return ("PDF", path, "Powder diffraction patterns (SR-PXD; in the paper Fig. 1), each divided by its own maximum, moved up; indices of the strong lines. "
            + "; ".join(reversed(words)) + ". Grey: Debye's sum of the same ions, whose lines are no narrower than the range of r allows. The measured pattern itself "
            "is not at hand: of Fig. 1 only sentences are.")


def region_numbers(stage):
    """The numbers of the paper's three ranges, as text."""
    out = []
    for name, _, _ in REGIONS:
        (c, dc), (q, dq) = stage.scalar(f"correlation_{name}"), stage.scalar(f"rms_ratio_{name}")
        if c == c:
            out.append(f"{name}: correlation {c:.3f} ± {dc:.1g}, oscillation {q:.3f} ± {dq:.1g} of the reference")
    return out


def shade(ax, far):
    """The paper's ranges A, B, C."""
    for (name, low, high), grey in zip(REGIONS, ("0.97", "0.92", "0.97")):
        low, high = (0.0 if name == "A" else low), min(high or far, far)
        if low < far:
            ax.axvspan(low, high, color=grey, lw=0, zorder=-2)
            ax.text(low + 0.12, 0.97, name, ha="left", va="top", color="0.35", transform=ax.get_xaxis_transform())


def extent(curves, low, far):
    """Least and greatest of [(r, y)] between two distances."""
    seen = [y[(r > low) & (r < far)] for r, y in curves]
    return min(y.min() for y in seen), max(y.max() for y in seen)


def half_box(stage):
    half, _ = stage.scalar("half_box")
    return half if half == half else np.inf


def mg_peaks(stage):
    return [v for v, _ in (stage.scalar(n) for n in ("peak_MgMg", "peak_MgMg2", "peak_MgMg3")) if v == v]


def pdf(stages, measured, work):
    """G(r) of all samples, and the difference of each from the first."""
    others = [s for s in stages[1:] if s.has("neutral/r")]
    fig, axes = plt.subplots(1 + bool(others), 1, figsize=(9.5, 4.2 + 2.0 * bool(others)), sharex=True, squeeze=False,
                             gridspec_kw={"height_ratios": (2.2, 1)[:1 + bool(others)], "hspace": 0.08})
    far = min(20.0, min(s.get("neutral/r")[-1] for s in stages))
    ax, words, boxes = axes[0][0], [], []
    curves = {s.name: tuple(s.get("neutral/" + k) for k in ("r", "G", "G_error")) for s in stages}
    low, top = extent([c[:2] for c in curves.values()], 1.0, far)
    for k, s in enumerate(stages):
        r, g, e = curves[s.name]
        color = style.COLOURS[k % len(style.COLOURS)]
        half = half_box(s)
        ax.plot(r[r <= half], g[r <= half], lw=1.3, color=color, label=f"{label(s)}, simulated")
        ax.plot(r[r > half], g[r > half], lw=0.7, ls=":", color=color)
        ax.fill_between(r, g - e, g + e, alpha=0.3, color=color, lw=0)
        if half < far:
            boxes.append(f"{html.escape(label(s))} {half:.1f} Å")
        peaks = mg_peaks(s)
        ax.plot(peaks, [np.interp(p, r, g) + 0.05 * (top - low) for p in peaks], "v", ms=6, color=color, mec="white")
        if peaks:
            words.append(f"{html.escape(label(s))} " + ", ".join(f"{p:.2f}" for p in peaks) + " Å")
    for x in measured:
        ax.axvline(x, color=style.MEASURED, ls="--", lw=0.9, zorder=0, label=f"Mg-Mg, measured: {', '.join(f'{m:.2f}' for m in measured)} Å" if x == measured[0] else None)
    ax.set(ylabel="G(r) / Å$^{-2}$", xlim=(0, far), ylim=(low - 0.1 * (top - low), top + 0.18 * (top - low)))
    ax.legend(fontsize=8, loc="lower center", ncol=3, bbox_to_anchor=(0.5, 1.0))
    for k, s in enumerate(others, 1):
        r, g, _ = curves[s.name]
        near = r <= min(half_box(s), half_box(stages[0]))
        off = g - np.interp(r, *curves[stages[0].name][:2])
        axes[1][0].plot(r[~near], off[~near], lw=0.7, ls=":", color=style.COLOURS[k % len(style.COLOURS)])
        axes[1][0].plot(r[near], off[near], lw=1.1, color=style.COLOURS[k % len(style.COLOURS)])
    if others:
        axes[1][0].axhline(0, color="k", lw=0.6)
        axes[1][0].set(ylabel="difference / Å$^{-2}$", ylim=(-0.75 * (top - low), 0.75 * (top - low)))
    for a in axes[:, 0]:
        shade(a, far)
    axes[-1][0].set_xlabel("r / Å")
    path = work / "pdf.png"
    style.save(fig, path)
    numbers = "; ".join(f"{html.escape(label(s))}, " + ", ".join(region_numbers(s)) for s in stages if region_numbers(s))
    return ("PDF", path, "G(r) in the beamline's window (Qmax 23.8 Å⁻¹, Qdamp 0.035 Å⁻¹ assumed, no Lorch window), f(Q) of neutral atoms; bands: one "
            "standard error over blocks of frames. A, B, C: the paper's ranges (r &lt; 5.1 Å, 5.1 to 12.3 Å, beyond)."
            + (f" Below: less {html.escape(label(stages[0]))}." if others else "")
            + (" Dashed: the Mg-Mg distances that the paper quotes; triangles: the simulated maxima of g(r) of Mg-Mg, " + "; ".join(words) + "." if words else "")
            + (" " + numbers + "." if numbers else "") + (" Dotted curves: beyond half the box, where distances repeat it (" + ", ".join(boxes) + ")." if boxes else "") + " Below 1 Å termination ripples rule.")


def assignments(stage, low, high):
    """[(r, G, "Mg-B 93 %")] of the maxima between two distances."""
    if not stage.has("peaks/position"):
        return []
    at, height = stage.get("peaks/position"), stage.get("peaks/height")
    words = stage.texts("peaks/assignment")
    return [(r, h, w.split(",")[0]) for r, h, w in zip(at, height, words) if low < r < high]


def peaks(stage, work):
    """The near peaks, with true f(Q) and with constant Z, the pairs that make them, and their names."""
    low, far = 0.9, 5.6
    fig, ax = plt.subplots(figsize=(9.5, 4.6))
    r, g = stage.get("neutral/r"), stage.get("neutral/G")
    above = [(r, g)]
    if stage.has("parts/G"):
        parts, level, rp = stage.get("parts/G"), stage.get("parts/level"), stage.get("parts/r")
        names = stage.texts("parts/pairs")
        for k, pair in enumerate(PAIRS):
            if pair in names:
                i = names.index(pair)
                above.append((rp, parts[i]))
                ax.plot(rp, parts[i], lw=1.0, color=style.COLOURS[k], label=f"pairs {pair}")
    ax.plot(r, g, color="k", lw=1.8, label="all, f(Q) of neutral atoms")
    if stage.has("constant_Z/G"):
        above.append((stage.get("constant_Z/r"), stage.get("constant_Z/G")))
        ax.plot(*above[-1], color="0.45", lw=1.3, ls="--", label="all, constant Z (as PDFgui)")
    for at, height, word in assignments(stage, low, far):
        ax.annotate(word, (at, max(y[np.abs(x - at) < 0.12].max() for x, y in above)), xytext=(0, 10), textcoords="offset points", ha="center", fontsize=8,
                    arrowprops={"arrowstyle": "-", "lw": 0.6, "color": "0.4"}, bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 0.5})
    bottom, top = extent(above, low, far)
    span = top - bottom
    ax.set(xlabel="r / Å", ylabel="G(r) / Å$^{-2}$", xlim=(low, far), ylim=(bottom - 0.08 * span, top + 0.14 * span))
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    path = work / f"peaks-{stage.name}.png"
    style.save(fig, path)
    r_peak, _ = stage.scalar("strongest_maximum")
    most = stage.scalar("strongest_is_MgB")[0]
    said = f" Highest of all at {r_peak:.2f} Å: {'Mg-B, as' if most == 1 else 'not Mg-B, other than'} in the paper." if r_peak == r_peak else ""
    return ("PDF", path, f"{html.escape(label(stage))}: which pairs make the near peaks of G(r) (in the paper Fig. 1c). Coloured: G(r) of each pair of species, "
            f"their sum is the black line; at each maximum the pair with the greatest share of its area.{said} Where the two thick lines part, constant Z misstates the peak.")


def processing(stage, work):
    """PDFgetX3's steps on the simulated count rates, and G(r) beside the truth."""
    fig, axes = plt.subplots(1, 2, figsize=(11, 3.9), gridspec_kw={"width_ratios": (1, 1.5), "wspace": 0.24})
    get = lambda name: stage.get("processing/" + name)
    axes[0].plot(get("q"), get("F_raw"), color="0.6", lw=0.9, label="Q[S$_m$(Q) − 1] of the intensity")
    axes[0].plot(get("q"), get("polynomial"), color=style.COLOURS[1], lw=1.6, label=f"polynomial, degree {float(get('degree')):.2f}")
    axes[0].plot(get("q"), get("F"), color=style.COLOURS[0], lw=1.0, label="F(Q), what is left")
    axes[0].set_yscale("symlog", linthresh=10)
    axes[0].set(xlabel="Q / Å$^{-1}$", ylabel="F(Q) / Å$^{-1}$ (linear within ±10)")
    axes[0].legend(fontsize=8, loc="lower right")
    r, g = get("r"), get("G")
    seen = (r > 0) & (r < 20)
    has_truth = stage.has("processing/G_truth")
    if has_truth:
        scale = stage.scalar("processed_scale")[0]
        scale = scale if scale == scale and scale else 1.0
        axes[1].plot(r[seen], get("G_truth")[seen], color="k", lw=2.2, alpha=0.45, label="truth")
        axes[1].plot(r[seen], g[seen] / scale, color=style.COLOURS[0], lw=1.1, label=f"processed / {scale:.2f}")
        step = 0.9 * np.ptp(get("G_truth")[seen & (r > 1.5)])
        axes[1].plot(r[seen], (g / scale - get("G_truth"))[seen] - step, color=style.COLOURS[1], lw=1, label="difference, moved down")
        axes[1].axhline(-step, color="k", lw=0.5)
        axes[1].set_ylim(-1.35 * step, None)
    else:
        axes[1].plot(r[seen], g[seen], color=style.COLOURS[0], lw=1.1, label="processed")
    axes[1].set(xlabel="r / Å", ylabel="G(r) / Å$^{-2}$", xlim=(0, min(20.0, r[-1])))
    axes[1].legend(fontsize=8, loc="lower center", ncol=3, bbox_to_anchor=(0.5, 1.0))
    path = work / f"processing-{stage.name}.png"
    style.save(fig, path)
    (c, _), (d, _), (a, _) = (stage.scalar("processed_" + n) for n in ("correlation", "difference", "artefact"))
    numbers = f" Beyond 1.5 Å correlation with the truth {c:.4f}, rms difference {d:.2g} of the highest peak; below rpoly {a:.2g}." if c == c else ""
    return ("PDF", path, f"{html.escape(label(stage))}: the steps of PDFgetX3 on a counted I(Q) with its container and Compton scattering: background taken off, "
            "divided by the mean of f, a polynomial subtracted, Fourier transform." + (f" The scale of the processed curve is arbitrary.{numbers}" if has_truth else ""))


def fit(file, work):
    """Data, refined model and what is left, of a result of `paddlewheel fit pdf`."""
    with h5py.File(file, "r") as f:
        r, g, calc, off = (np.asarray(f[k]) for k in ("r", "G", "G_calc", "difference"))
        rw = float(np.asarray(f["Rw"]))
        names, value, error = ([t.decode() for t in f["parameter/name"][()]], np.asarray(f["parameter/value"]), np.asarray(f["parameter/error"]))
        units = [t.decode() for t in f["parameter/unit"][()]]
    fig, ax = plt.subplots(figsize=(9.5, 4.0))
    step = 1.25 * max(-g.min(), 0.0) + 0.6 * np.ptp(off)
    ax.plot(r, g, "o", ms=2.5, mfc="none", color=style.COLOURS[0], label="data")
    ax.plot(r, calc, color=style.COLOURS[1], lw=1.2, label=f"refined crystal, R$_w$ = {rw:.3f}")
    ax.plot(r, off - step, color=style.COLOURS[2], lw=1, label="difference, moved down")
    ax.axhline(-step, color="k", lw=0.5)
    for edge in (5.1, 12.3):
        if r[0] < edge < r[-1]:
            ax.axvline(edge, color="k", ls=":", lw=0.8)
    ax.set(xlabel="r / Å", ylabel="G(r) / Å$^{-2}$", xlim=(r[0], r[-1]))
    ax.legend(fontsize=8, loc="upper right")
    path = work / f"fit-pdf-{file.stem}.png"
    style.save(fig, path)
    numbers = ", ".join(f"{html.escape(n)} {v:.4g}" + (f" ± {e:.1g}" if e == e else " (at its bound)") + (f" {u.replace('A^2', 'Å²').replace('A', 'Å')}" if u != "1" else "")
                        for n, v, e, u in zip(names, value, error, units))
    return ("PDF", path, f"Refinement {html.escape(file.stem)} of a crystal against G(r) from {r[0]:.1f} to {r[-1]:.1f} Å: {numbers}.")


def factor_table(stages, density):
    """By how much constant Z misstates each pair, and one sentence on the halved hydrogen."""
    shown = [s for s in stages if s.has("constant_Z_factor/pairs")]
    if not shown:
        return ""
    out = ["<h3>Factor by which constant Z misstates each pair of Mg(BH<sub>4</sub>)<sub>2</sub></h3><table style=\"width:auto\"><tr><th>sample</th><th>f(Q) of</th>"]
    pairs = shown[0].texts("constant_Z_factor/pairs")
    out.append("".join(f"<th>{html.escape(p)}</th>" for p in pairs) + "</tr>")
    for s in shown:
        mine = s.texts("constant_Z_factor/pairs")
        at = s.get("constant_Z_factor/r")
        cells = lambda values, form: "".join(f"<td class=n>{values[mine.index(p)]:{form}}</td>" if p in mine and values[mine.index(p)] == values[mine.index(p)]
                                             else "<td class=n></td>" for p in pairs)
        out.append(f"<tr><td>{html.escape(label(s))}</td><td>peak at r / &Aring;</td>{cells(at, '.2f')}</tr>")
        for name, words in WEIGHTS.items():
            if s.has(f"constant_Z_factor/{name}"):
                out.append(f"<tr><td></td><td>{words}</td>{cells(1 / s.get(f'constant_Z_factor/{name}'), '.2f')}</tr>")
    out.append("</table><p class=remark>Height of the pair's first strong peak with constant Z, as PDFgui weighs it, over that with true f(Q), in the same window: "
               "above 1, constant Z makes the peak too high.</p><p class=lead>" + halved(shown[0], density) + "</p>")
    return "".join(out)


def halved(stage, density):
    """What this does to the paper's occupancy of H of 0.5."""
    pairs = stage.texts("constant_Z_factor/pairs")
    over = dict(zip(pairs, 1 / stage.get("constant_Z_factor/neutral")))
    if not all(p in over for p in ("Mg-H", "B-H", "Mg-B")):
        return ""
    relative = " and ".join(f"{over[p] / over['Mg-B']:.1f} ({p})" for p in ("Mg-H", "B-H"))
    text = (f"Against Mg-B, constant Z makes the hydrogen peaks too high by factors of {relative}: a fit with constant Z must take hydrogen away to match, "
            "and the paper's occupancy of 0.5 is such a correction of weights, not missing hydrogen.")
    for s in density:
        x, e = s.scalar("occupancy_refined")
        if x == x:
            text += (f" Refined with constant Z against G(r) of computed electron densities ({html.escape(s.name)}, all hydrogen there) the occupancy comes out as "
                     f"{x:.2f}" + (f" ± {e:.2f}" if e == e else "") + ".")
    return text


def draw(stages, rows, fits, work):
    """All of them: [(section, path, caption)]"""
    shown = [s for s in stages if s.has("neutral/r")]
    measured = sorted({r["measured"] for r in rows if r["id"].startswith("pdf_MgMg")})
    drawn = [powder(stages, work)] if any(pattern_of(s) for s in stages) else []
    drawn += [pdf(shown, measured, work)] if shown else []
    drawn += [peaks(s, work) for s in shown]
    drawn += [processing(s, work) for s in stages if s.has("processing/G")]
    return drawn + [fit(f, work) for f in fits]
