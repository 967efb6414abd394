"""figures_kmc.py -- kinetic Monte Carlo: both clocks, conductivities and what they imply, sigma(omega)."""
import html

import matplotlib.pyplot as plt
import numpy as np

import style
from style import shown


def spectra(stage):
    """[(T, group)] by rising temperature."""
    root = stage.file["conductivity_spectrum"]
    groups = [root] if "frequency" in root else list(root.values())
    return sorted(((float(np.asarray(g.attrs["temperature"]).squeeze()), g) for g in groups), key=lambda pair: pair[0])


def clocks_table(hops, turns):
    """Conductivity and both clocks at each temperature, and the turns of BH4 where they were run for themselves."""
    out = ["<h3>Kinetic Monte Carlo: two clocks</h3><table><tr><th>stage</th><th>T / K</th><th>&sigma; &plusmn; s.e. / S cm<sup>-1</sup></th>"
           "<th>above all rates</th><th>Haven ratio</th><th>hops/s of a carrier</th><th>of a Mg</th><th>turns/s of a BH4</th>"
           "<th>turns for a hop</th><th>worst k&tau;CV<sup>2</sup></th></tr>"]
    for s in hops:
        for t, _ in spectra(s):
            get = lambda name: s.scalar(f"{name}_{t:g}K")
            hop, turn = get("hop_rate_carrier")[0], get("rotor_rate")[0]
            cells = (shown(*get("sigma")), shown(get("sigma_high")[0]), shown(*get("haven")), shown(hop), shown(get("hop_rate")[0]), shown(turn),
                     shown(turn / hop) if hop > 0 else "", shown(get("indicator")[0]))
            out.append(f"<tr><td>{html.escape(s.name)}</td><td class=n>{t:g}</td>" + "".join(f"<td class=n>{c}</td>" for c in cells) + "</tr>")
        out.append(f"<tr><td></td><td colspan=9 class=remark>{html.escape(s.text('status'))}</td></tr>")
    out.append("</table>")
    for s in turns:
        words = [f"one turn in {shown(s.scalar('tau_residence')[0])} ps"]
        exact = s.scalar("tau_residence_exact")[0]
        if exact == exact:
            words.append(f"exact {shown(exact)} ps")
        words.append(f"relaxation time {shown(*s.scalar('tau_relaxation'))} ps")
        out.append(f"<p class=remark>Turns alone, {html.escape(s.name)}: {', '.join(words)}. {html.escape(s.text('status'))}.</p>")
    return "".join(out)


def implied_table(hops, verdicts):
    """Activation energies both ways, and the carriers that somebody would infer who knows nothing of rotors; beside the paper's numbers."""
    rows = []
    for s in hops:
        if s.scalar("Ea_sigma")[0] == s.scalar("Ea_sigma")[0]:
            energies = [shown(*s.scalar(name)) for name in ("Ea_sigma", "Ea_sigmaT")] + [""]
            rows.append([html.escape(s.name)] + energies + [shown(*s.scalar(name)) for name in ("attempt_all", "fraction_implied")] +
                        [shown(s.scalar("fraction_put_in")[0]) + (" (ASSUMED)" if "ASSUMED carrier" in s.text("status") else "")])
    for s in verdicts:
        get = lambda name: s.get("carriers/" + name)
        for k, sample in enumerate(s.texts("carriers/sample")):
            rows.append([html.escape(sample) + ", measured (paper)"] + [shown(get(name)[k]) for name in ("slope_sigma", "slope", "energy", "attempt", "fraction")] + [""])
        if rows and s.has("carriers/sample"):
            break
    if not rows:
        return ""
    head = ("sample", "E<sub>a</sub> of ln &sigma; / eV", "of ln &sigma;T", "as printed", "attempts/s if every Mg carries", "part of Mg that carries, at 10<sup>13</sup>/s",
            "put in")
    return ("<h3>What the conductivities imply</h3><table style=\"width:auto\"><tr>" + "".join(f"<th>{h}</th>" for h in head) + "</tr>" +
            "".join("<tr><td>" + "</td><td class=n>".join(r) + "</td></tr>" for r in rows) +
            "</table><p class=remark>The same reading for simulated and measured conductivities (Nernst-Einstein, simulated: energy of ln &sigma;T, length of the network's own hops; "
            "paper: the printed energy, 4.82 &Aring;). A sample near 10<sup>13</sup>/s needs no more than that every Mg moves; one far below has few carriers. "
            "For the simulated samples the truth is known, so that the columns tell how far such a reading goes wrong.</p>")


def conductivity_spectra(hops, work):
    """sigma'(f) of every stage and temperature; the DC value at the left edge."""
    fig, axes = plt.subplots(1, len(hops), figsize=(4.6 * len(hops) + 0.6, 3.6), squeeze=False, gridspec_kw={"wspace": 0.3})
    for ax, s in zip(axes[0], hops):
        groups = spectra(s)
        lowest = min(f[f > 0].min() for f in (np.asarray(g["frequency"]) for _, g in groups))
        for k, (t, g) in enumerate(groups):
            f, y, e = (np.asarray(g[name]) for name in ("frequency", "sigma", "sigma_error"))
            color, inside = style.COLOURS[k % len(style.COLOURS)], (f > 0) & (y[:, 0] > 0)
            inside[-1] = False  # far above all: the instantaneous term, drawn as a line
            ax.errorbar(f[inside], y[inside, 0], yerr=e[inside, 0], fmt="o", ms=3, lw=1, color=color, label=f"{t:g} K")
            ax.axhline(y[-1, 0], color=color, lw=0.8, ls=":")
            if f[0] == 0:
                ax.errorbar([lowest / 10], [y[0, 0]], yerr=[e[0, 0]], fmt="s", mfc="none", ms=5, capsize=2, color=color)
        ax.set(xscale="log", yscale="log", xlabel="frequency / Hz", ylabel="σ' / S cm$^{-1}$", title=s.name)
        ax.title.set_size(10)
        ax.legend(fontsize=8)
    path = work / "conductivity-spectra.png"
    style.save(fig, path)
    return ("EIS", path, "Conductivity against frequency by kinetic Monte Carlo, with standard errors over replicas: points; open squares at the left edge: "
            "the direct current's; dotted: the instantaneous term, above the rates of all hops. Between the two, hops that are taken back. "
            + " ".join(f"{html.escape(s.name)}: {html.escape(s.text('status'))}." for s in hops))


def table(hops, turns, verdicts):
    return clocks_table(hops, turns) + implied_table(hops, verdicts) if hops or turns else ""


def draw(hops, work):
    """All of them: [(section, path, caption)]"""
    hops = [s for s in hops if s.has("conductivity_spectrum")]
    return [conductivity_spectra(hops, work)] if hops else []
