"""figures_qens.py -- the figures of neutron scattering: spectra and their fit (Fig. 2 of the paper), chi'' (3), EISF (4), I(Q,t), tau(T)."""
import html
import re

import matplotlib.pyplot as plt
import numpy as np

import style

HBAR = 0.6582119569  # meV ps
BOND = 1.22  # A, B-H, for the curves without a parameter
AT = 1.35  # 1/A, of the paper's spectra
PARTS = {"elastic": ("elastic line", style.COLOURS[0], "--"), "lorentzian_1": ("Lorentzian L1", style.COLOURS[1], "--"),
         "lorentzian_2": ("Lorentzian L2", style.COLOURS[2], "--"), "background": ("background", style.COLOURS[6], ":")}
MODES = (style.COLOURS[3], style.COLOURS[4], style.COLOURS[5], style.COLOURS[0])


def label(stage):
    return stage.text("sample") or stage.name


def name_of(stage):
    return html.escape(label(stage))


def parts_of(stage, group):
    """[(words, colour, dashes, curves)] of the parts of a fit, in the order in which they are drawn."""
    names = list(stage.file[group]) if stage.has(group) else []
    out = [(*PARTS[n], stage.get(f"{group}/{n}")) for n in PARTS if n in names]
    modes = sorted(n for n in names if n.startswith("mode_"))
    return out + [(f"mode {n[5:]}", MODES[k % 4], "-.", stage.get(f"{group}/{n}")) for k, n in enumerate(modes)]


