"""figures.py -- all figures of the report, section by section, each a PNG and an SVG with units on its axes and an honest caption."""
import figures_cell
import figures_density
import figures_eis
import figures_kmc
import figures_pdf
import figures_qens
import figures_verdict

TITLES = {"CELL": "The samples", "PDF": "X-ray diffraction and pair distribution", "QENS": "Neutron scattering", "EIS": "Impedance and conductivity",
          "VERDICT": "Does the turning of BH₄ drive Mg?"}


def draw_all(by_kind, fits, work):
    """[(section, path, caption)]; fits: results of `paddlewheel fit pdf`."""
    kind = lambda name: by_kind.get(name, [])
    rows = [r for s in kind("compare") for r in s.rows()]
    return (figures_cell.draw(by_kind, work) + figures_pdf.draw(kind("pdf"), rows, fits, work) + figures_density.draw(kind("density_pdf"), work)
            + figures_qens.draw(kind("qens"), kind("md") + kind("constructed"), rows, work) + figures_kmc.draw(kind("kmc"), work)
            + figures_eis.draw(kind("eis"), rows, work) + figures_verdict.draw(kind("verdict"), work))


def tables(section, by_kind):
    """HTML of the tables that stand before the figures of a section."""
    kind = lambda name: by_kind.get(name, [])
    if section == "PDF":
        density = kind("density_pdf")
        return figures_pdf.factor_table(kind("pdf"), density) + (figures_density.table(density) if density else "")
    if section == "QENS":
        return figures_qens.eisf_table(kind("qens"))
    if section == "EIS":
        return figures_kmc.table(kind("kmc"), kind("kmc_rotors"), kind("verdict")) + figures_eis.kramers_kronig_table(kind("eis")) + figures_eis.transport_table(kind("md") + kind("analyse"))
    return ""
