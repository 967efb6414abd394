#include "analysis/verdict.h"

#include "base/mem.h"
#include "base/units.h"
#include "store/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_name[VERDICT_INCONCLUSIVE + 1] = {
    "UNDERPOWERED", "DYNAMIC", "STATIC_CRADLE", "NONE", "CARRIER_NETWORK", "INCONCLUSIVE"};

static const double BETA_LEAST = 0.05,
                    WINDOW = 1e-12; /* s, of the coincidences whose base rate is told */

/* ---- the three ratios ------------------------------------------------------------------------ */

static VerdictEndpoint endpoint(const EquivalenceContrast *c)
{
    return (VerdictEndpoint){.ratio = exp(c->value),
                             .low = exp(c->low),
                             .high = exp(c->high),
                             .error = c->error,
                             .p_more = c->p_more,
                             .p_equal = c->p_equal};
}

/* Weights of the slope of a straight line through ln sigma(ln lambda) for lambda from 0.1 to 10. */
static void slope_weights(const DoseResponse *r, double weight[])
{
    double n = 0.0, mean = 0.0, square = 0.0;
    for (int pass = 0; pass < 3; pass++)
        for (size_t i = 0; i < r->nspeed; i++) {
            double x = log(r->arm[i].speed);
            if (fabs(x) > log(10.0) + 1e-6)
                continue;
            if (pass == 0) {
                n += 1.0;
                mean += x;
            } else if (pass == 1) {
                square += (x - mean / n) * (x - mean / n);
            } else {
                weight[i] = (x - mean / n) / square;
            }
        }
}

/* Arms: sigma at every lambda, D of quenched and of free rotors, rates at equilibrium and locked. */
static void judge_ratios(const DoseResponse *r, const VerdictOptions *o, Verdict *v)
{
    enum { QUENCHED, FREE, MEAN, LOCKED, EXTRA };
    EquivalenceArm arm[DOSE_RESPONSE_SPEEDS + EXTRA];
    double weight[VERDICT_ENDPOINTS + 1][DOSE_RESPONSE_SPEEDS + EXTRA] = {{0}};
    double speed[DOSE_RESPONSE_SPEEDS];
    size_t n = r->nspeed;
    for (size_t i = 0; i < n; i++) {
        speed[i] = r->arm[i].speed;
        arm[i] = (EquivalenceArm){r->arm[i].units, r->arm[i].charge, (int)i};
    }
    size_t one = dose_response_find(n, speed, 1.0), slow = dose_response_find(n, speed, 0.01);
    arm[n + QUENCHED] = (EquivalenceArm){r->arm[n].units, r->arm[n].tracer, (int)n};
    arm[n + FREE] = (EquivalenceArm){r->arm[one].units, r->arm[one].tracer, (int)one};
    arm[n + MEAN] = (EquivalenceArm){r->nstatic, r->mean, (int)n + 1};
    arm[n + LOCKED] = (EquivalenceArm){r->nstatic, r->locked, (int)n + 1};
    weight[VERDICT_R1][n + MEAN] = weight[VERDICT_R2][n + FREE] = weight[VERDICT_R3][one] = 1.0;
    weight[VERDICT_R1][n + LOCKED] = weight[VERDICT_R2][n + QUENCHED] = weight[VERDICT_R3][slow] =
        -1.0;
    slope_weights(r, weight[VERDICT_ENDPOINTS]);
    double *draws = equivalence_draw(o->seed, n + EXTRA, arm);
    EquivalenceContrast c[VERDICT_ENDPOINTS + 1];
    for (int k = 0; k <= VERDICT_ENDPOINTS; k++)
        c[k] = equivalence_judge(n + EXTRA, arm, weight[k], draws, o->margin);
    free(draws);
    double more[VERDICT_ENDPOINTS], equal[VERDICT_ENDPOINTS];
    for (int k = 0; k < VERDICT_ENDPOINTS; k++) {
        v->r[k] = endpoint(&c[k]);
        more[k] = c[k].p_more;
        equal[k] = c[k].p_equal;
    }
    equivalence_holm(VERDICT_ENDPOINTS, more, more);
    equivalence_holm(VERDICT_ENDPOINTS, equal, equal);
    const double units[] = {(double)r->nstatic, (double)r->arm[n].units, (double)r->arm[one].units};
    for (int k = 0; k < VERDICT_ENDPOINTS; k++) {
        VerdictEndpoint *e = &v->r[k];
        e->p_more_holm = more[k];
        e->p_equal_holm = equal[k];
        e->more = more[k] < 0.025;
        e->equal = equal[k] < 0.05;
        e->needed = e->more || e->equal
                        ? (double)NAN
                        : equivalence_units(c[k].value, e->error, units[k], o->margin);
    }
    v->beta = c[VERDICT_ENDPOINTS].value;
    v->beta_low = c[VERDICT_ENDPOINTS].low;
    v->beta_high = c[VERDICT_ENDPOINTS].high;
}

