"""figures.py -- the figures of the report, each a PNG with units on its axes and an honest caption."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

TITLES = {"QENS": "Neutron scattering", "PDF": "X-ray pair distribution", "EIS": "Impedance and conductivity"}
plt.rcParams.update({"figure.dpi": 130, "font.size": 10, "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True,
                     "savefig.bbox": "tight"})


def isf(stage, work):
    """I(Q,t) of H at a few Q with standard errors."""
    t, q, i, e = (stage.get("isf/" + k) for k in ("t", "Q", "I_Q_t", "I_Q_t_error"))
    fig, ax = plt.subplots(figsize=(7, 4))
    for k in np.linspace(0, len(q) - 1, 5).astype(int):
        ax.plot(t, i[k], label=f"{q[k]:.1f} Å$^{{-1}}$")
        ax.fill_between(t, i[k] - e[k], i[k] + e[k], alpha=0.25)
    ax.set(xlabel="t / ps", ylabel="I(Q,t)", ylim=(0, 1.02))
    ax.legend(title="Q", loc="center left", bbox_to_anchor=(1, 0.5))
    path = work / f"isf-{stage.name}.png"
    fig.savefig(path)
    plt.close(fig)
    return ("QENS", path, f"Incoherent intermediate scattering function of H, {stage.name}, exact powder average; bands: one "
            "standard error over groups of ions. The run is too short for the instrument's resolution (24 ps), so no "
            "spectrum is compared with the measurement.")


def pdf(stage, work):
    """G(r) with true f(Q) and with constant Z."""
    fig, ax = plt.subplots(figsize=(9, 4))
    for name, label in (("neutral", "true f(Q), neutral atoms"), ("constant_Z", "constant Z (as PDFgui)")):
        r, g, e = stage.get(name + "/r"), stage.get(name + "/G"), stage.get(name + "/G_error")
        ax.plot(r, g, label=label, lw=1.1)
        ax.fill_between(r, g - e, g + e, alpha=0.3)
    for edge in (5.1, 12.3):
        ax.axvline(edge, color="k", ls=":", lw=0.8)
    ax.set(xlabel="r / Å", ylabel="G(r) / Å$^{-2}$", xlim=(0, min(20, r[-1])))
    ax.legend()
    path = work / f"pdf-{stage.name}.png"
    fig.savefig(path)
    plt.close(fig)
    return ("PDF", path, f"G(r), {stage.name}, Qmax 23.8 Å⁻¹, Qdamp 0.035 Å⁻¹ (assumed), no Lorch window. Dotted: the paper's "
            "region limits 5.1 and 12.3 Å. Below 1.5 Å the curve is dominated by termination ripples.")


def nyquist(stage, work):
    """Z(f) of the pellet, noisy and true."""
    names = sorted(stage.file["spectra"])
    fig, axes = plt.subplots(1, len(names), figsize=(4 * len(names), 3.4), squeeze=False)
    for ax, name in zip(axes[0], names):
        z, truth = stage.get(f"spectra/{name}/impedance"), stage.get(f"spectra/{name}/impedance_truth")
        scale = 10 ** np.floor(np.log10(np.abs(truth).max()))
        ax.plot(z[:, 0] / scale, -z[:, 1] / scale, "o", ms=3, mfc="none", label="with noise")
        ax.plot(truth[:, 0] / scale, -truth[:, 1] / scale, lw=1, label="truth")
        ax.set(title=name.replace("K", " K"), xlabel=f"Z' / {scale:.0e} Ω", ylabel=f"-Z'' / {scale:.0e} Ω")
    axes[0][0].legend()
    path = work / f"nyquist-{stage.name}.png"
    fig.savefig(path)
    plt.close(fig)
    return ("EIS", path, f"Impedance of the pellet, {stage.name}, 1 MHz to 0.01 Hz. From an assumed hop model: input, not "
            "prediction.")


def arrhenius(stages, measured, work):
    """sigma(T) of all pellets, measured beside simulated."""
    fig, ax = plt.subplots(figsize=(6, 4.2))
    for s in stages:
        t, sigma, e = (s.get("arrhenius/" + k) for k in ("temperature", "sigma", "error_ln"))
        ax.errorbar(1000 / t, sigma, yerr=sigma * e, fmt="o-", mfc="none", capsize=3, label=f"{s.name} (assumed model)")
    groups = {}
    for r in measured:
        if r["unit"] == "S/cm":
            groups.setdefault(r["sample"], []).append((1000 / float(r["temperature"]), r["measured"]))
    for sample, points in groups.items():
        ax.plot(*zip(*points), "s", label=f"{sample} (measured)")
    ax.set(yscale="log", xlabel="1000 K / T", ylabel="σ / S cm$^{-1}$")
    ax.legend(fontsize=8)
    path = work / "arrhenius.png"
    fig.savefig(path)
    plt.close(fig)
    return ("EIS", path, "Conductivity from the R1/Q1 fit against 1/T, with the paper's numbers. The barriers and carrier "
            "fractions of the model are input, chosen near the measurement: agreement here proves nothing.")


def draw_all(by_kind, work):
    """[(section, path, caption)]"""
    drawn = [isf(s, work) for s in by_kind.get("md", []) if s.has("isf/I_Q_t")]
    drawn += [pdf(s, work) for s in by_kind.get("pdf", [])]
    eis = by_kind.get("eis", [])
    drawn += [nyquist(s, work) for s in eis]
    rows = [r for s in by_kind.get("compare", []) for r in s.rows()]
    if eis:
        drawn.append(arrhenius([s for s in eis if s.has("arrhenius/sigma")], rows, work))
    return drawn
