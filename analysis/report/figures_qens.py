"""figures_qens.py -- the figures of neutron scattering: counted spectra and their fit, EISF, I(Q,t), chi''."""
import matplotlib.pyplot as plt
import numpy as np

import style

HBAR = 0.6582119569  # meV ps
BOND = 1.22  # A, B-H, for the candidate curves


def label(stage):
    return stage.text("sample") or stage.name


def nearest(values, wanted):
    return [int(np.argmin(np.abs(values - w))) for w in wanted]


def voigt(e, sigma, gamma):
    from scipy.special import voigt_profile
    return voigt_profile(e, sigma, gamma)


def components(stage, e, i):
    """Elastic line and Lorentzians of the fit at energies e, with the detailed balance of the fit; background apart."""
    kt = 0.08617333262 * float(stage.get("sqw/temperature"))
    sigma = float(stage.get("sqw/fwhm")) / 2.3548200450309493
    balance = 1.0 if stage.text("sqw/balance") == "none" else np.where(e == 0, 1.0, (e / kt) / -np.expm1(-np.where(e == 0, 1, e / kt)))
    out = [("elastic line", float(stage.get("fit/elastic")[i]) * np.exp(-0.5 * (e / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi)))]
    if stage.has("fit/width"):
        area = stage.get("fit/area")
        for k, width in enumerate(stage.get("fit/width")):
            out.append((f"Lorentzian {k + 1}", area[i, k] * balance * voigt(e, sigma, width)))
    return out, float(stage.get("fit/background")[i])


def spectra(stage, work):
    """Counts, fit, its parts and the residuals at three Q."""
    e, q = stage.get("spectra/E"), stage.get("spectra/Q")
    counts, expected, fit = (stage.get("spectra/" + k) for k in ("counts", "expected", "fit"))
    chosen = sorted(set(nearest(q, (0.6, 1.35, 2.1))))
    off = ((expected - fit) / np.sqrt(np.maximum(fit, 1)))[chosen]
    reach = max(5.0, 1.2 * np.abs(off).max())
    fig, axes = plt.subplots(2, len(chosen), figsize=(4.3 * len(chosen), 5.6), sharex=True, squeeze=False,
                             gridspec_kw={"height_ratios": (3, 1), "hspace": 0.06, "wspace": 0.22})
    for column, i in enumerate(chosen):
        ax, below = axes[0][column], axes[1][column]
        ax.errorbar(e, counts[i], np.sqrt(expected[i]), fmt=".", ms=3, lw=0.5, color="0.45", label="counts", zorder=1)
        parts, flat = components(stage, e, i)
        for (name, y), style in zip(parts, ("--", "-.", ":")):
            ax.plot(e, y, style, lw=1.2, label=name)
        ax.plot(e, fit[i], color="C3", lw=1.4, label="fit")
        ax.plot(e, expected[i], color="k", lw=0.8, label="truth (no noise)")
        low = max(0.3, 0.3 * expected[i].min())
        ax.set(yscale="log", ylim=(low, 2 * counts[i].max()), title=f"Q = {q[i]:.2f} Å$^{{-1}}$")
        below.plot(e, (counts[i] - fit[i]) / np.sqrt(np.maximum(fit[i], 1)), ".", ms=3, color="0.45")
        below.plot(e, (expected[i] - fit[i]) / np.sqrt(np.maximum(fit[i], 1)), color="k", lw=0.8)
        below.axhline(0, color="C3", lw=1)
        below.set(xlabel="energy transfer ΔE / meV", ylim=(-reach, reach))
    axes[0][0].set_ylabel("counts per channel")
    axes[1][0].set_ylabel("residual / s.d.")
    axes[0][-1].legend(fontsize=8, loc="upper right")
    path = work / f"qens-{stage.name}.png"
    style.save(fig, path)
    status = stage.text("status")
    return ("QENS", path, f"{label(stage)}: S(Q,ΔE) as TOFTOF at 5 Å would count it (Gaussian resolution, FWHM "
            f"{1e3 * float(stage.get('sqw/fwhm')):.0f} µeV, the same at every ΔE; neutrons that lose energy on the right), and the "
            f"experimenter's fit. Below: residuals; black: what remains without counting noise, the error of the simulation and "
            f"of the model. {status[:1].upper()}{status[1:]}.")


