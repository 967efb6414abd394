"""figures_verdict.py -- dose-response of the conductivity to the speed of BH4, the verdict line, the ledger."""
import matplotlib.pyplot as plt
import numpy as np

import style

TITLE = {"VERDICT": "Does the turning of BH4 drive Mg?"}


def dose(stages, work):
    """sigma(lambda) over its value at lambda = 1, with the margin; rotors that stand still at the left edge."""
    fig, ax = plt.subplots(figsize=(7.5, 4.2))
    for k, s in enumerate(stages):
        x, y, e = (s.get("dose_response/" + n) for n in ("lambda", "sigma", "sigma_error"))
        one = y[int(np.argmin(np.abs(np.log(x))))]
        if not one > 0:  # a network without charge: diffusion instead
            units = s.get("dose_response/charge")
            y, e = units.mean(axis=1), units.std(axis=1, ddof=1) / np.sqrt(units.shape[1])
            one = y[int(np.argmin(np.abs(np.log(x))))]
        color = style.COLOURS[k % len(style.COLOURS)]
        ax.errorbar(x, y / one, e / one, marker="o", ms=4, lw=1.2, capsize=2, color=color, label=s.name)
        still = s.get("dose_response/quenched/charge")[0] / s.get("dose_response/charge").mean(axis=1)[int(np.argmin(np.abs(np.log(x))))]
        ax.errorbar([x[0] / 10], [still.mean()], [still.std(ddof=1) / np.sqrt(still.size)], marker="s", ms=5, capsize=2, mfc="none",
                    color=color, label=f"{s.name}, BH4 quenched")
    margin = float(stages[0].get("margin"))
    ax.axhspan(1 / margin, margin, color="0.85", zorder=0, label=f"margin, factor {margin:g}")
    ax.axvline(1, color="k", lw=0.8, ls=":")
    ax.set(xscale="log", yscale="log", xlabel="λ, factor on all turns of BH4", ylabel="σ(λ) / σ(1)")
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    path = work / "verdict-dose.png"
    style.save(fig, path)
    lines = " ".join(f"{s.name}: {s.text('verdict')}." for s in stages)
    assumed = [s.name for s in stages if s.text("status").startswith("ASSUMED")]
    note = f" Energies of {', '.join(assumed)} are ASSUMED." if assumed else ""
    return ("VERDICT", path, "Conductivity when all BH4 turn λ times as fast (equilibrium stays the same), one standard error over "
            "replicas; dotted: the real speed. A flat curve at λ = 1 means that turning as motion does not drive Mg; squares, BH4 "
            f"that stand still, have entropy and percolation in them as well. {lines}{note}")


def ledger(stage, work):
    """Shares of ln of the ratio of two conductivities."""
    names, share = stage.texts("ledger/names"), stage.get("ledger/share")
    fig, ax = plt.subplots(figsize=(7, 2.6))
    ax.barh(names[::-1], share[::-1], color=[style.COLOURS[0] if v >= 0 else style.COLOURS[1] for v in share[::-1]])
    ax.axvline(0, color="k", lw=0.8)
    ax.set(xlabel="share of ln(σ / σ of the other sample)")
    path = work / f"verdict-ledger-{stage.name}.png"
    style.save(fig, path)
    total = float(stage.get("ledger/total"))
    return ("VERDICT", path, f"Who pays for the ratio {np.exp(total):.3g} of conductivities, {stage.name} over the other sample (Shapley "
            "shares, their sum is exact).")


def rival(stage, work):
    """What the measured conductivities imply if only the number of carriers differs."""
    names = stage.texts("carriers/sample")
    attempt = stage.get("carriers/attempt")
    energy = np.where(np.isnan(stage.get("carriers/energy")), stage.get("carriers/slope"), stage.get("carriers/energy"))
    fig, ax = plt.subplots(figsize=(6, 3.6))
    for k, n in enumerate(names):
        ax.plot(energy[k], attempt[k], "o", color=style.COLOURS[k % len(style.COLOURS)], label=n)
    ax.axhspan(1e12, 1e14, color="0.85", zorder=0, label="phonon frequencies")
    ax.set(yscale="log", xlabel="activation energy / eV", ylabel="implied attempt frequency / s$^{-1}$")
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    path = work / f"verdict-carriers-{stage.name}.png"
    style.save(fig, path)
    text = "; ".join(f"{n}: a fraction {f:.1g} of Mg would carry" for n, f in zip(names, stage.get("carriers/fraction")))
    slope = f" Meyer-Neldel slope {float(stage.get('carriers/meyer_neldel')):.3f} eV." if stage.has("carriers/meyer_neldel") else ""
    return ("VERDICT", path, "The rival explanation: attempt frequencies that the measured conductivities imply if every Mg carries. A sample "
            f"in the grey band needs no more; one far below has few carriers ({text}).{slope}")


def draw(stages, work):
    """Figures of stages of kind verdict: list of (section, path, caption)."""
    stages = [s for s in stages if s.has("dose_response/sigma")]
    if not stages:
        return []
    return ([dose(stages, work)] + [ledger(s, work) for s in stages if s.has("ledger/share")] +
            [rival(s, work) for s in stages if s.has("carriers/sample")])