def spectrum(ax, below, stage):
    """Counts, fit and its parts at the Q nearest to 1.35 1/A against -E, on a log axis; residuals below. Whether there are labels."""
    e, q = -stage.get("spectra/E"), stage.get("spectra/Q")
    i = int(np.argmin(np.abs(q - AT)))
    counts, expected, fit = (stage.get("spectra/" + k)[i] for k in ("counts", "expected", "fit"))
    seen = np.isfinite(counts) & np.isfinite(fit)
    e, counts, expected, fit = e[seen], counts[seen], expected[seen], fit[seen]
    error = stage.get("data/error")[i][seen] if stage.has("data/error") else np.sqrt(np.maximum(fit, 1e-300))
    ax.errorbar(e, counts, error, fmt=".", ms=3, lw=0.5, color="0.55", label="counts (simulated)", zorder=1)
    for words, color, dashes, curves in parts_of(stage, "spectra/parts"):
        part = curves[i][seen]
        ax.plot(e, part, dashes, color=color, lw=1.3, label=words)
        if part.min() < 0:  # a log axis hides it
            ax.plot(e, -part, color=color, lw=0.8, ls=(0, (1, 3)), label=f"{words}, times −1")
    ax.plot(e, fit, color="k", lw=1.3, label="fit, sum of all")
    low = max(5e-5 * counts.max(), 0.4 * np.median(np.sort(expected[expected > 0])[:max(3, len(expected) // 20)]))
    ax.set(yscale="log", ylim=(low, 2.5 * counts.max()), title=f"{label(stage)}\nQ = {q[i]:.2f} Å$^{{-1}}$")
    ax.title.set_fontsize(10)
    off, model = (counts - fit) / error, (expected - fit) / error
    below.plot(e, off, ".", ms=2.5, color="0.55")
    below.plot(e, model, color=style.COLOURS[1], lw=1)
    below.axhline(0, color="k", lw=0.8)
    reach = max(4.0, 1.15 * np.abs(off).max())
    below.set(xlabel="−ΔE / meV", ylim=(-reach, reach), xlim=(e.min(), e.max()))


def spectra(stages, work):
    """S(Q,E) of samples side by side, up to three in a figure."""
    drawn = []
    for first in range(0, len(stages), 3):
        row = stages[first:first + 3]
        fig, axes = plt.subplots(2, len(row), figsize=(max(6.4, 4.1 * len(row)), 5.8), sharex="col", squeeze=False,
                                 gridspec_kw={"height_ratios": (3, 1), "hspace": 0.06, "wspace": 0.2})
        for ax, below, s in zip(axes[0], axes[1], row):
            spectrum(ax, below, s)
        axes[0][0].set_ylabel("counts in a channel")
        axes[1][0].set_ylabel("residual / s.d.")
        handles = {}
        for ax in axes[0]:
            handles.update({words: h for h, words in zip(*ax.get_legend_handles_labels())})
        fig.legend(handles.values(), handles.keys(), fontsize=8, loc="lower center", ncol=min(5, len(handles)), bbox_to_anchor=(0.5, -0.05))
        path = work / f"qens-{first // 3 + 1}.png"
        style.save(fig, path)
        widths = "; ".join(f"{name_of(s)}: half width of L1 {w:.3f} ± {dw:.1g} meV, τ = ħ/Γ = {t:.2f} ± {dt:.1g} ps" for s in row
                           for (w, dw), (t, dt) in [(s.scalar("hwhm1"), s.scalar("tau1"))] if w == w)
        status = "; ".join(f"{name_of(s)}: {html.escape(s.text('status'))}" for s in row if s.text("status"))
        drawn.append(("QENS", path, "S(Q,ΔE) near 1.35 Å⁻¹ (in the paper Fig. 2) as the spectrometer counts it, and the experimenter's fit with its parts, on a log axis; what of a part is negative is drawn with its sign turned, sparsely dotted. "
                      "−ΔE &gt; 0: the neutron gains energy. Below: residuals; coloured line: the fit's distance from the expected counts, which is error of the simulation and "
                      f"of the model, not counting. {widths + '. ' if widths else ''}Measured spectra are not at hand. {status}."))
    return drawn


def mode_lines(ax, modes, top):
    for n, m in enumerate(modes):
        ax.axvline(m, color=style.MEASURED, ls=":", lw=1.1, zorder=0, label="modes of the paper" if n == 0 else None)
        ax.text(m, top, f"{m:g}", ha="center", va="bottom", fontsize=8, transform=ax.get_xaxis_transform())


def fitted_modes(stage):
    """[(energy, error)] of the oscillators that the fit of chi'' found."""
    if not stage.has("fit/chi/energy"):
        return []
    return list(zip(np.atleast_1d(stage.get("fit/chi/energy")), np.atleast_1d(stage.get("fit/chi/energy_error"))))


def energies(pairs):
    return ", ".join(f"{v:.2f} ± {d:.1g}" for v, d in pairs if v == v) + " meV"


def counted_chi(ax, stage):
    """-chi'' of the counted spectra with the oscillators of the fit."""
    e, y, dy, parts = (stage.get("fit/chi/" + k) for k in ("E", "chi", "chi_error", "parts"))
    side = (e < 0) & np.isfinite(y)
    x = -e[side]
    ax.errorbar(x, -y[side], dy[side], fmt=".", ms=2.5, lw=0.5, color="0.55", label="counts", zorder=1)
    modes = fitted_modes(stage)
    count, lines = len(modes), len(parts) - 2 - len(modes)
    names = ["elastic line"] + [f"Lorentzian {k + 1}" for k in range(lines)] + [f"mode {v:.2f} ± {d:.1g} meV" for v, d in modes] + ["background"]
    colors = [style.COLOURS[0]] + [style.COLOURS[1], style.COLOURS[2]][:lines] + list(MODES[:count]) + [style.COLOURS[6]]
    for name, color, curve in zip(names, colors, parts):
        ax.plot(x, -curve[side], ls="-." if name.startswith("mode") else "--", lw=1.2, color=color, label=name)
    ax.plot(x, -parts.sum(axis=0)[side], color="k", lw=1.3, label="fit, sum of all")
    beyond = x > 1.5
    ax.set_ylim(0, 1.3 * np.quantile(-y[side][beyond], 0.99) if beyond.any() else None)
    ax.set_title(f"{label(stage)}, counted", fontsize=10, loc="left", pad=16)
    ax.set_xlim(0, x.max())


def chi(stages, modes, work):
    """-chi'' summed over Q of all samples; beside it that of counted spectra where the window of the instrument shows modes."""
    stages = [s for s in stages if s.has("chi/chi_sum")]
    if not stages:
        return []
    curves = [s.get("chi/chi_sum") for s in stages]  # two instruments may have seen the same run: drawn once
    first = [s for k, s in enumerate(stages) if not any(np.array_equal(curves[k], c) for c in curves[:k])]
    counted = [s for s in stages if any(v == v for v, _ in fitted_modes(s))][:2]
    fig, axes = plt.subplots(1, 1 + len(counted), figsize=(7.6 if not counted else 6.2 + 4.6 * len(counted), 4.4), squeeze=False, gridspec_kw={"wspace": 0.2})
    ax, top, words = axes[0][0], 0.0, []
    for k, s in enumerate(first):
        e, y, dy = (s.get("chi/" + n) for n in ("E", "chi_sum", "chi_sum_error"))
        side = (e < 0) & (e < -2 * float(s.get("chi/fwhm")))
        x, color = -e[side], style.COLOURS[k % len(style.COLOURS)]
        ax.plot(x, -y[side], color=color, label=label(s))
        ax.fill_between(x, -y[side] - dy[side], -y[side] + dy[side], color=color, alpha=0.25, lw=0)
        top = max(top, np.max(-y[side], where=x > 2, initial=0.0))
        maxima = [s.scalar(f"mode_{n}") for n in range(1, 5)]
        found = [v for v, _ in maxima if v == v]
        ax.plot(found, [np.interp(v, x[::-1], -y[side][::-1]) for v in found], "v", ms=6, color=color, mec="white")
        if found:
            words.append(f"{name_of(s)}: maxima at {energies(maxima)}")
    ax.set_title("simulated", fontsize=10, loc="left", pad=16)
    ax.set(ylim=(0, 1.35 * top if top else None), xlim=(0, float(stages[0].get("chi/E").max())))
    for s, a in zip(counted, axes[0][1:]):
        counted_chi(a, s)
        words.append(f"{name_of(s)}: oscillators fitted to the counts at {energies(fitted_modes(s))}")
    for a in axes[0]:
        mode_lines(a, modes, 1.005)
        a.set_xlabel("−ΔE / meV")
        a.legend(fontsize=8, loc="upper right", framealpha=0.95)
    axes[0][0].set_ylabel("−Σ$_Q$ χ''(Q,ΔE) / meV$^{-1}$")
    path = work / "chi.png"
    style.save(fig, path)
    return [("QENS", path, "Minus the dynamic susceptibility of H, summed over Q, on the side where the neutron gains energy (in the paper Fig. 3): "
             f"−χ'' = πS(Q,ΔE)/n(|ΔE|) with the Bose factor n = 1/(exp(|ΔE|/kT) − 1) and ΔE = E<sub>i</sub> − E<sub>f</sub> &lt; 0; resolution {float(stages[0].get('chi/fwhm')):g} meV (FWHM), "
             "classical motion with harmonic detailed balance. Dotted: the modes that the paper names, " + ", ".join(f"{m:g}" for m in modes) + " meV; triangles: the most prominent maxima of χ''/Q². "
             + (". ".join(words) + ". " if words else "") + "Bands: one standard error over groups of ions, too small for modes in which ions move together. The ordinate of the "
             "measured −χ'' is arbitrary, so only positions can be compared.")]


def eq4(q, p, d):
    return p + (1 - p) * 0.5 * (1 + np.sinc(q * d * np.sqrt(8 / 3) / np.pi))


def eisf_panel(ax, stage, rows):
    q, a, e, c = (stage.get("eisf/" + n) for n in ("Q", "fit", "fit_error", "fit_counting"))
    top = 1.04 * q.max()
    fine = np.linspace(0.01, top, 200)
    bonds = [r["measured"] for r in rows if r["id"] in ("eisf_dBH_lo", "eisf_dBH_hi")] or [BOND, BOND]
    low, high = eq4(fine, 0.0, max(bonds)), eq4(fine, 0.0, min(bonds))
    ax.fill_between(fine, low, high, color="0.75", lw=1.2, label=f"Eq. 4, all turn (p = 0), d {min(bonds):g} to {max(bonds):g} Å" + (" (measured)" if min(bonds) < max(bonds) else ""), zorder=0)
    ax.plot(fine, 0.25 * (1 + 3 * np.sinc(fine * BOND * np.sqrt(8 / 3) / np.pi)), "--", color="0.5", lw=1, label="all 12 turns of the tetrahedron")
    ax.plot(fine, np.sinc(fine * BOND / np.pi) ** 2, ":", color="0.5", lw=1.2, label="isotropic rotation")
    ax.errorbar(q, a, e, fmt="o", ms=4.5, color=style.COLOURS[0], lw=1, label="EISF, fit")
    ax.errorbar(q, a, c, fmt="none", ecolor=style.COLOURS[0], capsize=3, lw=2)
    ax.plot(q, 1 - a, "o", ms=4.5, mfc="none", color=style.COLOURS[1], label="QISF = 1 − EISF")
    (p, dp), (d, dd) = stage.scalar("p"), stage.scalar("d_BH")
    if p == p:
        ax.plot(fine, eq4(fine, p, d), color=style.COLOURS[0], lw=1.4, label="Eq. 4, fitted")
        ax.plot(fine, 1 - eq4(fine, p, d), color=style.COLOURS[1], lw=1.4)
        ax.text(0.03, 0.5, f"p = {p:.3f} ± {dp:.3f}\nd = {d:.3f} ± {dd:.3f} Å", fontsize=8, va="center", transform=ax.transAxes, bbox={"fc": "white", "ec": "0.8", "pad": 2.5})
    if stage.has("fit/eisf_with_l2"):
        ax.errorbar(stage.get("fit/q"), stage.get("fit/eisf_with_l2"), stage.get("fit/eisf_with_l2_error"), fmt="D", ms=4, mfc="none", lw=0.8,
                    color=style.COLOURS[2], label="EISF with L2 in it")
    u2, _ = stage.scalar("u2")
    if u2 == u2:
        grow = np.exp(q**2 * u2 / 3)
        ax.errorbar(q, stage.get("eisf/plateau") * grow, stage.get("eisf/plateau_error") * grow, fmt="s", ms=6.5, mfc="none", mew=0.9, lw=0.8, color=style.COLOURS[3], label="EISF, plateau of I(Q,t)")
    for r in rows:
        if r["id"].startswith("eisf_ar") and "gamma" in label(stage).lower():  # it is of gamma, not of other samples
            e_ = r["measured_error"] if r["measured_error"] == r["measured_error"] else 0.0
            ax.errorbar([AT], [r["measured"]], [e_], fmt="*", ms=10, color=style.MEASURED, capsize=3, label=f"measured: {r['sample']}, \"close to one\"" + (" (± assumed)" if "assumed" in r["error_kind"] else ""))
    ax.set(xlabel="Q / Å$^{-1}$", xlim=(0, top), ylim=(-0.03, 1.08), title=label(stage))
    ax.title.set_fontsize(10)


def eisf(stages, rows, work):
    """EISF and QISF of samples side by side, up to three in a figure."""
    drawn = []
    for first in range(0, len(stages), 3):
        row = stages[first:first + 3]
        fig, axes = plt.subplots(1, len(row), figsize=(max(6.4, 4.3 * len(row)), 4.2), sharey=True, squeeze=False, gridspec_kw={"wspace": 0.06})
        handles = {}
        for ax, s in zip(axes[0], row):
            eisf_panel(ax, s, rows)
            handles.update({words: h for h, words in zip(*ax.get_legend_handles_labels())})
        axes[0][0].set_ylabel("EISF, QISF")
        fig.legend(handles.values(), handles.keys(), fontsize=8, loc="lower center", ncol=3 if len(row) < 3 else 4, bbox_to_anchor=(0.5, -0.17 if len(row) < 3 else -0.13))
        path = work / f"eisf-{first // 3 + 1}.png"
        style.save(fig, path)
        drawn.append(("QENS", path, "Elastic and quasi-elastic incoherent structure factors (in the paper Fig. 4). Filled: A0/(A0 + A1) of the fit to counted spectra (thin bars: simulation "
                      "and counting, thick: counting alone); where the fit has a second Lorentzian, diamonds: A0/(A0 + A1 + A2); squares: late mean of I(Q,t) divided by exp(−Q²⟨u²⟩/3) with ⟨u²⟩ of the fit. "
                      "Eq. 4: p + (1 − p)[1 + j0(√(8/3) Q d)]/2 with p the <i>immobile</i> fraction. Turns about one C<sub>2</sub> and about one C<sub>3</sub> axis have the same EISF; only widths tell them apart."))
    return drawn


def eisf_table(stages):
    """The EISF by its definitions at a few Q."""
    shown = [s for s in stages if s.has("eisf_table/value")]
    if not shown:
        return ""
    out = ["<h3>EISF by its four definitions</h3><table style=\"width:auto\"><tr><th>sample</th><th>definition</th>"]
    wanted = (0.6, AT, 2.0)
    out.append("".join(f"<th>Q near {w:g} &Aring;<sup>-1</sup></th>" for w in wanted) + "</tr>")
    for s in shown:
        q, value, error = (s.get("eisf_table/" + k) for k in ("Q", "value", "error"))
        at = [int(np.argmin(np.abs(q - w))) for w in wanted]
        for n, name in enumerate(s.texts("eisf_table/name")):
            cells = "".join("<td class=n></td>" if value[n, i] != value[n, i] else
                            f"<td class=n>{value[n, i]:.4f}" + (f" &plusmn; {error[n, i]:.4f}" if error[n, i] == error[n, i] and error[n, i] else "") + "</td>" for i in at)
            out.append(f"<tr><td>{name_of(s) if n == 0 else ''}</td><td>{html.escape(name)}</td>{cells}</tr>")
    out.append("</table><p class=remark>Model: " + "; ".join(sorted({html.escape(s.text('eisf_table/model')) for s in shown}))
               + ". The plateau and the time averages have the Debye-Waller factor in them, the fit has not.</p>")
    return "".join(out)


def without_temperature(words):
    return re.sub(r"[, ]*\d+(\.\d+)? K\b", "", words)


def plain_number(value, _):
    return f"{value:g}"


def tau(stages, rows, work):
    """tau of the Lorentzians against 1/T, if there are several temperatures."""
    points = [(float(s.get("sqw/temperature")), s) for s in stages if s.has("sqw/temperature") and s.scalar("tau1")[0] == s.scalar("tau1")[0]]
    if len({t for t, _ in points}) < 2:
        return []
    fig, ax = plt.subplots(figsize=(6.4, 4.2))
    samples = list(dict.fromkeys(without_temperature(label(s)) for _, s in points))
    for name, marker, words in (("tau1", "o", "τ$_1$"), ("tau2", "s", "τ$_2$")):
        for k, sample in enumerate(samples):
            seen = [(t, *s.scalar(name)) for t, s in points if without_temperature(label(s)) == sample and s.scalar(name)[0] == s.scalar(name)[0]]
            if seen:
                t, value, error = map(np.array, zip(*sorted(seen)))
                ax.errorbar(1000 / t, value, error, fmt=marker + "-", ms=5, lw=0.8, mfc="none" if name == "tau2" else None, color=style.COLOURS[k % len(style.COLOURS)],
                            capsize=3, label=f"{sample}, {words}")
    measured = {r["id"]: r["measured"] for r in rows}
    if "tau1_tau0" in measured and "tau1_Ea_meV" in measured:
        t = np.linspace(423, 460, 10)
        ax.plot(1000 / t, measured["tau1_tau0"] * np.exp(measured["tau1_Ea_meV"] / (0.08617333262 * t)), color=style.MEASURED, lw=2, label="τ$_1$ measured, ε and β'")
    ax.set(yscale="log", xlabel="1000 K / T", ylabel="τ = ħ/Γ / ps")
    ax.yaxis.set_major_formatter(plain_number)
    ax.yaxis.set_minor_formatter(plain_number)
    ax.legend(fontsize=8)
    path = work / "tau.png"
    style.save(fig, path)
    return [("QENS", path, "Relaxation times ħ/Γ of the Lorentzians against 1/T: " + "; ".join(f"{name_of(s)} ({t:g} K)" for t, s in sorted(points, key=lambda x: x[0]))
             + ". Residence times are 2τ for jumps about a C<sub>2</sub> axis and 1.5τ about a C<sub>3</sub> axis.")]


def isf(stage, work):
    """I(Q,t) at a few Q, with the resolution function and the window of the plateau if a spectrometer saw it."""
    t, q, i, e = (stage.get("isf/" + k) for k in ("t", "Q", "I_Q_t", "I_Q_t_error"))
    fig, ax = plt.subplots(figsize=(7.2, 4.2))
    for n, k in enumerate(np.unique(np.linspace(0, len(q) - 1, 5).astype(int))):
        color = style.COLOURS[n]
        ax.plot(t[1:], i[k][1:], color=color, label=f"{q[k]:.2f} Å$^{{-1}}$")
        ax.fill_between(t[1:], (i[k] - e[k])[1:], (i[k] + e[k])[1:], color=color, alpha=0.25, lw=0)
    end, caption = t[-1], ""
    if stage.has("sqw/fwhm"):
        sigma = float(stage.get("sqw/fwhm")) / 2.3548200450309493 / HBAR
        end = max(120.0, t[-1])
        long = np.geomspace(t[1], end, 200)
        ax.plot(long, np.exp(-0.5 * (sigma * long) ** 2), "k--", lw=1.2, label="resolution R(t)")
        drift, error = stage.scalar("plateau_drift")
        caption = (f" Dashed: the elastic resolution (Gaussian) in time. Beyond {t[-1]:.3g} ps, the longest time difference, I(Q,t) is taken as "
                   f"{'its late mean' if stage.text('sqw/tail') == 'plateau' else 'zero'}; within the window of that mean it still falls by {drift:.4f} ± {error:.4f}.")
    if end > 1.05 * t[-1]:
        ax.axvspan(t[-1], end, color="0.9", zorder=0)
        ax.text(0.96 * end, 1.03, "not simulated", ha="right", fontsize=8, color="0.35")
    ax.set(xscale="log", xlabel="t / ps", ylabel="I(Q,t)", ylim=(min(0.0, 1.1 * i.min()), 1.1), xlim=(t[1], end))
    ax.legend(title="Q", fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    path = work / f"isf-{stage.name}.png"
    style.save(fig, path)
    return ("QENS", path, f"{name_of(stage)}: incoherent I(Q,t) of H, exact powder average; bands: one standard error over groups of ions." + caption)


def librations(stages, work):
    """Density of states of H from the finely sampled runs."""
    fig, ax = plt.subplots(figsize=(8, 3.8))
    for k, s in enumerate(stages):
        e, y, dy = (s.get("fine/" + n) for n in ("E", "density", "density_error"))
        seen = e > 8
        ax.plot(e[seen], 1e3 * y[seen], color=style.COLOURS[k % len(style.COLOURS)], label=label(s))
        ax.fill_between(e[seen], 1e3 * (y - dy)[seen], 1e3 * (y + dy)[seen], color=style.COLOURS[k % len(style.COLOURS)], alpha=0.25)
        at, _ = s.scalar("libration")
        if at == at:
            ax.plot(at, 1e3 * np.interp(at, e, y), "v", color=style.COLOURS[k % len(style.COLOURS)], label=f"libration {at:.1f} meV")
    ax.axvline(65, color="k", ls=":", lw=1, label="65 meV, literature")
    ax.set(xlabel="energy / meV", ylabel="E χ''/Q² / 10$^{-3}$ Å$^2$", xlim=(0, 200), ylim=(0, None))
    ax.legend(fontsize=8)
    path = work / "librations.png"
    style.save(fig, path)
    width = float(stages[0].get("fine/fwhm"))
    return ("QENS", path, f"Density of states of H (one phonon, classical, resolution {width:g} meV): librations of BH₄ below about 90 meV, bends above "
            "100 meV. Bands: one standard error over groups of ions.")


def draw(stages, bare, rows, work):
    """All of them: [(section, path, caption)]. bare: other stages with I(Q,t), shown if no stage of kind qens is."""
    modes = sorted({r["measured"] for r in rows if r["id"].startswith("dho_E")}) or [3.0, 4.2, 5.4, 9.4]
    shown = [s for s in stages if s.has("spectra/fit")]
    drawn = spectra(shown, work) + chi(stages, modes, work)
    drawn += eisf([s for s in stages if s.has("eisf/fit")], rows, work) + tau(stages, rows, work)
    drawn += [isf(s, work) for s in (stages or bare) if s.has("isf/I_Q_t")]
    fine = [s for s in stages if s.has("fine/density")]
    return drawn + ([librations(fine, work)] if fine else [])