def candidates(q):
    j0 = lambda x: np.sinc(x / np.pi)
    s = BOND * np.sqrt(8 / 3)
    return (("C$_2$ or C$_3$, one axis", 0.5 * (1 + j0(q * s)), "-"), ("all 12 turns of the tetrahedron", 0.25 * (1 + 3 * j0(q * s)), "--"),
            ("isotropic rotation", j0(q * BOND) ** 2, ":"))


def eisf(stages, work):
    """EISF(Q) of all samples with Eq. 4, and the three models that have no parameter."""
    fig, ax = plt.subplots(figsize=(7.6, 4.6))
    top = max(s.get("eisf/Q").max() for s in stages)
    fine = np.linspace(0.01, 1.03 * top, 200)
    for name, y, style in candidates(fine):
        ax.plot(fine, y, style, color="0.55", lw=1.2, label=name)
    for k, s in enumerate(stages):
        q, a, e, c = (s.get("eisf/" + n) for n in ("Q", "fit", "fit_error", "fit_counting"))
        color = f"C{k}"
        ax.errorbar(q, a, e, fmt="o", ms=4.5, color=color, capsize=0, lw=1, label=f"{label(s)}, fit")
        ax.errorbar(q, a, c, fmt="none", ecolor=color, capsize=3, lw=2)
        (u2, _), (p, dp), (d, dd) = s.scalar("u2"), s.scalar("p"), s.scalar("d_BH")
        late = s.get("eisf/plateau") * np.exp(q**2 * u2 / 3)
        ax.errorbar(q, late, s.get("eisf/plateau_error") * np.exp(q**2 * u2 / 3), fmt="s", ms=7, mfc="none", mew=0.9, lw=0.8, color=color,
                    label=f"{label(s)}, plateau of I(Q,t)")
        if p == p:
            y = p + (1 - p) * 0.5 * (1 + np.sinc(fine * d * np.sqrt(8 / 3) / np.pi))
            ax.plot(fine, y, color=color, lw=1.3, label=f"Eq. 4: p = {p:.3f} ± {dp:.3f}, d = {d:.3f} ± {dd:.3f} Å")
    ax.set(xlabel="Q / Å$^{-1}$", ylabel="EISF", xlim=(0, 1.03 * top), ylim=(0, 1.06))
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    path = work / "eisf.png"
    style.save(fig, path)
    return ("QENS", path, "Elastic incoherent structure factor: filled, from the fit to counted spectra (thin bars: simulation and "
            "counting, thick: counting alone); open, late mean of I(Q,t) divided by exp(−Q²⟨u²⟩/3) with ⟨u²⟩ of the fit. Grey: "
            f"models for d = {BOND} Å in which every BH₄ turns. Turns about one C₂ and about one C₃ axis have the same EISF; only widths tell "
            "them apart. The number for the table is read at 1.35 Å⁻¹ unless the input says otherwise.")