/* ---- what else is told ----------------------------------------------------------------------- */

static void mean_error(size_t n, const double x[], double *mean, double *error)
{
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (x[i] - *mean) * (x[i] - *mean);
    *error = sqrt(square / (double)(n * (n - 1)));
}

/* How many more carriers results are meant for than there are. */
static double dilution(const DoseResponse *r, const VerdictOptions *o)
{
    return o->fraction > 0.0 ? o->fraction * (double)r->reference / (double)r->carriers : 1.0;
}

static void conductivities(const DoseResponse *r, const VerdictOptions *o, Verdict *v)
{
    double unit = dilution(r, o) * (double)r->ions * o->charge * o->charge /
                  (r->volume * UNITS_KB * o->temperature) * UNITS_S_CM * 1e-12;
    v->nspeed = r->nspeed;
    for (size_t i = 0; i <= r->nspeed; i++) {
        mean_error(r->arm[i].units, r->arm[i].charge, &v->sigma[i], &v->sigma_error[i]);
        v->sigma[i] *= unit;
        v->sigma_error[i] *= unit;
    }
}

static void fill_terms(const DoseResponse *r, const VerdictOptions *o, Verdict *v)
{
    double mean, locked, error, now, fast, speed[DOSE_RESPONSE_SPEEDS], n = (double)r->carriers,
                                                                        ions = (double)r->ions;
    for (size_t i = 0; i < r->nspeed; i++)
        speed[i] = r->arm[i].speed;
    const DoseArm *one = &r->arm[dose_response_find(r->nspeed, speed, 1.0)],
                  *last = &r->arm[r->nspeed - 1];
    mean_error(r->nstatic, r->mean, &mean, &error);
    mean_error(r->nstatic, r->locked, &locked, &error);
    mean_error(one->units, one->charge, &now, &error);
    mean_error(last->units, last->charge, &fast, &error);
    v->term[LEDGER_CARRIERS] = dilution(r, o) * n * o->charge * o->charge /
                               (r->volume * UNITS_KB * o->temperature) * UNITS_S_CM * 1e-12;
    v->term[LEDGER_BARRIER] = locked / n;
    v->term[LEDGER_ORIENTATION] = mean / locked;
    v->term[LEDGER_NETWORK] = fast * ions / mean;
    v->term[LEDGER_DYNAMICS] = now / fast;
}

static void identify(const DoseResponse *r, Verdict *v)
{
    size_t one = 0;
    while (fabs(r->arm[one].speed - 1.0) > 1e-9)
        one++;
    v->hops = (double)r->arm[one].hops;
    v->exposed = r->exposed;
    v->base_rate = equivalence_base_rate(WINDOW, r->rotors, r->turn_rate);
    if (!(r->rotors > 0.0)) { /* nothing to identify: both interventions do nothing */
        v->detectable = v->hops_needed = NAN;
        v->identifiable = true;
        return;
    }
    v->detectable = equivalence_detectable(r->exposed, v->hops, 0.05, 0.8);
    v->hops_needed = ceil(equivalence_events(r->exposed, v->margin, 0.05, 0.8));
    v->identifiable = v->detectable <= v->margin;
}

/* ---- verdict --------------------------------------------------------------------------------- */

static double replicas_needed(const Verdict *v)
{
    double most = 0.0;
    for (int k = 0; k < VERDICT_ENDPOINTS; k++)
        if (!isnan(v->r[k].needed))
            most = fmax(most, v->r[k].needed);
    return most;
}

