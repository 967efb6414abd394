"""figures_cell.py -- what a sample looks like: ions in projection along a channel, and where H stands around B."""
import h5py
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import PolyCollection

import style

FACES = ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3))
MG, BH4 = np.array((0.85, 0.37, 0.01)), np.array((0.13, 0.44, 0.71))  # safe for the colour-blind


def read_sample(folder):
    """Cell [3][3] A, positions of Mg [n][3] and of B and its four H [m][5][3] A, ions whole and in the box."""
    with h5py.File(folder / "sample.h5", "r") as f:
        cell = np.asarray(f["cell"]).reshape(3, 3)
        names = [n.decode() if isinstance(n, bytes) else n for n in f["species"][()]]
        kind = np.asarray(f["kind"]).astype(int)
        x = np.asarray(f["position"])
    metal = np.array([names[k] == "Mg" for k in kind])
    n = int(metal.sum())  # canonical order: all Mg, then each B with its four H
    centre = np.concatenate((x[:n], x[n::5]))
    inverse = np.linalg.inv(cell)
    shift = -np.floor(centre @ inverse + 1e-9) @ cell
    return cell, x[:n] + shift[:n], x[n:].reshape(-1, 5, 3) + shift[n:, None, :]


def view(cell):
    """Rows: right, up, towards the reader. Gamma's channels run along the body diagonals of its cube."""
    length = np.linalg.norm(cell, axis=1)
    cube = length.max() / length.min() < 1.1 and np.abs(cell @ cell.T / np.outer(length, length) - np.eye(3)).max() < 0.1
    towards = cell.sum(axis=0) if cube else cell[2]
    towards = towards / np.linalg.norm(towards)
    right = np.cross(cell[2] if cube else cell[1], towards)
    right /= np.linalg.norm(right)
    return np.array((right, np.cross(towards, right), towards)), "[111]" if cube else "[001]"


def faded(colour, depth):
    """Depth 0 (far) to 1 (near): fog towards white."""
    mix = 0.22 + 0.78 * depth
    return 1 - mix[..., None] * (1 - colour)


WINDOW, SLAB = np.array((16.0, 14.0)), 7.0  # half width and height, half thickness [A]


def images(points, cell, axes, margin):
    """All periodic copies (of ions given by their first point) inside the window and the slab, in the reader's axes."""
    reach = np.linalg.norm((*WINDOW, SLAB)) + margin
    steps = np.ceil(reach / (1 / np.linalg.norm(np.linalg.inv(cell), axis=0))).astype(int) + 1
    shifts = np.array([[i, j, k] for i in range(-steps[0], steps[0] + 1) for j in range(-steps[1], steps[1] + 1)
                       for k in range(-steps[2], steps[2] + 1)]) @ cell
    middle = 0.5 * cell.sum(axis=0)
    flat = points.reshape(len(points), -1, 3) - middle
    out = []
    for shift in shifts:
        seen = (flat + shift) @ axes.T
        first = seen[:, 0]
        inside = (np.abs(first[:, :2]) < WINDOW + margin).all(axis=1) & (np.abs(first[:, 2]) < SLAB + margin)
        out.append(seen[inside])
    return np.concatenate(out)


def tetrahedra(ions, light):
    """The faces that look at the reader: polygons, colours, depths."""
    polygons, colours, order = [], [], []
    for ion in ions:
        h = ion[1:]
        for a, b, c in FACES:
            normal = np.cross(h[b] - h[a], h[c] - h[a])
            normal /= np.linalg.norm(normal) or 1.0
            outward = normal if normal @ (h[a] + h[b] + h[c] - 3 * ion[0]) > 0 else -normal
            if outward[2] <= 0:
                continue
            shade = 0.6 + 0.4 * max(0.0, outward @ light)
            polygons.append(h[[a, b, c], :2])
            colours.append(faded(BH4 * shade, np.array(depth_of(ion[0, 2]))))
            order.append(ion[0, 2] + 0.01 * outward[2])
    return polygons, colours, order


def depth_of(z):
    return np.clip(0.5 * (z / SLAB + 1), 0, 1)


def bonds(mg, boron):
    """Lines from every Mg to the B within 3 A."""
    lines, depths = [], []
    for m in mg:
        for b in boron[np.linalg.norm(boron - m, axis=1) < 3.0]:
            lines.append((m[:2], b[:2]))
            depths.append(0.5 * (m[2] + b[2]))
    return lines, np.array(depths)


