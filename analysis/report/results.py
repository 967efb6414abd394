"""results.py -- reading result.h5 of a stage (layout: analysis/LAYOUT.md)."""
from pathlib import Path

import h5py
import numpy as np


class Stage:
    def __init__(self, kind, name, folder):
        self.kind, self.name, self.folder = kind, name, Path(folder)
        self._file = None

    @property
    def file(self):
        if self._file is None:
            self._file = h5py.File(self.folder / "result.h5", "r")
        return self._file

    @property
    def found(self):
        """Whether the stage left results (a stage that did not run, or of kind cell, has none)."""
        return (self.folder / "result.h5").exists()

    def has(self, path):
        return self.found and path in self.file

    def provenance(self):
        """Of the results, or of the stage where it has none (kind cell)."""
        if self.has("provenance"):
            return self.text("provenance")
        record = self.folder / "stage.txt"
        return record.read_text() if record.exists() else ""

    def get(self, path):
        return np.asarray(self.file[path])

    def unit(self, path):
        u = self.file[path].attrs.get("unit", "1")
        return u.decode() if isinstance(u, bytes) else u

    def scalar(self, name):
        """(value, standard error); NaN where there is none."""
        if not self.has(f"scalars/{name}"):
            return float("nan"), float("nan")
        g = self.file[f"scalars/{name}"]
        return float(np.asarray(g["value"]).squeeze()), float(np.asarray(g["error"]).squeeze())

    def text(self, path):
        if not self.has(path):
            return ""
        t = self.file[path][()]
        return t.decode() if isinstance(t, bytes) else str(t)

    def texts(self, path):
        if not self.has(path):
            return []
        return [t.decode() if isinstance(t, bytes) else str(t) for t in self.file[path][()]]

    def rows(self):
        """Rows of a comparison, as dictionaries."""
        g = "rows/"
        words = {k: self.texts(g + k) for k in
                 ("id", "technique", "quantity", "sample", "temperature", "unit", "error_kind", "verdict", "sentence",
                  "remark")}
        numbers = {k: self.get(g + k) for k in ("simulated", "error", "measured", "measured_error", "difference")}
        n = len(words["id"])
        return [{**{k: v[i] for k, v in words.items()}, **{k: float(v[i]) for k, v in numbers.items()}} for i in range(n)]
