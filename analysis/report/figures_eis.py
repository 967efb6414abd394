"""figures_eis.py -- impedance as the analyser sees it, conductivity against temperature (Fig. 5 of the paper), numbers of transport."""
import html

import matplotlib.pyplot as plt
import numpy as np

import style

KB = 8.617333262e-5  # eV/K


def assumed(stage):
    return stage.text("status").startswith("ASSUMED")


def temperatures(stage):
    return sorted(stage.file["spectra"], key=lambda name: float(name.rstrip("K")))


def nyquist(stage, work):
    """Z(f) of the pellet, noisy and true."""
    names = temperatures(stage)
    fig, axes = plt.subplots(1, len(names), figsize=(4 * len(names), 3.4), squeeze=False, gridspec_kw={"wspace": 0.35})
    for ax, name in zip(axes[0], names):
        z, truth = stage.get(f"spectra/{name}/impedance"), stage.get(f"spectra/{name}/impedance_truth")
        power = int(np.floor(np.log10(np.abs(truth).max())))
        unit = f"10$^{{{power}}}$ Ω"
        ax.plot(z[:, 0] / 10.0**power, -z[:, 1] / 10.0**power, "o", ms=3, mfc="none", label="with noise")
        ax.plot(truth[:, 0] / 10.0**power, -truth[:, 1] / 10.0**power, lw=1, label="truth")
        ax.set(xlabel=f"Z' / {unit}", ylabel=f"−Z'' / {unit}")
        ax.set_title(name.replace("K", " K"), fontsize=10)
    axes[0][0].legend(fontsize=8)
    path = work / f"nyquist-{stage.name}.png"
    style.save(fig, path)
    return ("EIS", path, f"Impedance of the pellet, {html.escape(stage.name)}, as the analyser sees it. {html.escape(stage.text('status'))}.")


def published(rows):
    """{sample: ([(T, sigma)], Ea or None)} of the paper's numbers among the rows."""
    out = {}
    for r in rows:
        points, energy = out.get(r["sample"], ([], None))
        if r["unit"] == "S/cm":
            points.append((float(r["temperature"]), r["measured"]))
        elif r["id"].startswith("cond_") and r["id"].endswith("_Ea"):
            energy = r["measured"]
        out[r["sample"]] = (points, energy)
    return {sample: (sorted(set(points)), energy) for sample, (points, energy) in out.items() if points}


def simulated_lines(ax, stage, color, times_t):
    """Points of a stage and the straight line that was fitted to them."""
    t, sigma, e = (stage.get("arrhenius/" + k) for k in ("temperature", "sigma", "error_ln"))
    y = sigma * t if times_t else sigma
    kind = "sigmaT" if times_t else "sigma"
    (energy, error), (ln_a, _) = stage.scalar(f"Ea_{kind}"), stage.scalar(f"ln_prefactor_{kind}")
    words = stage.name + (" (assumed model)" if assumed(stage) else "")
    if energy == energy:
        words += f", line {energy:.3f}" + (f" ± {error:.2g}" if error == error else "") + " eV"
        fine = np.linspace(t.min() - 8, t.max() + 8, 50)
        ax.plot(1000 / fine, np.exp(ln_a - energy / (KB * fine)), color=color, lw=1.2)
    ax.errorbar(1000 / t, y, yerr=y * e, fmt="o", mfc="none", color=color, capsize=3, label=words)


def measured_lines(ax, sample, points, energy, color, times_t):
    """The paper's points, the straight line through them, and in sigma one with the paper's energy."""
    t, sigma = map(np.array, zip(*points))
    y = sigma * t if times_t else sigma
    words, fine = f"{sample}, measured (paper)", np.linspace(t.min() - 8, t.max() + 8, 50)
    if len(t) > 1:
        slope, start = np.polyfit(1 / t, np.log(y), 1)
        words += f", line {-slope * KB:.3f} eV"
        ax.plot(1000 / fine, np.exp(start + slope / fine), color=color, lw=1, ls="--")
    if energy is not None and not times_t:
        middle = np.mean(np.log(y)) + energy / KB * np.mean(1 / t)
        ax.plot(1000 / fine, np.exp(middle - energy / (KB * fine)), color=color, lw=1.2, ls=":", label=f"{sample}, energy printed in the paper {energy:g} eV")
    ax.plot(1000 / t, y, "s", color=color, ms=6, label=words)


