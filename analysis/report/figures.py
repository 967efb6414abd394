"""figures.py -- the figures of the report, each a PNG with units on its axes and an honest caption."""
import matplotlib.pyplot as plt
import numpy as np

import figures_cell
import figures_density
import figures_qens
import style

TITLES = {"CELL": "The samples", "QENS": "Neutron scattering", "PDF": "X-ray pair distribution", "EIS": "Impedance and conductivity"}


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
    style.save(fig, path)
    return ("QENS", path, f"Incoherent intermediate scattering function of H, {stage.name}, exact powder average; bands: one "
            "standard error over groups of ions. No stage of kind qens made a spectrum of it.")


REGIONS = (("A", 1.5, 5.1), ("B", 5.1, 12.3), ("C", 12.3, None))


def region_lines(stage):
    """The numbers of the paper's three ranges, as text."""
    out = []
    for name, _, _ in REGIONS:
        (c, dc), (q, dq) = stage.scalar(f"correlation_{name}"), stage.scalar(f"rms_ratio_{name}")
        if c == c:
            out.append(f"{name}: correlation {c:.3f} ± {dc:.1g}, oscillation {q:.3f} ± {dq:.1g} of the reference")
    return out


def pdf(stages, measured, work):
    """G(r) of all samples, with true f(Q) and with constant Z, the paper's peaks and ranges marked."""
    fig, axes = plt.subplots(2, 1, figsize=(9.5, 6.4), sharex=True)
    far = min(20.0, min(s.get("neutral/r")[-1] for s in stages))
    for ax, name, title in zip(axes, ("neutral", "constant_Z"),
                               ("true f(Q) of neutral atoms", "constant Z, as PDFgui takes it")):
        for s in stages:
            r, g, e = (s.get(f"{name}/{k}") for k in ("r", "G", "G_error"))
            line, = ax.plot(r, g, lw=1.1, label=f"{s.name} (simulated)")
            ax.fill_between(r, g - e, g + e, alpha=0.3, color=line.get_color())
        for edge in (5.1, 12.3):
            ax.axvline(edge, color="k", ls=":", lw=0.8)
        for x in measured:
            ax.axvline(x, color=style.MEASURED, ls="--", lw=0.9, zorder=0, label="Mg-Mg of the paper" if x == measured[0] else None)
        shown = (stages[0].get("neutral/r") > 1.5) & (stages[0].get("neutral/r") < far)
        top = max(s.get(f"{name}/G")[shown].max() for s in stages)
        bottom = min(s.get(f"{name}/G")[shown].min() for s in stages)
        ax.set(ylabel="G(r) / Å$^{-2}$", ylim=(1.15 * bottom, 1.2 * top), xlim=(0, far))
        ax.set_title(title, fontsize=10, loc="left")
        for name_, low, high in REGIONS:
            ax.text(0.5 * (max(low, 0.0) + (high or far)), 1.08 * top, name_, ha="center", va="center", color="0.35")
    axes[1].set_xlabel("r / Å")
    axes[0].legend(fontsize=8, loc="upper right", bbox_to_anchor=(1, 0.92))
    path = work / "pdf.png"
    style.save(fig, path)
    numbers = "; ".join(f"{s.name}: " + ", ".join(region_lines(s)) for s in stages if region_lines(s))
    return ("PDF", path, "G(r) in the beamline's window: Qmax 23.8 Å⁻¹, Qdamp 0.035 Å⁻¹ (assumed), no Lorch window; bands: one "
            "standard error over blocks of frames. Dotted: the paper's ranges A (r < 5.1 Å), B and C (r > 12.3 Å); dashed: "
            "the Mg-Mg distances it quotes. Below 1.5 Å termination ripples rule." + (" " + numbers + "." if numbers else ""))


def assumed(stage):
    return stage.text("status").startswith("ASSUMED")


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
    style.save(fig, path)
    return ("EIS", path, f"Impedance of the pellet, {stage.name}, as the analyser sees it. {stage.text('status')}.")


def arrhenius(stages, measured, work):
    """sigma(T) of all pellets, measured beside simulated."""
    fig, ax = plt.subplots(figsize=(6, 4.2))
    for s in stages:
        t, sigma, e = (s.get("arrhenius/" + k) for k in ("temperature", "sigma", "error_ln"))
        ax.errorbar(1000 / t, sigma, yerr=sigma * e, fmt="o-", mfc="none", capsize=3, label=s.name + (" (assumed model)" if assumed(s) else ""))
    groups = {}
    for r in measured:
        if r["unit"] == "S/cm":
            groups.setdefault(r["sample"], []).append((1000 / float(r["temperature"]), r["measured"]))
    for sample, points in groups.items():
        ax.plot(*zip(*points), "s", label=f"{sample} (measured)")
    ax.set(yscale="log", xlabel="1000 K / T", ylabel="σ / S cm$^{-1}$")
    ax.legend(fontsize=8)
    path = work / "arrhenius.png"
    style.save(fig, path)
    warning = " The barriers and carrier fractions of the assumed model are input, chosen near the measurement: agreement " \
        "here proves nothing." if any(assumed(s) for s in stages) else ""
    return ("EIS", path, "Conductivity from the fitted circuit against 1/T, with the paper's numbers." + warning)


def draw_all(by_kind, work):
    """[(section, path, caption)]"""
    rows = [r for s in by_kind.get("compare", []) for r in s.rows()]
    spectra = by_kind.get("qens", [])
    drawn = figures_qens.draw(spectra, rows, work)
    if not spectra:
        drawn += [isf(s, work) for s in by_kind.get("md", []) if s.has("isf/I_Q_t")]
    distances = sorted({r["measured"] for r in rows if r["id"].startswith("pdf_MgMg")})
    if by_kind.get("pdf"):
        drawn.append(pdf(by_kind["pdf"], distances, work))
    drawn += figures_density.draw(by_kind.get("density_pdf", []), work)
    eis = by_kind.get("eis", [])
    drawn += [nyquist(s, work) for s in eis]
    if eis:
        drawn.append(arrhenius([s for s in eis if s.has("arrhenius/sigma")], rows, work))
    return figures_cell.draw(by_kind, work) + drawn
