"""style.py -- how all figures look and are kept: colours that the colour-blind tell apart, a PNG and an SVG of each."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

# M. Okabe, K. Ito, Color Universal Design (2008): orange, sky blue, green, vermilion, blue, purple, grey
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666"]
MEASURED = "#000000"  # numbers of the experiment

plt.rcParams.update({"figure.dpi": 130, "font.size": 10, "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True,
                     "axes.prop_cycle": plt.cycler(color=COLOURS), "svg.fonttype": "path",
                     "svg.hashsalt": "paddlewheel"})


def shown(value, error=float("nan"), unit=""):
    """HTML of a number with its standard error, if it has one; nothing for NaN."""
    if value != value:
        return ""
    return f"{value:.3g}" + (f" &plusmn; {error:.2g}" if error == error else "") + (f" {unit}" if unit else "")


def save(fig, path):
    """PATH (.png) and the same as .svg; the figure is closed. The same bytes every time."""
    box = fig.get_tightbbox(fig.canvas.get_renderer()).padded(0.1)  # once for both
    fig.savefig(path, bbox_inches=box, metadata={"Software": None})
    fig.savefig(path.with_suffix(".svg"), bbox_inches=box, metadata={"Date": None})
    plt.close(fig)