def cell_picture(stage, work):
    cell, mg, bh4 = read_sample(stage.folder)
    axes, direction = view(cell)
    m = images(mg[:, None, :], cell, axes, 1.5)[:, 0]
    t = images(bh4, cell, axes, 1.5)
    fig, ax = plt.subplots(figsize=(6.6, 6.2))
    polygons, colours, order = tetrahedra(t, np.array((0.3, 0.5, 0.81)))
    angle = np.linspace(0, 2 * np.pi, 24)
    circle = 0.6 * np.column_stack((np.cos(angle), np.sin(angle)))
    for ion in m:
        polygons.append(ion[:2] + circle)
        colours.append(faded(MG, np.array(depth_of(ion[2]))))
        order.append(ion[2])
    lines, depths = bonds(m, t[:, 0])
    for (a, b), z in zip(lines, depths):
        half = 0.06 * np.array((b[1] - a[1], a[0] - b[0])) / (np.hypot(*(b - a)) or 1.0)
        polygons.append(np.array((a - half, b - half, b + half, a + half)))
        colours.append(faded(np.array((0.35, 0.35, 0.35)), np.array(depth_of(z))))
        order.append(z - 0.5)
    near = np.argsort(order)
    ax.add_collection(PolyCollection([polygons[k] for k in near], facecolors=[colours[k] for k in near], edgecolors="white", linewidths=0.25))
    ax.plot([], [], "o", color=MG, label="Mg")
    ax.plot([], [], "^", color=BH4, label="BH₄")
    ax.set(xlim=(-WINDOW[0], WINDOW[0]), ylim=(-WINDOW[1], WINDOW[1]), xticks=[], yticks=[])
    ax.grid(False)
    ax.set_aspect("equal")
    ax.plot([-WINDOW[0] + 1, -WINDOW[0] + 11], [-WINDOW[1] + 1] * 2, "k", lw=3)
    ax.text(-WINDOW[0] + 6, -WINDOW[1] + 1.4, "10 Å", ha="center", va="bottom", fontsize=9, bbox={"fc": "white", "ec": "none", "pad": 1})
    ax.legend(fontsize=8, loc="upper right", framealpha=0.95)
    path = work / f"cell-{stage.name}.png"
    style.save(fig, path)
    return ("CELL", path, f"{stage.name}: a slab of {2 * SLAB:.0f} Å of the {len(mg)} Mg and {len(bh4)} BH₄ (tetrahedra with H at their corners) and their "
            f"periodic copies at the end of the stage, seen along {direction}; what is far away is pale. Lines: Mg-B below 3 Å.")


def h_density(stage, work):
    """Both hemispheres, towards the two Mg, in equal-area projection."""
    density, error = stage.get("h_density/density"), stage.get("h_density/density_error")
    polar, turn = density.shape
    top = max(1.0, density.max())
    fig, axes = plt.subplots(1, 2, figsize=(8.4, 4.2))
    edge_c, edge_a = np.linspace(-1, 1, polar + 1), np.linspace(0, 2 * np.pi, turn + 1)
    for ax, up, title in zip(axes, (True, False), ("towards the nearer Mg", "towards the other Mg")):
        keep = edge_c[:-1] >= -1e-9 if up else edge_c[1:] <= 1e-9
        c = edge_c[edge_c >= -1e-9] if up else edge_c[edge_c <= 1e-9]
        rho = np.sqrt(1 - np.abs(c))  # Lambert: equal areas on the sphere are equal on paper
        x, y = rho[:, None] * np.cos(edge_a), rho[:, None] * np.sin(edge_a)
        mesh = ax.pcolormesh(x, y, density[keep], cmap="viridis", vmin=0, vmax=top, rasterized=True)
        ax.add_patch(plt.Circle((0, 0), 1, fill=False, lw=1))
        ax.plot(0, 0, "o", color=MG, ms=7, mec="white")
        for theta in (30, 60):
            ax.add_patch(plt.Circle((0, 0), np.sqrt(1 - np.cos(np.radians(theta))), fill=False, lw=0.5, ls=":", color="white"))
        ax.set_title(title, fontsize=10)
        ax.set_aspect("equal")
        ax.axis("off")
    fig.colorbar(mesh, ax=axes, label="density of B-H directions (1: even)", shrink=0.8)
    path = work / f"h-density-{stage.name}.png"
    style.save(fig, path)
    bond, rms = float(stage.get("h_density/bond")), float(stage.get("h_density/bond_rms"))
    peak = np.unravel_index(density.argmax(), density.shape)
    return ("CELL", path, f"{stage.name}: where the H of {int(stage.get('h_density/ions'))} BH₄ stand around B, mean over {int(stage.get('h_density/frames'))} frames "
            f"(equal-area projection of both hemispheres; orange: direction of Mg; dotted: 30° and 60° from it). Each ion in the frame of its own site. "
            f"Highest {density[peak]:.1f} ± {error[peak]:.1g} times an even distribution; between the spots lies the way by which ions turn. B-H {bond:.3f} Å, "
            f"standard deviation {rms:.3f} Å.")


def draw(by_kind, work):
    drawn = []
    for kind in ("cell", "md", "mc", "constructed"):
        for s in by_kind.get(kind, []):
            if (s.folder / "sample.h5").exists():
                drawn.append(cell_picture(s, work))
    for kind in ("md", "mc", "analyse", "constructed"):
        drawn += [h_density(s, work) for s in by_kind.get(kind, []) if s.has("h_density/density")]
    return drawn
