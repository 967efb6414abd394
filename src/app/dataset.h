/* dataset.h -- a data set with a known truth for others to use: files in the formats of the instruments, an answer key,
 * covariances, and one block of metadata for all.
 *
 * `paddlewheel dataset STUDY` asks every finished stage for what it has to give (StageKind.dataset) and writes
 *   OUTPUT/dataset/STAGE/...        the files of a stage
 *   OUTPUT/dataset/metadata.json    who, what, when, how: dataset, program, input, inputs' digests, files; the same block is
 *                                   the attribute `metadata` of every HDF5 file
 *   OUTPUT/dataset/answer_key.json  the true values behind the noisy files
 *   OUTPUT/dataset/covariances.h5   of the numbers that were fitted
 *   OUTPUT/dataset/study.yaml       the input, verbatim; inputs/ the files that it names
 *   OUTPUT/dataset/README.md, SHA256SUMS
 * The folder is made beside its place and takes it when it is whole. Techniques have terms of the PaNET ontology
 * (S. P. Collins et al., ExPaNDS ontologies v1.0, doi 10.5281/zenodo.4806026). Functions are Local, on rank 0, but for dataset_make.
 */
#ifndef APP_DATASET_H
#define APP_DATASET_H

#include "app/stage.h"
#include "store/h5.h"

typedef enum DatasetTechnique {
    DATASET_SIMULATION,
    DATASET_QENS,
    DATASET_TOTAL_SCATTERING,
    DATASET_POWDER_DIFFRACTION,
    DATASET_IMPEDANCE
} DatasetTechnique;

/* Key `dataset:` of a study file. */
typedef struct DatasetOptions {
    char *title, *description, *licence, *identifier, *version;
    ConfigTexts keywords;
    const ConfigNode *creators; /* [{name, orcid, affiliation}] */
    int64_t draws;              /* noisy measurements of each truth */
} DatasetOptions;

extern const ConfigField *const dataset_fields;
extern const size_t dataset_nfields;

/* Read and check the node (NULL: defaults). ERR_INPUT. Clear with dataset_options_clear. */
Err dataset_options_read(const ConfigNode *node, DatasetOptions *o) MUST_USE;
void dataset_options_clear(DatasetOptions *o);

struct Dataset; /* `Dataset` of stage.h */

/* A new file of a stage: its path (free()); the folder is there. The table of files says `what` is in it. */
char *dataset_file(Dataset *d, const StageRun *run, const char *name, DatasetTechnique technique,
                   const char *what);

/* A file of the stage's own folder as it is; HDF5 files get the metadata. ERR_FILE. */
Err dataset_copy(Dataset *d, const StageRun *run, const char *name, DatasetTechnique technique,
                 const char *what) MUST_USE;

/* The sample that the stage left, as CIF (P1) and extended XYZ. */
Err dataset_sample(Dataset *d, const StageRun *run) MUST_USE;

/* The mean of the frames that the observable pdf saw, as CIF with U (P1); nothing without it. ERR_FILE. (dataset_mean.c) */
Err dataset_mean(Dataset *d, const StageRun *run) MUST_USE;

/* All its trajectory: trajectory.h5 and the segments that it shows. */
Err dataset_trajectory(Dataset *d, const StageRun *run) MUST_USE;

/* A true value; error 0 when it is exact, else what is known of it by the simulation's own error. */
void dataset_truth(Dataset *d, const StageRun *run, const char *name, double value, double error,
                   const char *unit, const char *what);

/* All scalars of the stage's result into the answer key, but for those whose name begins with `without` (NULL: all): for numbers
 * that know no noise of an instrument. ERR_FILE. */
Err dataset_truth_scalars(Dataset *d, const StageRun *run, H5 *result,
                          const char *without) MUST_USE;

/* Covariance of n fitted numbers, row-major; `names` one word each. ERR_FILE. */
Err dataset_covariance(Dataset *d, const StageRun *run, const char *name, size_t n,
                       const char *const names[], const double covariance[],
                       const char *what) MUST_USE;

/* How many noisy measurements to draw, at least 1, and the seed of the noise of each: draw 1 has the stage's own, so that it is
 * what the stage analysed. Names of files end in _draw-001 and so on. */
int64_t dataset_draws(const Dataset *d);
uint64_t dataset_seed(uint64_t own, int64_t draw);

/* The block as an attribute of an HDF5 file; a few lines of it for the comments of a text file (without # or %, each
 * ended), or the same as one line. They live as long as d. */
Err dataset_stamp(const Dataset *d, H5 *file) MUST_USE;
const char *dataset_comment(const Dataset *d);
const char *dataset_line(const Dataset *d);

/* A file that is whole gets the attribute (.h5, .nxs, .nxspe) or the comments (.csv, .sqw); the others have no place for them
 * (readers of .grp count lines) or get them when they are written. ERR_FILE. */
Err dataset_mark(const Dataset *d, const char *path) MUST_USE;

/* Make the data set of a finished study in OUTPUT/dataset. ERR_FILE, ERR_INPUT. Collective. */
Err dataset_make(Study *study) MUST_USE;

#endif
