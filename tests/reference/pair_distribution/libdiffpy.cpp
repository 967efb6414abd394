// G(r) of structures given as "a" and atoms, by libdiffpy's PDFCalculator.  usage: srreal qmax rmin rmax n < atoms
#include <cstdio>
#include <cstdlib>
#include <string>
#include <boost/make_shared.hpp>
#include <diffpy/version.hpp>
#include <diffpy/srreal/PeriodicStructureAdapter.hpp>
#include <diffpy/srreal/PDFCalculator.hpp>
#include <diffpy/srreal/JeongPeakWidth.hpp>
#include <diffpy/srreal/SFTElectronNumber.hpp>
#include <diffpy/srreal/QResolutionEnvelope.hpp>
using namespace diffpy::srreal;
int main(int argc, char **argv)
{
    double qmax = atof(argv[1]), rmin = atof(argv[2]), rmax = atof(argv[3]), step = atof(argv[4]), qdamp = atof(argv[5]), delta2 = atof(argv[6]);
    PeriodicStructureAdapterPtr s = boost::make_shared<PeriodicStructureAdapter>();
    double a, x, y, z, u, o; char name[16];
    if (scanf("%lf", &a) != 1) return 1;
    s->setLatPar(a, a, a, 90, 90, 90);
    while (scanf("%15s %lf %lf %lf %lf %lf", name, &x, &y, &z, &u, &o) == 6) {
        Atom at; at.atomtype = name; at.xyz_cartn[0] = a * x; at.xyz_cartn[1] = a * y; at.xyz_cartn[2] = a * z;
        at.occupancy = o; at.anisotropy = false;
        for (int i = 0; i < 3; i++) for (int k = 0; k < 3; k++) at.uij_cartn(i, k) = i == k ? u : 0;
        s->append(at);
    }
    PDFCalculator c;
    c.setScatteringFactorTableByType("electronnumber");
    c.setRmin(rmin); c.setRmax(rmax + 0.5 * step); c.setRstep(step);
    if (qmax > 0) c.setQmax(qmax);
    boost::shared_ptr<JeongPeakWidth> w = boost::make_shared<JeongPeakWidth>();
    w->setDelta2(delta2);
    c.setPeakWidthModel(w);
    if (qdamp > 0) { boost::shared_ptr<QResolutionEnvelope> e = boost::make_shared<QResolutionEnvelope>(); e->setQdamp(qdamp); c.addEnvelope(e); }
    c.eval(s);
    QuantityType r = c.getRgrid(), g = c.getPDF();
    fprintf(stderr, "%s\n", libdiffpy_version_info::version_str);
    for (size_t i = 0; i < r.size(); i++) printf("%.8g %.12g\n", r[i], g[i]);
}