def isf(stage, work):
    """I(Q,t) at a few Q, with the resolution function and the window of the plateau."""
    t, q, i, e = (stage.get("isf/" + k) for k in ("t", "Q", "I_Q_t", "I_Q_t_error"))
    sigma = float(stage.get("sqw/fwhm")) / 2.3548200450309493 / HBAR
    fig, ax = plt.subplots(figsize=(7.2, 4.2))
    for n, k in enumerate(np.unique(np.linspace(0, len(q) - 1, 5).astype(int))):
        ax.plot(t[1:], i[k][1:], color=f"C{n}", label=f"{q[k]:.2f} Å$^{{-1}}$")
        ax.fill_between(t[1:], (i[k] - e[k])[1:], (i[k] + e[k])[1:], color=f"C{n}", alpha=0.25)
    long = np.geomspace(t[1], max(120.0, t[-1]), 200)
    ax.plot(long, np.exp(-0.5 * (sigma * long) ** 2), "k--", lw=1.2, label="resolution R(t)")
    ax.axvspan(t[-1], long[-1], color="0.9", zorder=0)
    ax.text(np.sqrt(t[-1] * long[-1]), 0.95, "not simulated", ha="center", fontsize=8, color="0.35")
    ax.set(xscale="log", xlabel="t / ps", ylabel="I(Q,t)", ylim=(0, 1.02), xlim=(t[1], long[-1]))
    ax.legend(title="Q", fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    path = work / f"isf-{stage.name}.png"
    style.save(fig, path)
    drift, error = stage.scalar("plateau_drift")
    return ("QENS", path, f"{label(stage)}: incoherent I(Q,t) of H, exact powder average; bands: one standard error over groups of ions. "
            f"Dashed: the Gaussian resolution in time. Beyond {t[-1]:.3g} ps, the longest time difference, I(Q,t) is taken as "
            f"{'its late mean' if stage.text('sqw/tail') == 'plateau' else 'zero'}; "
            f"within the window of that mean it still falls by {drift:.4f} ± {error:.4f}.")


def chi(stages, modes, work):
    """chi''/Q^2 of all samples against energy, with the modes of the paper."""
    fig, ax = plt.subplots(figsize=(8, 4.2))
    top = 0.0
    for k, s in enumerate(stages):
        e, y, dy = (s.get("chi/" + n) for n in ("mode_energy", "mode_chi", "mode_chi_error"))
        seen = e > 2 * float(s.get("chi/fwhm"))
        ax.plot(e[seen], 1e3 * y[seen], color=f"C{k}", label=label(s))
        ax.fill_between(e[seen], 1e3 * (y - dy)[seen], 1e3 * (y + dy)[seen], color=f"C{k}", alpha=0.25)
        top = max(top, 1e3 * np.quantile(y[e > 1.5], 0.995) if (e > 1.5).any() else 1e3 * y[seen].max())
    for n, m in enumerate(modes):
        ax.axvline(m, color="k", ls=":", lw=1, label="modes named in the paper" if n == 0 else None)
    ax.set(xlabel="|ΔE| / meV", ylabel="⟨χ''/Q²⟩ / 10$^{-3}$ Å$^2$ meV$^{-1}$", xlim=(0, None), ylim=(0, 1.35 * top))
    ax.legend(fontsize=8)
    path = work / "chi.png"
    style.save(fig, path)
    width = float(stages[0].get("chi/fwhm"))
    return ("QENS", path, f"Dynamic susceptibility of H over Q², mean over Q, resolution {width:g} meV (FWHM), classical motion with harmonic "
            "detailed balance. Bands: one standard error over groups of ions, too small for modes in which ions move together. The "
            "scale of the measured −χ'' is arbitrary, so only positions can be compared.")


def librations(stages, work):
    """Density of states of H from the finely sampled runs."""
    fig, ax = plt.subplots(figsize=(8, 3.8))
    for k, s in enumerate(stages):
        e, y, dy = (s.get("fine/" + n) for n in ("E", "density", "density_error"))
        seen = e > 8
        ax.plot(e[seen], 1e3 * y[seen], color=f"C{k}", label=label(s))
        ax.fill_between(e[seen], 1e3 * (y - dy)[seen], 1e3 * (y + dy)[seen], color=f"C{k}", alpha=0.25)
        at, _ = s.scalar("libration")
        if at == at:
            ax.plot(at, 1e3 * np.interp(at, e, y), "v", color=f"C{k}", label=f"libration {at:.1f} meV")
    ax.axvline(65, color="k", ls=":", lw=1, label="65 meV, literature")
    ax.set(xlabel="energy / meV", ylabel="E χ''/Q² / 10$^{-3}$ Å$^2$", xlim=(0, 200), ylim=(0, None))
    ax.legend(fontsize=8)
    path = work / "librations.png"
    style.save(fig, path)
    width = float(stages[0].get("fine/fwhm"))
    return ("QENS", path, f"Density of states of H (one phonon, classical, resolution {width:g} meV): librations of BH₄ below about 90 meV, bends above "
            "100 meV. Bands: one standard error over groups of ions.")


def draw(stages, rows, work):
    """All of them: [(section, path, caption)]"""
    if not stages:
        return []
    modes = sorted({r["measured"] for r in rows if r["id"].startswith("dho_E")}) or [3.0, 4.2, 5.4, 9.4]
    drawn = [isf(s, work) for s in stages] + [spectra(s, work) for s in stages] + [eisf(stages, work)]
    drawn.append(chi(stages, modes, work))
    fine = [s for s in stages if s.has("fine/density")]
    return drawn + ([librations(fine, work)] if fine else [])