static void reason_inconclusive(Verdict *v)
{
    double needed = replicas_needed(v);
    size_t room = sizeof v->reason;
    if (isfinite(needed) && needed > 0.0)
        snprintf(v->reason, room, "need %.0f replicas and quenches", needed);
    else if (needed > 0.0)
        snprintf(v->reason, room, "nothing moved in an arm, or a ratio lies at the margin");
    else if (v->r[VERDICT_R3].more)
        snprintf(v->reason, room,
                 "R3 is more than the margin, but sigma does not rise at lambda = 1");
    else if (v->r[VERDICT_R3].equal)
        snprintf(v->reason, room,
                 "R2 is more than the margin, R1 is not: entropy or percolation, no "
                 "static gain");
    else
        snprintf(v->reason, room, "the ratios are decided, but fit no verdict");
}

static VerdictKind decide(const Verdict *v)
{
    const VerdictEndpoint *r = v->r;
    bool lock = v->lock_low > v->margin; /* false for NaN */
    if (!v->identifiable)
        return VERDICT_UNDERPOWERED;
    if (r[VERDICT_R3].more && v->beta_low > BETA_LEAST)
        return VERDICT_DYNAMIC;
    if (!r[VERDICT_R3].equal)
        return VERDICT_INCONCLUSIVE;
    bool cradle = r[VERDICT_R1].more || lock,
         none = r[VERDICT_R1].equal && r[VERDICT_R2].equal && !lock;
    if (!cradle && !none)
        return VERDICT_INCONCLUSIVE;
    if (v->has_ledger && fabs(v->total) > log(v->margin) &&
        (v->share[LEDGER_CARRIERS] + v->share[LEDGER_NETWORK]) / v->total > 0.5)
        return VERDICT_CARRIER_NETWORK;
    return cradle ? VERDICT_STATIC_CRADLE : VERDICT_NONE;
}

Err verdict_judge(const DoseResponse *r, const VerdictOptions *o, Verdict *v)
{
    double kt = UNITS_KB * o->temperature;
    *v = (Verdict){.margin = o->margin,
                   .lock = exp(o->lock / kt),
                   .lock_low = exp((o->lock - 1.959964 * o->lock_error) / kt),
                   .lock_high = exp((o->lock + 1.959964 * o->lock_error) / kt)};
    identify(r, v);
    judge_ratios(r, o, v);
    conductivities(r, o, v);
    fill_terms(r, o, v);
    if (o->against != NULL) {
        TRY(ledger_split(o->against, v->term, v->share, &v->total));
        v->has_ledger = true;
    }
    v->kind = decide(v);
    if (v->kind == VERDICT_UNDERPOWERED)
        snprintf(v->reason, sizeof v->reason,
                 "need %.3g hops, %.0f seen: f = %.2g of the time is exposed", v->hops_needed,
                 v->hops, v->exposed);
    else if (v->kind == VERDICT_INCONCLUSIVE)
        reason_inconclusive(v);
    return OK;
}

static void say(char **text, const char *name, const VerdictEndpoint *e)
{
    config_append(text, "  %s=%.3g [%.3g,%.3g]%s", name, e->ratio, e->low, e->high,
                  e->equal  ? " equiv"
                  : e->more ? " more"
                            : "");
}

char *verdict_line(const Verdict *v)
{
    char *text = NULL;
    config_append(&text, "verdict %s", verdict_name[v->kind]);
    if (v->reason[0] != '\0')
        config_append(&text, " (%s)", v->reason);
    if (v->kind == VERDICT_UNDERPOWERED)
        return text;
    say(&text, "R3", &v->r[VERDICT_R3]);
    say(&text, "R1", &v->r[VERDICT_R1]);
    say(&text, "R2", &v->r[VERDICT_R2]);
    config_append(&text, "  beta=%.2f [%.2f,%.2f]", v->beta, v->beta_low, v->beta_high);
    if (!isnan(v->lock))
        config_append(&text, "  exp(dE_lock/kT)=%.3g [%.3g,%.3g]", v->lock, v->lock_low,
                      v->lock_high);
    if (v->has_ledger) {
        config_append(&text, "  ledger of a ratio %.3g:", exp(v->total));
        for (int i = 0; i < LEDGER_TERMS; i++)
            config_append(&text, " %s %.0f%%", ledger_name[i],
                          rint(100.0 * v->share[i] / v->total) + 0.0);
    }
    return text;
}