def arrhenius(stages, rows, work):
    """sigma and sigma T of all pellets against 1/T, measured beside simulated."""
    fig, axes = plt.subplots(1, 2, figsize=(11, 4.6), gridspec_kw={"wspace": 0.26})
    groups = published(rows)
    for ax, times_t in zip(axes, (False, True)):
        for k, s in enumerate(stages):
            simulated_lines(ax, s, style.COLOURS[k % 4], times_t)
        for k, (sample, (points, energy)) in enumerate(groups.items()):
            measured_lines(ax, sample, points, energy, ("#000000", "0.5")[k % 2], times_t)
        ax.set(yscale="log", xlabel="1000 K / T", ylabel="σT / S K cm$^{-1}$" if times_t else "σ / S cm$^{-1}$")
        low, high = ax.get_ylim()
        ax.set_ylim(low / (high / low) ** 0.35, high)
        ax.legend(fontsize=7.5, loc="lower left", framealpha=0.95)
    path = work / "arrhenius.png"
    style.save(fig, path)
    warning = " The barriers and carrier fractions of the assumed model are input, chosen near the measurement: agreement here proves nothing." if any(assumed(s) for s in stages) else ""
    bars = " Energies in the legends are slopes of the lines, with errors that the covariance of the points gives." if stages else ""
    return ("EIS", path, "Conductivity from the fitted circuits against 1/T (in the paper Fig. 5), as ln σ and as ln σT: the paper does not say which of the two its energies are of. "
            "Squares: the paper's numbers; dashed: straight line through them; dotted: the energy that the paper prints, through their mean." + bars + warning)


def kramers_kronig_table(stages):
    """Verdict of the linear test, and whether the arc is in the window."""
    out = ["<h3>Impedance spectra</h3><table style=\"width:auto\"><tr><th>stage</th><th>T / K</th><th>&sigma; of the pellet / S cm<sup>-1</sup></th><th>arc's top / Hz</th>"
           "<th>Kramers-Kronig</th><th>rms residual / %</th></tr>"]
    for s in stages:
        for name in temperatures(s):
            at = f"spectra/{name}/"
            if not s.has(at + "kramers_kronig_consistent"):
                continue
            obeyed = float(s.get(at + "kramers_kronig_consistent")) == 1
            sigma, error = s.scalar("sigma_" + name)
            peak = float(s.get(at + "peak")) if s.has(at + "peak") else float("nan")
            inside = not s.has(at + "peak_in_window") or float(s.get(at + "peak_in_window")) == 1
            out.append(f"<tr><td>{html.escape(s.name)}</td><td class=n>{name.rstrip('K')}</td><td class=n>{sigma:.3g} &plusmn; {error:.2g}</td>"
                       f"<td class=n>{'' if peak != peak else f'{peak:.3g}'}{'' if inside else ' (near the lowest frequency: resistance extrapolated)'}</td>"
                       f"<td class={'agrees' if obeyed else 'differs'}>{'obeyed' if obeyed else 'NOT obeyed'}</td><td class=n>{float(s.get(at + 'kramers_kronig_rms')):.3g}</td></tr>")
    return "".join(out) + "</table>" if len(out) > 1 else ""


QUANTITIES = (("conductivity", "&sigma;, from the charge displacement", "S/cm"), ("conductivity_nernst_einstein", "&sigma;, Nernst-Einstein", "S/cm"),
              ("haven_ratio", "Haven ratio", ""))


def transport_rows(stage):
    """[(quantity, value, error, upper bound, unit, status)]"""
    get = lambda path: np.atleast_1d(stage.get(path)) if stage.has(path) else np.array([np.nan])
    for name, words, unit in QUANTITIES:
        if stage.has(f"current/{name}_status"):
            yield (words, get(f"current/{name}")[0], get(f"current/{name}_error")[0], get(f"current/{name}_bound")[0], unit, stage.text(f"current/{name}_status"))
    if stage.has("msd/diffusion_status"):
        unit = stage.unit("msd/diffusion")
        for k, (species, status) in enumerate(zip(stage.texts("msd/classes"), stage.texts("msd/diffusion_status"))):
            yield (f"D of {html.escape(species)}", get("msd/diffusion")[k], get("msd/diffusion_error")[k], get("msd/diffusion_bound")[k], unit, status)


def transport_table(stages):
    """What trajectories say of transport; where they do not, why not."""
    out = ["<h3>Transport in the trajectories</h3><table><tr><th>stage</th><th>quantity</th><th>value &plusmn; s.e.</th><th>upper bound</th><th>status</th></tr>"]
    for s in stages:
        first = html.escape(s.name)
        for words, value, error, bound, unit, status in transport_rows(s):
            out.append(f"<tr><td>{first}</td><td>{words}</td><td class=n>{style.shown(value, error, unit)}</td><td class=n>{'' if bound != bound else f'&lt; {bound:.3g} {unit}'}</td>"
                       f"<td class=remark>{html.escape(status)}</td></tr>")
            first = ""
    if len(out) == 1:
        return ""
    return "".join(out) + ("</table><p class=remark>A number that the run does not give is left out and its status says why. The true value is below the bound in 97.5 % of runs, as far as "
                           "motion is concerned that the run had: it knows nothing of hops too rare to occur in it, nor of the 1e-14 to 1e-11 S/cm that were measured.</p>")


def draw(stages, rows, work):
    """All of them: [(section, path, caption)]"""
    drawn = [nyquist(s, work) for s in stages if s.has("spectra")]
    shown = [s for s in stages if s.has("arrhenius/sigma")]
    return drawn + ([arrhenius(shown, rows, work)] if shown or (stages and published(rows)) else [])
