/* A network goes into a file and comes back the same; with nothing in some lists too; what does not fit is refused. */
#include "gated_ring.h"

#include "lattice/network_file.h"
#include "lattice/state.h"

#include <unistd.h>

static void write_and_read(const Network *n, Network *back)
{
    H5 *file;
    assert_ok(h5_create("test_network_file.h5", &file));
    assert_ok(network_file_write(n, file));
    assert_ok(h5_commit(file));
    assert_ok(h5_open("test_network_file.h5", false, &file));
    assert_ok(network_file_read(file, back));
    h5_close(file);
}

static void same_links(int32_t n, const NetworkLink *a, int32_t m, const NetworkLink *b)
{
    assert_int_equal(n, m);
    for (int32_t i = 0; i < n; i++)
        assert_memory_equal(&a[i], &b[i], sizeof *a);
}

static void same(const Network *a, const Network *b)
{
    assert_memory_equal(a->cell.h, b->cell.h, sizeof a->cell.h);
    assert_int_equal(a->nsite, b->nsite);
    assert_int_equal(a->nrotor, b->nrotor);
    assert_int_equal(a->nedge, b->nedge);
    for (int32_t i = 0; i < a->nsite; i++) {
        assert_memory_equal(a->site[i], b->site[i], sizeof a->site[i]);
        assert_int_equal(a->site_class[i], b->site_class[i]);
    }
    for (int32_t i = 0; i < a->nrotor; i++)
        assert_memory_equal(a->rotor[i], b->rotor[i], sizeof a->rotor[i]);
    for (int32_t i = 0; i < a->nedge; i++)
        assert_memory_equal(&a->edge[i], &b->edge[i], 15);
    for (int k = 0; k < a->nsite_class; k++) {
        assert_string_equal(a->site_classes[k].label, b->site_classes[k].label);
        assert_int_equal(a->site_classes[k].energy, b->site_classes[k].energy);
        assert_int_equal(a->site_classes[k].reference, b->site_classes[k].reference);
    }
    for (int k = 0; k < a->nedge_class; k++) {
        assert_int_equal(a->edge_classes[k].barrier, b->edge_classes[k].barrier);
        assert_true(a->edge_classes[k].attempt == b->edge_classes[k].attempt);
    }
    for (int k = 0; k < a->nrotor_class; k++) {
        const NetworkRotorClass *x = &a->rotor_classes[k], *y = &b->rotor_classes[k];
        assert_int_equal(x->nwell, y->nwell);
        assert_memory_equal(x->energy, y->energy, (size_t)x->nwell * sizeof x->energy[0]);
        assert_memory_equal(x->orient, y->orient, (size_t)x->nwell * sizeof x->orient[0]);
        assert_int_equal(x->nturn, y->nturn);
        for (int t = 0; t < x->nturn; t++) {
            assert_int_equal(x->turn[t].from, y->turn[t].from);
            assert_int_equal(x->turn[t].to, y->turn[t].to);
            assert_int_equal(x->turn[t].op, y->turn[t].op);
            assert_int_equal(x->turn[t].barrier, y->turn[t].barrier);
            assert_true(x->turn[t].attempt == y->turn[t].attempt);
        }
    }
    assert_int_equal(a->ncoupling, b->ncoupling);
    for (int k = 0; k < a->ncoupling; k++)
        assert_memory_equal(a->couplings[k].table, b->couplings[k].table,
                            (size_t)(a->couplings[k].na * a->couplings[k].nb) * sizeof(int32_t));
    same_links(a->nsite_rotor, a->site_rotor, b->nsite_rotor, b->site_rotor);
    same_links(a->nrotor_rotor, a->rotor_rotor, b->nrotor_rotor, b->rotor_rotor);
    same_links(a->ngate, a->gate, b->ngate, b->gate);
}

static void there_and_back(void **state)
{
    (void)state;
    Network n, back, copy;
    gated_ring(&n, 0.1, 10.0);
    n.source = mem_string("ASSUMED, for a test");
    n.charge = 2.0;
    write_and_read(&n, &back);
    same(&n, &back);
    assert_string_equal(back.source, n.source);
    assert_ok(network_check(&back, RING_KELVIN));
    network_copy(&copy, &back);
    network_clear(&back);
    same(&n, &copy);
    network_clear(&copy);
    network_clear(&n);
    network_cubic_rotors(&n, 10000, 50000); /* no sites, no edges */
    write_and_read(&n, &back);
    same(&n, &back);
    network_clear(&back);
    network_clear(&n);
    unlink("test_network_file.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
